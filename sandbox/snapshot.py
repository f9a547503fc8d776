"""Keeping tokens and books over a restart, in one file only its owner may read."""

import asyncio
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sandbox.books import Books, Profile
from sandbox.facts import facts
from sandbox.grants import TokenState
from sandbox.links import applications
from sandbox.postings import entry_for
from sandbox.replay import Outcome
from sandbox.wire import Document, decode, encode
from sandbox.world import Client, World

_log = logging.getLogger(__name__)
FORMAT = 1
PAUSE = timedelta(seconds=1)
"""A burst of writes makes one snapshot."""


class SnapshotUnreadable(Exception):
    """A snapshot file that another version wrote, or that is damaged."""


def write_snapshot(world: World, path: Path) -> None:
    """Write the world's state in place of the former file, whole or not at all."""
    _write_file(path, _content(world))


def read_snapshot(world: World, path: Path) -> None:
    """Bring a world back to what a snapshot says; without a file nothing happens.

    Raises:
        SnapshotUnreadable: says what to do with the file.
    """
    if not path.exists():
        return
    try:
        content = decode(path.read_bytes())
        if content["format"] != FORMAT:
            raise SnapshotUnreadable(f"{path} has format {content['format']}; move it away to start afresh")
        world.clock.offset = timedelta(seconds=content["clock_offset_seconds"])
        world.tokens.restore(msgspec.convert(content["tokens"], TokenState))
        clients = msgspec.convert(content["clients"], list[Client])
        world.clients = {client.client_id: client for client in clients} | world.clients
        world.companies = {realm: _company(realm, kept) for realm, kept in content["companies"].items()}
    except (msgspec.MsgspecError, KeyError, TypeError) as cause:
        raise SnapshotUnreadable(f"{path} is damaged; move it away to start afresh") from cause


async def keep_snapshots(world: World, path: Path) -> None:
    """Write a snapshot after each burst of changes, until cancelled."""
    written = fingerprint(world)
    while True:
        await asyncio.sleep(PAUSE.total_seconds())
        present = fingerprint(world)
        if present != written:
            try:
                await asyncio.to_thread(_write_file, path, _content(world))
                written = present
            except OSError:
                _log.exception("snapshot %s not written; trying again", path)


def fingerprint(world: World) -> tuple[object, ...]:
    """Return what changes whenever the state does."""
    books = tuple((realm, each.revision) for realm, each in world.companies.items())
    state = world.tokens.state
    tokens = (tuple(state.codes), tuple(state.access.items()), tuple(g.refresh_token for g in state.grants.values()))
    expiries = tuple(grant.refresh_expires_at for grant in state.grants.values())
    return books, tokens, expiries, tuple(world.clients.values()), world.clock.offset


def _content(world: World) -> bytes:
    return encode(
        {
            "format": FORMAT,
            "clock_offset_seconds": int(world.clock.offset.total_seconds()),
            "tokens": world.tokens.state,
            "clients": list(world.clients.values()),
            "companies": {realm: _kept(books) for realm, books in world.companies.items()},
        }
    )


def _kept(books: Books) -> Document:
    return {
        "seed": books.seed,
        "opened_at": books.opened_at,
        "profile": books.profile,
        "highest_ids": books.highest_ids(),
        "rows": {name: [msgspec.Raw(row.encoded) for row in rows.values()] for name, rows in books.rows.items()},
        "replays": [
            {"request_id": request_id, "operation": each.operation, "key": each.key, "document": each.document}
            for request_id, each in books.replays.items()
        ],
    }


def _company(realm_id: str, kept: Document) -> Books:
    opened_at = datetime.fromisoformat(kept["opened_at"])
    books = Books(realm_id, msgspec.convert(kept["profile"], Profile), seed=kept["seed"], opened_at=opened_at)
    for name in facts().entities:
        for document in kept["rows"].get(name, ()):
            books.put(name, document)
    books.keep_ids_above(kept["highest_ids"])
    _repost(books)
    for each in kept["replays"]:
        outcome = Outcome(operation=each["operation"], key=each["key"], document=each["document"])
        books.replays.remember(each["request_id"], outcome)
    return books


def _repost(books: Books) -> None:
    """Build journal and links again from the documents, which say everything they say."""
    for name in facts().entities:
        for document in books.documents(name):
            key = (name, document["Id"])
            books.ledger.replace(key, entry_for(books, name, document))
            books.links.replace(key, applications(name, document))


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # A file left by an earlier crash keeps its own mode, so it is set here and not only at creation.
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
