"""What nobody expected: logged whole under an incident id, and shown to the caller by that id only."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.errors import InternalFault, MeshError
from chassis.interceptors.call import ServedCall

log = logging.getLogger(__name__)


@contextmanager
def incidents(call: ServedCall) -> Iterator[None]:
    """The step."""
    try:
        yield
    except MeshError:
        raise
    except Exception as error:
        incident = secrets.token_hex(6)
        log.exception("incident", extra={"incident": incident, "method": call.method})
        raise InternalFault(incident) from error
