"""Runs the steps around each handler, and speaks gRPC's rich status for whatever fails inside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from chassis.errors import DETAILS_KEY, MeshError, PeerUnavailable, to_status
from chassis.interceptors.call import ServedCall, Step

# Health and reflection belong to the platform: never limited, never validated, never in the log.
_PLATFORM = ("/grpc.health.", "/grpc.reflection.")

Context = grpc.aio.ServicerContext[Any, Any]
Handler = Any


class Runner(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """The one gRPC interceptor of a room; everything else is a step in its order."""

    def __init__(
        self, room: str, order: Sequence[Step], callers: Mapping[str, frozenset[str]], draining: asyncio.Event
    ) -> None:
        self._room = room
        self._order = order
        self._callers = callers
        self._draining = draining

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Wrap the method's handler."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_PLATFORM):
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._around_stream(method, handler.unary_stream),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._around_answer(method, handler.unary_unary),
            handler.request_deserializer,
            handler.response_serializer,
        )

    def _around_answer(self, method: str, handle: Handler) -> Callable[..., Any]:
        async def run(request: Any, context: Context) -> Any:
            call = self._call(method, request, context, is_stream=False)
            try:
                with ExitStack() as stack:
                    for step in self._order:
                        stack.enter_context(step(call))
                    return await handle(request, context)
            except MeshError as error:
                await _abort(context, error)

        return run

    def _around_stream(self, method: str, handle: Handler) -> Callable[..., Any]:
        async def run(request: Any, context: Context) -> AsyncIterator[Any]:
            call = self._call(method, request, context, is_stream=True)
            try:
                with ExitStack() as stack:
                    for step in self._order:
                        stack.enter_context(step(call))
                    async for message in self._until_draining(handle(request, context)):
                        yield message
            except MeshError as error:
                await _abort(context, error)

        return run

    async def _until_draining(self, messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass messages on until the room drains: an open stream would otherwise cost the whole grace period."""
        drained = asyncio.ensure_future(self._draining.wait())
        upcoming: asyncio.Future[Any] = asyncio.ensure_future(_next_of(messages))
        try:
            while True:
                await asyncio.wait((upcoming, drained), return_when=asyncio.FIRST_COMPLETED)
                if not upcoming.done():
                    raise PeerUnavailable(self._room)
                message = upcoming.result()
                if message is _END:
                    return
                yield message
                upcoming = asyncio.ensure_future(_next_of(messages))
        finally:
            # Whoever left, the handler's own clean-up must run here and now, not when the loop closes.
            for task in (drained, upcoming):
                task.cancel()
            await asyncio.gather(drained, upcoming, return_exceptions=True)

    def _call(self, method: str, request: Any, context: Context, *, is_stream: bool) -> ServedCall:
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        name = method.lstrip("/")
        callers = self._callers.get(name)
        return ServedCall(
            method=name, metadata=metadata, context=context, request=request, callers=callers, is_stream=is_stream
        )


_END = object()


async def _next_of(messages: AsyncIterator[Any]) -> Any:
    """The next message, or `_END`: a task may not raise StopAsyncIteration."""
    return await anext(messages, _END)


@dataclass(frozen=True)
class _RichStatus(grpc.Status):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


async def _abort(context: Context, error: MeshError) -> NoReturn:
    encoded = to_status(error).SerializeToString()
    abort: Any = context  # `abort_with_status` exists on the aio context, though its type stub omits it.
    await abort.abort_with_status(_RichStatus(error.code, error.message, ((DETAILS_KEY, encoded),)))
    raise AssertionError("abort_with_status always raises")
