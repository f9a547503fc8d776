"""Attachments: notes and files that belong to transactions and list members."""

from pathlib import PurePosixPath

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import fault, missing
from sandbox.wire import Document

TYPES = {
    "ai": "application/postscript",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eps": "application/postscript",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpg",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "rtf": "text/rtf",
    "tif": "image/tiff",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/xml",
}
"""File name endings QuickBooks takes, with the content type it answers when none was given."""
HOLDERS = ("transaction", "name_list")
"""Kinds of entity an attachment may belong to."""


def check_attachable(books: Books, attachable: Document) -> Document:
    """Return an attachment whose references point at something.

    Raises:
        QuickBooksFault: 2020 without FileName and Note, 6050 for a reference to a kind that carries no attachments,
            2500 for one to nothing.
    """
    if "FileName" not in attachable and "Note" not in attachable:
        raise missing("Note")
    references = [_checked(books, reference) for reference in attachable.get("AttachableRef", ())]
    return {**attachable, "AttachableRef": references} if references else attachable


def file_type(file_name: str, content_type: str | None) -> str:
    """Return the content type of an uploaded file.

    Raises:
        QuickBooksFault: 6041 for an ending that QuickBooks does not take.
    """
    ending = PurePosixPath(file_name).suffix.removeprefix(".").lower()
    if ending not in TYPES:
        known = " ".join(TYPES)
        raise fault("6041", f"Invalid Uploaded File : {file_name} has none of the endings {known}", element="FileName")
    return content_type or TYPES[ending]


def _checked(books: Books, reference: Document) -> Document:
    target = reference["EntityRef"]
    entity = facts().by_name(str(target.get("type", "")))
    if entity is None or entity.kind not in HOLDERS:
        raise fault(
            "6050",
            f"The entity reference type is unsupported for Attachable : {target.get('type')}",
            element="AttachableRef.EntityRef.type",
        )
    if books.find(entity, target["value"]) is None:
        raise fault("2500", Kind=entity.name, id=target["value"])
    return {**reference, "EntityRef": {"value": target["value"], "type": entity.name}}
