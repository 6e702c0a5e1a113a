"""Strict serializer fields: no conversion from other JSON types."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string; numbers and booleans are not converted."""

    def __init__(self, **options: Any) -> None:
        if not options.get("allow_blank"):
            options.setdefault("min_length", 1)  # DRF refuses blank ones anyway; this adds it to the OpenAPI file
        super().__init__(**options)

    def to_internal_value(self, given: Any) -> str:
        if not isinstance(given, str):
            self.fail("invalid")
        return super().to_internal_value(given)


class Flag(serializers.BooleanField):
    """`true` or `false`, not "yes" or 1."""

    def to_internal_value(self, given: Any) -> bool:
        if not isinstance(given, bool):
            self.fail("invalid", input=given)
        return given


class Whole(serializers.IntegerField):
    """A JSON integer, not "5" or true."""

    def to_internal_value(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool):
            self.fail("invalid")
        return super().to_internal_value(given)


class Choice(serializers.ChoiceField):
    """One of the named strings."""

    def to_internal_value(self, given: Any) -> str:
        if not isinstance(given, str):
            self.fail("invalid_choice", input=given)
        return super().to_internal_value(given)


class Identifier(serializers.UUIDField):
    """A UUID as a string."""

    def to_internal_value(self, given: Any) -> Any:
        if not isinstance(given, str):
            self.fail("invalid", value=given)
        return super().to_internal_value(given)


class Texts(serializers.ListField):
    """A list of strings."""

    child = Text(max_length=200)


@extend_schema_field(OpenApiTypes.BINARY)
class UploadedFile(serializers.FileField):
    """The content of a file, in a multipart request."""


class Identifiers(serializers.ListField):
    """A list of UUIDs."""

    child = Identifier()


class AsStored(serializers.ModelSerializer):
    """Serializes a row's attributes unchanged and leaves ids and times to the JSON encoder. Read-only.

    Several times as fast as DRF's fields, for lists that are polled.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: convert(getattr(instance, source)) for name, source, convert in _converters_of(type(self))}


@cache
def _converters_of(kind: type[AsStored]) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Return the name of each field, its attribute, and how to convert the value."""
    return [(field.field_name, field.source, _converter(field)) for field in kind()._readable_fields]


def _converter(field: serializers.Field) -> Callable[[Any], Any]:
    return field.to_representation if isinstance(field, serializers.BaseSerializer) else lambda value: value


class AsSelected(AsStored):
    """Serializes rows of `values(*columns())`, without model instances, for long lists."""

    @classmethod
    def columns(cls) -> list[str]:
        return list(_leaves(_places_of(cls)))

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        return _nested(instance, _places_of(type(self)))


Places = dict[str, Any]  # per field the column of its value, or the nested fields


@cache
def _places_of(kind: type[AsStored], path: str = "") -> Places:
    return {
        field.field_name: _places_of(type(field), f"{path}{field.source}__")
        if isinstance(field, AsStored)
        else path + field.source
        for field in kind()._readable_fields
    }


def _leaves(places: Places) -> Iterator[str]:
    for place in places.values():
        if isinstance(place, str):
            yield place
        else:
            yield from _leaves(place)


def _nested(row: Mapping[str, Any], places: Places) -> dict[str, Any]:
    return {name: row[place] if isinstance(place, str) else _nested(row, place) for name, place in places.items()}
