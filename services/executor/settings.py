"""What the executor room needs from its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.server import is_loopback
from chassis.settings import Secret, TlsSettings


@dataclass(frozen=True, kw_only=True)
class ExecutorSettings:
    """The executor room's settings (prefix DAYBOOK_EXECUTOR_)."""

    PREFIX: ClassVar[str] = "DAYBOOK_EXECUTOR_"

    redis_url: Secret
    """Where intents of writes are kept, with the user whose ACL is `~executor:*`. No default: without it no write is
    safe to repeat, so a room without it does not start."""
    quickbooks_url: str = "https://quickbooks.api.intuit.com"
    """Scheme and host of the accounting API. The default is Intuit's production, with real books; development companies
    live at `https://sandbox-quickbooks.api.intuit.com`. Plain http is for loopback only."""
    quickbooks_timeout: timedelta = timedelta(seconds=20)
    """How long one QuickBooks call may take. Must be below the edge's own deadline."""
    auth_target: str = "127.0.0.1:8701"
    """The auth room, as a gRPC target such as `dns:///auth.daybook:8701`."""
    registry_target: str = "127.0.0.1:8702"
    """The registry room, as a gRPC target."""
    peer_timeout: timedelta = timedelta(seconds=15)
    """How long auth or the registry may take for one answer. Auth may have to refresh a token at Intuit meanwhile."""
    operation_ttl: timedelta = timedelta(seconds=60)
    """How long an operation is believed before the registry is asked again."""
    listen: str = "127.0.0.1:8703"
    """Where to serve gRPC, `host:port`. Beyond loopback only with DAYBOOK_TLS_*."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """This room's certificates."""

    def __post_init__(self) -> None:
        url = urlsplit(self.quickbooks_url)
        is_safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname or ""))
        if not is_safe or not url.hostname or url.path.strip("/") or url.query or url.username:
            raise ValueError(
                f"{self.PREFIX}QUICKBOOKS_URL: expected https://host (or http:// on loopback) with no path and no user"
            )
        if self.quickbooks_timeout <= timedelta(0):
            raise ValueError(f"{self.PREFIX}QUICKBOOKS_TIMEOUT: expected more than 0s")
