"""What the console needs from its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.settings import TlsSettings


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings:
    """What the console needs from its environment (prefix DAYBOOK_CONSOLE_)."""

    PREFIX: ClassVar[str] = "DAYBOOK_CONSOLE_"

    listen: str = "127.0.0.1:8704"
    """Address and port to serve HTTP on."""
    auth_target: str = "127.0.0.1:8701"
    """gRPC target of the auth room."""
    registry_target: str = "127.0.0.1:8702"
    """gRPC target of the registry room."""
    public_url: str = "http://127.0.0.1:8704"
    """How browsers reach the console. `/connect/callback` below it must be registered with Intuit as redirect URI."""
    public_edge_url: str = "http://127.0.0.1:8700"
    """How MCP clients reach the edge. The URL of an MCP server is `/mcp/` and its token below it."""
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names the console answers to in `Host`, with any port; others get 421, which stops DNS rebinding."""
    call_timeout: timedelta = timedelta(seconds=15)
    """How long one request may take. Above auth's ten seconds for a token call to Intuit."""
    max_body_bytes: int = 65_536
    """Bodies above this are refused with 413."""
    body_timeout: timedelta = timedelta(seconds=10)
    """How long a caller may take to send a body."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """Certificates for gRPC towards auth and the registry."""

    def __post_init__(self) -> None:
        for variable, url in (("PUBLIC_URL", self.public_url), ("PUBLIC_EDGE_URL", self.public_edge_url)):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
                raise ValueError(
                    f"{self.PREFIX}{variable}: expected an http or https address without query, got {url!r}"
                )

    @property
    def callback_url(self) -> str:
        """Where Intuit sends people back to."""
        return self.public_url.rstrip("/") + "/connect/callback"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the console over TLS."""
        return self.public_url.startswith("https:")
