"""The OpenAPI document of the control API, written from the operations themselves."""

from http import HTTPStatus
from typing import Any

import msgspec

from sandbox.control.operations import Mistake, Operation

PREFIX = "/_sandbox"
PATH_PARAMETERS = {"realm": "The company's id: 4 to 20 digits."}


def document_of(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    types = [kind for operation in operations for kind in (operation.body, operation.answer) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Mistake], ref_template="#/components/schemas/{name}")
    schemas, components = _with_numbers(schemas), _with_numbers(components)
    by_type = dict(zip([*map(repr, types), repr(Mistake)], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _described(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sandbox control API",
            "version": "1",
            "description": "Sets the scene for a test and looks behind it. It has no password: keep it on loopback.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _with_numbers(schema: Any) -> Any:
    """Describe amounts as the numbers they are written as; msgspec thinks of them as text."""
    if isinstance(schema, list | tuple):
        return [_with_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    return {name: _with_numbers(each) for name, each in schema.items()}


def _described(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        answer["content"] = {"application/json": {"schema": schemas[repr(operation.answer)]}}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {
            str(operation.status): answer,
            "400": {
                "description": "What to change",
                "content": {"application/json": {"schema": schemas[repr(Mistake)]}},
            },
        },
    }
    parameters = _parameters(operation)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        content: dict[str, Any] = {"schema": schemas[repr(operation.body)]}
        if operation.example is not None:
            content["example"] = operation.example
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [name for name in PATH_PARAMETERS if f"{{{name}}}" in operation.path]
    text = {"type": "string"}
    return [
        {"name": name, "in": "path", "required": True, "description": PATH_PARAMETERS[name], "schema": text}
        for name in in_path
    ] + [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": text}
        for name, meaning in operation.parameters
    ]
