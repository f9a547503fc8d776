"""Keeping tokens and books over a restart, in one file only its owner may read.

Taking a picture of the world costs the event loop a list of rows for each entity; writing it out happens beside the
loop. Rows are values, so what is being written never changes under the writer.
"""

import asyncio
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sandbox.books import Books, Profile, Row
from sandbox.grants import TokenState
from sandbox.inventory import Opening
from sandbox.replay import Outcome
from sandbox.reposting import repost
from sandbox.wire import Document, decode, encode
from sandbox.world import Client, World

_log = logging.getLogger(__name__)
FORMAT = 2
"""Raised whenever a file of before could not be read as it is meant."""
PAUSE = timedelta(seconds=1)
"""A burst of writes makes one snapshot."""
LARGE = 20_000
"""Rows above which a company is kept as text in memory too."""


class SnapshotUnreadable(Exception):
    """A snapshot file that another version wrote, or that is damaged."""


class KeptReplay(msgspec.Struct, frozen=True, kw_only=True):
    """One remembered answer."""

    request_id: str
    operation: str
    key: str
    document: msgspec.Raw


class KeptCompany(msgspec.Struct, frozen=True, kw_only=True):
    """One company in the file; the journal is not in it, since the documents say everything it says."""

    seed: str
    opened_at: datetime
    profile: Profile
    highest_ids: dict[str, int]
    openings: dict[str, Opening] = {}
    """What inventory items started with: the one thing about them their documents do not show."""
    replays: list[KeptReplay]
    files: dict[str, bytes]
    tombstones: list[tuple[str, str, str]]
    mails: dict[str, int]
    rows: dict[str, list[msgspec.Raw]]


class _Version(msgspec.Struct, frozen=True):
    format: int


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    clock_offset_seconds: int
    tokens: TokenState
    clients: list[Client]
    companies: dict[str, KeptCompany]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    head: Document
    companies: list[tuple[str, Document, dict[str, list[Row]]]]


def write_snapshot(world: World, path: Path) -> None:
    """Write the world's state in place of the former file, whole or not at all."""
    _write_file(path, _chunks(_picture(world)))


def read_snapshot(world: World, path: Path) -> None:
    """Bring a world back to what a snapshot says; without a file nothing happens.

    Raises:
        SnapshotUnreadable: says what to do with the file.
    """
    if not path.exists():
        return
    text = path.read_bytes()
    try:
        found = msgspec.json.decode(text, type=_Version).format
        if found != FORMAT:
            raise SnapshotUnreadable(
                f"{path} has format {found} and this sandbox reads {FORMAT}; move it away to start afresh"
            )
        content = msgspec.json.decode(text, type=_Content)
        world.clock.offset = timedelta(seconds=content.clock_offset_seconds)
        world.tokens.restore(content.tokens)
        world.clients = {client.client_id: client for client in content.clients} | world.clients
        for realm_id, kept in content.companies.items():
            world.adopt(_company(realm_id, kept))
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
                await asyncio.to_thread(_write_file, path, _chunks(_picture(world)))
                written = present
            except OSError:
                _log.exception("snapshot %s not written; trying again", path)


def fingerprint(world: World) -> tuple[object, ...]:
    """Return what changes whenever the state does."""
    books = tuple((realm, each.opened_at, each.revision) for realm, each in world.companies.items())
    state = world.tokens.state
    tokens = (tuple(state.codes), tuple(state.access.items()), tuple(g.refresh_token for g in state.grants.values()))
    expiries = tuple(grant.refresh_expires_at for grant in state.grants.values())
    return books, tokens, expiries, tuple(world.clients.values()), world.clock.offset


def _picture(world: World) -> _Picture:
    head = {
        "format": FORMAT,
        "clock_offset_seconds": int(world.clock.offset.total_seconds()),
        # Tokens change in place, so they are written out here and not beside the loop.
        "tokens": msgspec.Raw(encode(world.tokens.state)),
        "clients": list(world.clients.values()),
    }
    return _Picture(head=head, companies=[_pictured(realm, books) for realm, books in world.companies.items()])


def _pictured(realm_id: str, books: Books) -> tuple[str, Document, dict[str, list[Row]]]:
    members = {
        "seed": books.seed,
        "opened_at": books.opened_at,
        "profile": books.profile,
        "highest_ids": books.highest_ids(),
        "openings": dict(books.inventory.openings),
        "replays": [
            {"request_id": request_id, "operation": each.operation, "key": each.key, "document": each.document}
            for request_id, each in books.replays.items()
        ],
        "files": dict(books.files),
        "tombstones": [(*key, at) for key, at in books.tombstones.items()],
        "mails": dict(books.mails),
    }
    return realm_id, members, {name: list(table.values()) for name, table in books.rows.items() if table}


def _chunks(picture: _Picture) -> Iterator[bytes]:
    """Yield the file piece by piece, so that a large company is never in memory twice."""
    yield encode(picture.head)[:-1] + b',"companies":{'
    for position, (realm_id, members, rows) in enumerate(picture.companies):
        yield (b"," if position else b"") + encode(realm_id) + b":" + encode(members)[:-1] + b',"rows":{'
        for place, (name, kept) in enumerate(rows.items()):
            yield (b"," if place else b"") + encode(name) + b":[" + kept[0].encoded
            yield from (b"," + row.encoded for row in kept[1:])
            yield b"]"
        yield b"}}"
    yield b"}}"


def _company(realm_id: str, kept: KeptCompany) -> Books:
    books = Books(realm_id, kept.profile, seed=kept.seed, opened_at=kept.opened_at)
    is_large = sum(map(len, kept.rows.values())) > LARGE
    for name, rows in kept.rows.items():
        for raw in rows:
            text = bytes(raw)
            books.load(name, decode(text), text if is_large else None)
    books.keep_ids_above(kept.highest_ids)
    books.inventory.openings.update(kept.openings)
    books.files.update(kept.files)
    books.tombstones.update({(entity, identifier): at for entity, identifier, at in kept.tombstones})
    books.mails.update(kept.mails)
    repost(books)
    for each in kept.replays:
        document = decode(bytes(each.document))
        books.replays.remember(each.request_id, Outcome(operation=each.operation, key=each.key, document=document))
    return books


def _write_file(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # A file left by an earlier crash keeps its own mode, so it is set here and not only at creation.
        os.fchmod(file.fileno(), 0o600)
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
