"""The same answers as XML, which QuickBooks sends unless JSON is asked for."""

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.faults import QuickBooksFault
from sandbox.wire import Document, fault_members, milliseconds

NAMESPACE = "http://schema.intuit.com/finance/v3"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_ATTRIBUTES = ("domain", "sparse", "status", "bId", "startPosition", "maxResults", "totalCount")


def entity_answer(key: str, document: Document, at: datetime) -> bytes:
    """Wrap one object: `<IntuitResponse time=...><Invoice domain="QBO">...`."""
    return _response(_element(key, document), at)


def query_answer(key: str, documents: list[Document], start: int, at: datetime) -> bytes:
    """Wrap the rows of a query."""
    if not documents:
        return _response("<QueryResponse/>", at)
    rows = "".join(_element(key, document) for document in documents)
    return _response(f'<QueryResponse startPosition="{start}" maxResults="{len(documents)}">{rows}</QueryResponse>', at)


def count_answer(total: int, at: datetime) -> bytes:
    """Wrap the answer of a SELECT COUNT(*)."""
    return _response(f'<QueryResponse totalCount="{total}"/>', at)


def fault_answer(fault: QuickBooksFault, at: datetime) -> bytes:
    """Write a refusal: IntuitResponse/Fault[@type]/Error[@code,@element]/Message,Detail."""
    return _response(_fault(fault_members(fault)), at)


def members_answer(members: Document, at: datetime) -> bytes:
    """Write an envelope that is no single entity, such as BatchItemResponse."""
    return _response("".join(_element(name, value) for name, value in members.items()), at)


def _fault(members: Document) -> str:
    errors = "".join(
        f"<Error code={quoteattr(error['code'])}"
        f"{' element=' + quoteattr(error['element']) if 'element' in error else ''}>"
        f"<Message>{escape(error['Message'])}</Message><Detail>{escape(error['Detail'])}</Detail></Error>"
        for error in members["Error"]
    )
    return f"<Fault type={quoteattr(members['type'])}>{errors}</Fault>"


def _response(inner: str, at: datetime) -> bytes:
    return f'{HEAD}<IntuitResponse xmlns="{NAMESPACE}" time="{milliseconds(at)}">{inner}</IntuitResponse>'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_text(value))}</{name}>"
    if name == "Fault":
        return _fault(value)
    if "value" in value and value.keys() <= {"value", "name", "type"}:
        attributes = "".join(f" {key}={quoteattr(value[key])}" for key in ("name", "type") if key in value)
        return f"<{name}{attributes}>{escape(value['value'])}</{name}>"
    attributes = "".join(f" {key}={quoteattr(_text(value[key]))}" for key in _ATTRIBUTES if key in value)
    inner = "".join(_element(key, each) for key, each in value.items() if key not in _ATTRIBUTES)
    return f"<{name}{attributes}>{inner}</{name}>"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
