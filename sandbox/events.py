"""What a webhook says: events, their two bodies, and the signature."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from functools import cache
from typing import Literal

import msgspec

from sandbox.facts import FACTS
from sandbox.wire import Document, encode

Format = Literal["cloudevents", "legacy"]

PAST = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Void": "voided",
    "Merge": "merged",
    "Emailed": "emailed",
}
SOURCE = "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU="
"""`intuit.` and a hash; the vendor does not say of what, so it is a constant here."""
SCHEMA_VERSION = {"cloudevents": "1.0", "legacy": "0.1"}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One change, as it is reported."""

    id: str
    realm_id: str
    entity: str
    identifier: str
    operation: str
    at: datetime


class _Table(msgspec.Struct, frozen=True):
    source: str
    operations: dict[str, tuple[str, ...]]


def is_reported(entity: str, operation: str) -> bool:
    """Whether QuickBooks sends this operation of this entity."""
    return operation in _operations().get(entity, ())


def body_of(events: list[Event], written: Format) -> bytes:
    """Write one delivery."""
    return encode([_cloud_event(event) for event in events] if written == "cloudevents" else _legacy(events))


def headers_of(body: bytes, verifier_token: str, written: Format, at: datetime, tid: str) -> dict[str, str]:
    """Return the headers of one delivery; the signature is base64 of HMAC-SHA256 over the body."""
    digest = hmac.digest(verifier_token.encode(), body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "intuit-signature": base64.b64encode(digest).decode(),
        "intuit-created-time": _utc(at),
        "intuit-t-id": tid,
        "intuit-notification-schema-version": SCHEMA_VERSION[written],
    }


def _cloud_event(event: Event) -> Document:
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": f"qbo.{event.entity.lower()}.{PAST[event.operation]}.v1",
        "datacontenttype": "application/json",
        "time": _utc(event.at),
        "intuitentityid": event.identifier,
        "intuitaccountid": event.realm_id,
        "data": {},
    }


def _legacy(events: list[Event]) -> Document:
    """Write the older body; a delivery holds one realm, as its documentation says."""
    entities = [
        {
            "name": event.entity,
            "id": event.identifier,
            "operation": event.operation,
            "lastUpdated": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        for event in events
    ]
    return {"eventNotifications": [{"realmId": events[0].realm_id, "dataChangeEvent": {"entities": entities}}]}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@cache
def _operations() -> dict[str, tuple[str, ...]]:
    return msgspec.json.decode((FACTS / "webhooks.json").read_bytes(), type=_Table).operations
