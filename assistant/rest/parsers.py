"""Strict JSON parsing and fast JSON rendering."""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from assistant import safe_json


class StrictJSONParser(JSONParser):
    """Parses JSON by RFC 8259, without values that Postgres could not store.

    Refused with 400: NaN and infinities, repeated keys, NUL, lone surrogates, invalid UTF-8, and nesting deeper than
    JSON_MAX_LEVELS.
    """

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping | None = None) -> Any:
        try:
            text = codecs.decode(stream.read(), "utf-8")
            parsed = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats)
            _refuse_unstorable(parsed)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The request body is not valid JSON: {error}") from error
        return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice")
    return result


def _refuse_unstorable(value: Any, depth: int = 1) -> None:
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
        if "\0" in value:
            raise ValueError("it contains a NUL character")
    elif isinstance(value, int | float) and not safe_json.is_storable_number(value):
        raise ValueError("a number is out of range")
    elif isinstance(value, dict | list):
        if depth > settings.JSON_MAX_LEVELS:
            raise ValueError(f"it is nested deeper than {settings.JSON_MAX_LEVELS} levels")
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            _refuse_unstorable(inner, depth + 1)


class FastJSONRenderer(JSONRenderer):
    """Like DRF's renderer, with a faster encoder."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping | None = None
    ) -> bytes:
        if data is None:
            return b""
        return safe_json.dumps(data, JSONEncoder().default, orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


class JsonAnyway(DefaultContentNegotiation):
    """Falls back to the first format of the view if the client's Accept matches none.

    A client of server-sent events accepts only `text/event-stream`, and must be able to read an error.
    """

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
