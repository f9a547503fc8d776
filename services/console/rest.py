"""The management REST API: integrated accounts, and the MCP servers over them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from chassis.clock import Clock
from chassis.errors import MeshError
from services.console import parse, render
from services.console.errors import AddressUnknown, FilterEmpty, PresetUnknown, ToolsUnknown
from services.console.http import authorization, json_answer, json_body
from services.console.model import Filter, McpServer, NewServer, Offer, ServerChange
from services.console.ports import Auth, Catalog
from services.console.settings import ConsoleSettings

_FILTER_ATTEMPTS = 3
"""How often a change is tried again when someone else changed the server between the check and the write."""


_REALM_ID = re.compile(r"[0-9]{4,20}")
_SERVER_ID = re.compile(r"[a-z0-9]{8,32}")


class RestApi:
    """The endpoints below `/integrated-account`. The caller's API token goes to auth, which alone judges it."""

    def __init__(self, settings: ConsoleSettings, auth: Auth, catalog: Catalog, clock: Clock) -> None:
        self._settings = settings
        self._auth = auth
        self._catalog = catalog
        self._clock = clock

    async def list_connections(self, request: Request) -> Response:
        """`GET /integrated-account`."""
        bearer, wish = authorization(request), parse.page_wish(request.query_params)
        page = await self._auth.list_connections(bearer, wish)
        return json_answer(render.page_json(page, wish, render.connection_json))

    async def get_connection(self, request: Request) -> Response:
        """`GET /integrated-account/{realm_id}`."""
        connection = await self._auth.get_connection(authorization(request), _realm_id(request))
        return json_answer(render.connection_json(connection))

    async def delete_connection(self, request: Request) -> Response:
        """`DELETE /integrated-account/{realm_id}`: revoke at Intuit, then erase it with its MCP servers."""
        await self._auth.delete_connection(authorization(request), _realm_id(request))
        return Response(status_code=204)

    async def list_tools(self, request: Request) -> Response:
        """`GET /integrated-account/{realm_id}/tools`: what a filter would open, and what is no tool at all."""
        bearer, wanted = authorization(request), parse.tool_wish(request.query_params)
        # Auth alone judges who may look.
        await self._auth.get_connection(bearer, _realm_id(request))
        tools, offer = await asyncio.gather(self._catalog.tools(wanted), self._catalog.offer(wanted))
        return json_answer(render.tools_json(tools, offer))

    async def create_server(self, request: Request) -> Response:
        """`POST /integrated-account/{realm_id}/mcp`; the answer alone has the address."""
        bearer, realm_id = authorization(request), _realm_id(request)
        body = await json_body(request, self._settings.max_body_bytes, self._settings.body_timeout)
        wish = parse.new_server(body, self._clock.now())
        request_id = parse.request_id(request.headers.get("idempotency-key", ""))
        wish = await self._settled(wish)
        offer = await self._check_filter(wish.filter)
        created = await self._auth.create_server(bearer, realm_id, wish, request_id)
        shown = render.created_json(created, offer, self._settings.public_edge_url)
        return json_answer(shown, 201, _version(created.server))

    async def list_servers(self, request: Request) -> Response:
        """`GET /integrated-account/{realm_id}/mcp`."""
        bearer, wish = authorization(request), parse.page_wish(request.query_params)
        page = await self._auth.list_servers(bearer, _realm_id(request), wish)
        return json_answer(render.page_json(page, wish, render.server_json))

    async def get_server(self, request: Request) -> Response:
        """`GET /integrated-account/{realm_id}/mcp/{server_id}`."""
        return _shown(await self._auth.get_server(authorization(request), **_names(request)))

    async def update_server(self, request: Request) -> Response:
        """`PATCH /integrated-account/{realm_id}/mcp/{server_id}`; members of `config` left out stay as they are."""
        bearer, names = authorization(request), _names(request)
        body = await json_body(request, self._settings.max_body_bytes, self._settings.body_timeout)
        change = parse.server_change(body, request.headers.get("if-match", ""), self._clock.now())
        if change.is_filter_changed:
            return _shown(await self._update_filter(bearer, names, change))
        return _shown(await self._auth.update_server(bearer, **names, change=change))

    async def delete_server(self, request: Request) -> Response:
        """`DELETE /integrated-account/{realm_id}/mcp/{server_id}`: its address stops within a second."""
        await self._auth.delete_server(authorization(request), **_names(request))
        return Response(status_code=204)

    async def _update_filter(self, bearer: str, names: dict[str, str], change: ServerChange) -> McpServer:
        """Change a server's filter, making sure that what is stored is what was checked against the catalog."""
        for attempt in range(1, _FILTER_ATTEMPTS + 1):
            present = await self._auth.get_server(bearer, **names)
            await self._check_filter(change.filter_over(present.filter))
            try:
                bound = change if change.etag else change.at(present.etag)
                return await self._auth.update_server(bearer, **names, change=bound)
            except MeshError as error:
                if error.reason != "ETAG_MISMATCH" or change.etag or attempt == _FILTER_ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _settled(self, wish: NewServer) -> NewServer:
        """The wish with its preset's filter in place."""
        if not wish.preset:
            return wish
        presets = await self._catalog.presets()
        if wish.preset not in presets:
            raise PresetUnknown(wish.preset, presets)
        return replace(wish, filter=presets[wish.preset])

    async def _check_filter(self, wanted: Filter) -> Offer:
        offer = await self._catalog.offer(wanted)
        if offer.unknown_tools:
            raise ToolsUnknown(offer)
        if not offer.tool_count:
            raise FilterEmpty(offer)
        return offer


def _realm_id(request: Request) -> str:
    realm_id: str = request.path_params["realm_id"]
    if not _REALM_ID.fullmatch(realm_id):
        raise AddressUnknown("integrated account", "CONNECTION_UNKNOWN")
    return realm_id


def _names(request: Request) -> dict[str, str]:
    server_id: str = request.path_params["server_id"]
    if not _SERVER_ID.fullmatch(server_id):
        raise AddressUnknown("MCP server", "MCP_SERVER_UNKNOWN")
    return {"realm_id": _realm_id(request), "server_id": server_id}


def _shown(server: McpServer) -> Response:
    return json_answer(render.server_json(server), headers=_version(server))


def _version(server: McpServer) -> dict[str, str]:
    return {"ETag": f'"{server.etag}"'}
