"""What the registry room needs from its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from chassis.settings import TlsSettings
from services.registry.loader import CATALOG_ROOT


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    """The registry room's settings (prefix DAYBOOK_REGISTRY_)."""

    PREFIX: ClassVar[str] = "DAYBOOK_REGISTRY_"

    listen: str = "127.0.0.1:8702"
    """Where to serve gRPC, `host:port`. Beyond loopback only with DAYBOOK_TLS_*."""
    catalog_folder: Path = CATALOG_ROOT / "quickbooks"
    """Folder of definition files. Default: those that ship with Daybook."""
    catalog_overrides: Path | None = None
    """Folder of definition files that replace or add to those, by name; changes are taken while the room runs."""
    overrides_pause: timedelta = timedelta(seconds=5)
    """How often the override folder is looked at."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """This room's certificates."""
