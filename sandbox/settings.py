"""The sandbox's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path


class RefreshRotation(StrEnum):
    """When a refresh hands out a new refresh token."""

    EVERY_REFRESH = "every_refresh"
    """Each time: the strictest reading of Intuit's rules."""
    DAILY = "daily"
    """When the current one is 24 hours old, as Intuit describes it and so the default."""


SECRET_FILE = "SANDBOX_CLIENT_SECRET_FILE"  # noqa: S105 - the name of a variable


class SettingRefused(Exception):
    """A SANDBOX_ variable has a value the sandbox cannot use."""


@dataclass(frozen=True, kw_only=True)
class SandboxSettings:
    """What the sandbox needs from its environment (prefix SANDBOX_)."""

    host: str = "127.0.0.1"
    """Where to listen. The control API has no password, so listen beyond loopback only in a closed network."""
    port: int = 8790
    """TCP port; 0 lets the system choose."""
    client_id: str = "sandbox-client"
    """The registered app's client id."""
    client_secret: str = "sandbox-secret"  # noqa: S105 - opens nothing real
    """The registered app's secret: a made-up one, since these books are made up as well. May come from a file."""
    app_name: str = "Daybook"
    """How the consent page names the app."""
    redirect_uris: tuple[str, ...] = (
        "http://127.0.0.1:8704/connect/callback",
        "http://localhost:8704/connect/callback",
    )
    """Addresses the app may be sent back to, matched exactly; a comma between two."""
    access_token_seconds: int = 3600
    """Lifetime of an access token; Intuit's live 60 minutes."""
    refresh_rotation: RefreshRotation = RefreshRotation.DAILY
    """When the refresh token's value changes: daily or every_refresh."""
    default_realm: str = "9130347596842560"
    """The company the consent page offers first."""
    default_seed: str = "services"
    """The seed file, in `companies/`, of a company seen for the first time."""
    public_url: str = ""
    """The origin written into the discovery document. Empty means whatever address the caller used."""
    auto_approve: bool = False
    """Approve every authorization at once, without the consent page."""
    limits: str = "none"
    """Which limits on an app's requests are in force: none, or intuit for those of the vendor. See docs/sandbox.md."""
    snapshot_path: Path | None = None
    """A file that keeps tokens and books over a restart. Without one, everything lives in memory."""

    @property
    def access_token_lifetime(self) -> timedelta:
        """How long an access token works."""
        return timedelta(seconds=self.access_token_seconds)


def load_settings(environment: Mapping[str, str]) -> SandboxSettings:
    """Read the settings from SANDBOX_ variables.

    Raises:
        SettingRefused: names the variable and what it should hold, or the file that cannot be read.
    """
    spelled = {name: f"SANDBOX_{name.upper()}" for name in _READERS}
    given = {**environment, **_from_files(environment)}
    values = {name: _read(name, given[variable]) for name, variable in spelled.items() if variable in given}
    return SandboxSettings(**values)  # type: ignore[arg-type]  # each reader answers its field's type


def _from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Read the one secret there is from a file if SANDBOX_CLIENT_SECRET_FILE names one."""
    path = environment.get(SECRET_FILE)
    if path is None:
        return {}
    if "SANDBOX_CLIENT_SECRET" in environment:
        raise SettingRefused(f"SANDBOX_CLIENT_SECRET and {SECRET_FILE} are both set; keep one")
    try:
        return {"SANDBOX_CLIENT_SECRET": Path(path).read_text(encoding="utf-8").strip()}
    except (OSError, UnicodeDecodeError) as cause:
        raise SettingRefused(f"{SECRET_FILE} must name a readable text file; it is {path!r}") from cause


def _read(name: str, text: str) -> object:
    reader, expected = _READERS[name]
    try:
        return reader(text)
    except ValueError:
        raise SettingRefused(f"SANDBOX_{name.upper()} must be {expected}; it is {text!r}") from None


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def _seconds(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _realm(text: str) -> str:
    if not (text.isdigit() and 4 <= len(text) <= 20):
        raise ValueError(text)
    return text


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


def _limits(text: str) -> str:
    if text not in ("none", "intuit"):
        raise ValueError(text)
    return text


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: dict[str, tuple[Callable[[str], object], str]] = {
    "host": (str, "a host name or address"),
    "port": (_port, "a port from 0 to 65535"),
    "client_id": (str, "the app's client id"),
    "client_secret": (str, "the app's client secret"),
    "app_name": (str, "a name"),
    "redirect_uris": (_addresses, "addresses with a comma between"),
    "access_token_seconds": (_seconds, "a number of seconds above 0"),
    "refresh_rotation": (RefreshRotation, "every_refresh or daily"),
    "default_realm": (_realm, "4 to 20 digits"),
    "default_seed": (str, "the name of a seed in sandbox/companies"),
    "public_url": (str, "an origin such as http://127.0.0.1:8790"),
    "auto_approve": (_flag, "true or false"),
    "limits": (_limits, "none or intuit"),
    "snapshot_path": (Path, "a file path"),
}
