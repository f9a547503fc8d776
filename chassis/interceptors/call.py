"""What a step knows of the call it stands around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import grpc


@dataclass(kw_only=True)
class ServedCall:
    """One call at the serving side."""

    method: str
    """Fully qualified, as in `daybook.auth.v1.GrantService/ExchangeToken`."""
    metadata: Mapping[str, str]
    """Invocation metadata; text values only."""
    context: grpc.aio.ServicerContext[Any, Any]
    """gRPC's own context of the call."""
    request: Any
    """The request message."""
    callers: frozenset[str] | None
    """Rooms that may call this method; None: any."""
    is_stream: bool
    """Whether it answers with a stream, which may stay open for hours."""


Step = Callable[[ServedCall], AbstractContextManager[None]]
"""A context manager around the rest of the call."""
