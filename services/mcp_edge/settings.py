"""Settings of the edge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.settings import TlsSettings


@dataclass(frozen=True, kw_only=True)
class EdgeSettings:
    """What the edge needs from its environment (prefix DAYBOOK_EDGE_)."""

    PREFIX: ClassVar[str] = "DAYBOOK_EDGE_"

    listen: str = "127.0.0.1:8700"
    """Where MCP clients, or the ingress before them, connect."""
    auth_target: str = "127.0.0.1:8701"
    """Where the auth room answers gRPC."""
    registry_target: str = "127.0.0.1:8702"
    """Where the registry room answers gRPC."""
    executor_target: str = "127.0.0.1:8703"
    """Where the executor room answers gRPC."""
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """Host names this edge answers to; without a port, any port. Others get 421: no rebound DNS name may reach it."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins that may call from a browser, as `https://name[:port]`. MCP hosts send none and need none."""
    call_timeout: timedelta = timedelta(seconds=45)
    """How long one tool call may take. ChatGPT gives up at about 60 seconds, and may then call again."""
    peer_timeout: timedelta = timedelta(seconds=5)
    """How long auth and the registry may take to answer."""
    max_body_bytes: int = 1024 * 1024
    """Largest request body; also what the executor accepts as arguments."""
    body_timeout: timedelta = timedelta(seconds=10)
    """How long a client may take to send its body."""
    tool_set_ttl: timedelta = timedelta(seconds=30)
    """How old a tool list may be before it is refreshed behind the scenes."""
    quickbooks_web_url: str = "https://app.qbo.intuit.com"
    """Where people open the company in a browser; links of `search` and `fetch` begin with it. Development companies
    have `https://app.sandbox.qbo.intuit.com`."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """Certificates for the gRPC calls to the other rooms."""

    def __post_init__(self) -> None:
        if self.max_body_bytes < 1024:
            raise ValueError("DAYBOOK_EDGE_MAX_BODY_BYTES: expected at least 1024")
        parts = urlsplit(self.quickbooks_web_url)
        if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("DAYBOOK_EDGE_QUICKBOOKS_WEB_URL: expected an https address without query")
        if not self.allowed_hosts:
            raise ValueError("DAYBOOK_EDGE_ALLOWED_HOSTS: name at least one host; an edge without one answers nobody")
