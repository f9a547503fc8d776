"""Asking a room whether it is ready to work."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import grpc
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.plan import RoomPlan, Wire

_ASK_TIMEOUT_SECONDS = 2.0
_POLL_SECONDS = 0.05


async def wait_ready(plan: RoomPlan, within: timedelta) -> bool:
    """Whether a room becomes ready in time."""
    ends_at = time.monotonic() + within.total_seconds()
    while time.monotonic() < ends_at:
        if await is_ready(plan):
            return True
        await asyncio.sleep(_POLL_SECONDS)
    return False


async def is_ready(plan: RoomPlan) -> bool:
    """Whether a room is ready now: by gRPC health, or by its page for that."""
    # A refused connection costs a gRPC channel far more than a socket, and start-up asks often.
    if not await _accepts(plan.port):
        return False
    return await (_is_serving(plan.address) if plan.wire is Wire.GRPC else _answers(plan.url + plan.ready_path))


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), _ASK_TIMEOUT_SECONDS)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _is_serving(address: str) -> bool:
    async with grpc.aio.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
        try:
            request = health_pb2.HealthCheckRequest(service="readiness")
            answer = await health.Check(request, timeout=_ASK_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _answers(url: str) -> bool:
    async with httpx2.AsyncClient(timeout=_ASK_TIMEOUT_SECONDS, trust_env=False) as client:
        try:
            return (await client.get(url)).status_code == 200
        except httpx2.HTTPError:
            return False
