"""`daybook status`: whether the mesh of a folder is well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from cli.plan import RoomPlan, Wire
from cli.readiness import is_ready
from cli.state import is_alive

_READY_PATHS = {"sandbox": "/_sandbox/health"}
"""HTTP rooms that say elsewhere than at `/readyz` whether they are ready."""


def check(state: Mapping[str, Any]) -> dict[str, Any]:
    """Ask every process of a published mesh how it is."""
    rooms = asyncio.run(_check_rooms(state["rooms"]))
    is_valkey_well = is_alive(state["valkey"]["pid"])
    is_well = is_alive(state["pid"]) and is_valkey_well and all(room["state"] == "ready" for room in rooms.values())
    return {
        "ok": is_well,
        "pid": state["pid"],
        "started_at": state["started_at"],
        "mcp_url": state["mcp_url"],
        "console_url": state["console_url"],
        "sandbox_url": state["sandbox_url"],
        "rooms": rooms,
        "valkey": {**state["valkey"], "state": "running" if is_valkey_well else "dead"},
    }


def table(checked: Mapping[str, Any]) -> str:
    """The same for people."""
    head = f"daybook up, pid {checked['pid']}, since {checked['started_at']}"
    rooms = [
        f"  {name:<9} {room['state']:<10} pid {room['pid']:<8} {room.get('url') or room.get('address')}"
        for name, room in checked["rooms"].items()
    ]
    valkey = checked["valkey"]
    return "\n".join([head, *rooms, f"  {'valkey':<9} {valkey['state']:<10} pid {valkey['pid']:<8} {valkey['socket']}"])


async def _check_rooms(rooms: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    states = await asyncio.gather(*(_state(name, room) for name, room in rooms.items()))
    return {name: {**room, "state": state} for (name, room), state in zip(rooms.items(), states, strict=True)}


async def _state(name: str, room: Mapping[str, Any]) -> str:
    if not is_alive(room["pid"]):
        return "dead"
    wire = Wire.HTTP if "url" in room else Wire.GRPC
    ready_path = _READY_PATHS.get(name, "/readyz") if wire is Wire.HTTP else ""
    plan = RoomPlan(room=name, port=room["port"], wire=wire, ready_path=ready_path, environment={})
    return "ready" if await is_ready(plan) else "not ready"
