"""The secrets of a laptop's mesh: made once, kept in files that only their owner may read."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import Secret
from cli.private import write_private
from cli.state import DataFolder

STATEFUL_ROOMS = ("auth", "executor")
"""Rooms with a Valkey user of their own."""


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "sealing_keys": lambda: f"1:{_key()}",
    "digest_key": _key,
    "signing_key": _key,
    "operator_token": lambda: f"dbo_{secrets.token_urlsafe(32)}",
    "intuit_client_secret": lambda: secrets.token_urlsafe(32),
    "valkey_auth": lambda: secrets.token_urlsafe(32),
    "valkey_executor": lambda: secrets.token_urlsafe(32),
}
"""How each secret is made. The Intuit client is the sandbox's, so its secret is ours to choose."""


@dataclass(frozen=True, kw_only=True)
class MeshSecrets:
    """The secrets of one data folder, by file."""

    folder: Path

    def path(self, name: str) -> Path:
        """The file of a secret; rooms get this path, never the secret."""
        return self.folder / name

    def read(self, name: str) -> Secret:
        """A secret, for the few places that need it here."""
        return Secret(self.path(name).read_text(encoding="utf-8").strip())

    def keep(self, name: str, value: Secret) -> Path:
        """Put down a secret that depends on this run, such as a URL with a password."""
        write_private(self.path(name), value.reveal() + "\n")
        return self.path(name)


def ensure_secrets(folder: DataFolder) -> MeshSecrets:
    """Make the secrets that are missing; those that exist stay, or the vault could not be opened any more."""
    kept = MeshSecrets(folder=folder.secrets)
    for name, make in MAKERS.items():
        if not kept.path(name).exists():
            write_private(kept.path(name), make() + "\n")
    return kept
