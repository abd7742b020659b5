"""The OpenAPI 3.1 document of the broker, made of what its endpoints declare."""

import re
from functools import cache
from typing import Any

from django.conf import settings

from parvis import __version__
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.parameters import Parameter
from parvis.telemetry.context.broker.routing import ROOT, endpoints

_PART = re.compile(r"\{(\w+)\}")

_ALWAYS = {
    400: "the request or its data are not valid",
    401: "a token is needed",
    403: "the token does not allow this, or the query is too heavy",
    404: "there is no such resource or tenant",
    405: "the method is not offered here",
    406: "the answer cannot be given in that form",
    503: "a @context or the database cannot be had",
}
_WITH_BODY = {
    411: "Content-Length is missing",
    413: "the body is too large",
    415: "the body is in an unknown form",
}


@cache
def document() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints():
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parvis: NGSI-LD (ETSI GS CIM 009 V1.8.1)",
            "version": __version__,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": settings.PARVIS_SITE_URL + ROOT}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"ProblemDetails": _PROBLEM},
        },
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "detail", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "status": {"type": "integer"},
    },
}


def _operation(one: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": (one.handler.__doc__ or one.handler.__name__).strip().partition("\n")[0],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _parts(one)),
            *map(_parameter, one.parameters),
            _header("NGSILD-Tenant"),
            *([_header("Link")] if not one.plain_body else []),
        ],
        "responses": _responses(one),
        "security": [{"token": [f"context.{one.right}"]}] if one.right is not Right.ANYBODY else [],
    }
    if one.body is not Body.NONE:
        described["requestBody"] = {"required": True, "content": _content(one)}
    return described


def _parts(one: Endpoint) -> list[str]:
    return _PART.findall(one.path)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = parameter.schema
    if parameter.words:
        schema = {"type": "array", "items": {"type": "string", "enum": list(parameter.words)}}
    described: dict[str, Any] = {"name": parameter.name, "in": "query", "schema": schema}
    if parameter.words:
        described |= {"style": "form", "explode": False}
    if parameter.about:
        described["description"] = parameter.about
    return described


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}}


def _content(one: Endpoint) -> dict[str, Any]:
    schema: dict[str, Any] = {
        Body.OBJECT: {"type": "object"},
        Body.ARRAY: {"type": "array"},
        Body.ANY: {},
        Body.NONE: {},
    }[one.body]
    forms = [Media.JSON.value, Media.LD.value]
    if one.method == "PATCH":
        forms.append("application/merge-patch+json")
    return {form: {"schema": schema} for form in forms}


def _responses(one: Endpoint) -> dict[str, Any]:
    told = _ALWAYS | (_WITH_BODY if one.method in ("POST", "PUT", "PATCH") else {}) | dict(one.answers)
    return {str(status): _response(status, words, one) for status, words in sorted(told.items())}


def _response(status: int, words: str, one: Endpoint) -> dict[str, Any]:
    if status >= 400:
        problem = {"$ref": "#/components/schemas/ProblemDetails"}
        return {"description": words, "content": {"application/json": {"schema": problem}}}
    if status in (201, 204):
        return {"description": words}
    return {"description": words, "content": {media.value: {} for media in one.accepts}}
