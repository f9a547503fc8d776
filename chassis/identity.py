"""Which room is calling, read from its client certificate."""

from __future__ import annotations

from typing import Any

import grpc

_SAN = "x509_subject_alternative_name"
_SPIFFE = "spiffe://"


def is_secure(context: grpc.aio.ServicerContext[Any, Any]) -> bool:
    """Whether the call came over TLS."""
    return b"ssl" in context.auth_context().get("transport_security_type", ())


def calling_room(context: grpc.aio.ServicerContext[Any, Any]) -> str | None:
    """The room in the certificate: the last part of a SPIFFE id, else the first DNS label; None without one."""
    names = [name.decode() for name in context.auth_context().get(_SAN, [])]
    for name in names:
        if name.startswith(_SPIFFE):
            return name.rpartition("/")[2]
    return names[0].partition(".")[0] if names else None
