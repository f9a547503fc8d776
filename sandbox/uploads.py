"""Uploading files: each with its metadata, each answered for itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from sandbox import wire, writes
from sandbox.attachments import file_type
from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import QuickBooksFault, fault
from sandbox.multipart import Part, read_parts
from sandbox.shape import unreadable
from sandbox.wire import Document

LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes of one upload request (vendor's attachment guide)."""
METADATA, CONTENT = "file_metadata_", "file_content_"
OTHER_WRAPPERS = frozenset(facts().entities) - {"Attachable"}


def upload(books: Books, content_type: str, body: bytes, now: datetime) -> list[Document | QuickBooksFault]:
    """Store the files of one upload and return, for each, its Attachable or why it was refused.

    A file without metadata gets an Attachable that names only the file.
    """
    parts = {part.name: part for part in read_parts(content_type, body)}
    if not any(name.startswith(CONTENT) for name in parts):
        raise fault("6041", "Invalid Uploaded File : the form has no part named file_content_01")
    return list(_stored(books, parts, now))


def _stored(books: Books, parts: dict[str, Part], now: datetime) -> Iterator[Document | QuickBooksFault]:
    for name, part in parts.items():
        if name.startswith(CONTENT):
            try:
                yield _store(books, part, parts.get(METADATA + name.removeprefix(CONTENT)), now)
            except QuickBooksFault as refusal:
                yield refusal


def _store(books: Books, part: Part, metadata: Part | None, now: datetime) -> Document:
    given = {} if metadata is None else _metadata(metadata.content)
    file_name = given.get("FileName") or part.filename
    if not file_name:
        raise fault("2020", Field="FileName")
    kind = file_type(str(file_name), given.get("ContentType") or part.content_type)
    members = {**given, "FileName": file_name, "ContentType": kind}
    entity = facts().entities["Attachable"]
    if members.get("Id"):
        stored = writes.update(books, entity, members, now)
    else:
        stored = writes.create(books, entity, members, now)
    books.files[stored["Id"]] = part.content
    books.amend(("Attachable", stored["Id"]), {"Size": len(part.content)})
    return books.rows["Attachable"][stored["Id"]].document


def _metadata(content: bytes) -> dict[str, Any]:
    try:
        value = wire.decode(content)
    except msgspec.DecodeError:
        raise unreadable() from None
    if not isinstance(value, dict):
        raise unreadable()
    if OTHER_WRAPPERS & value.keys():
        raise fault("6040", "The file metadata must be of Attachable type")
    inner = value.get("Attachable", value)
    return inner if isinstance(inner, dict) else {}
