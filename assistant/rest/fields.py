"""Strict serializer fields: no conversion from other JSON types."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string; numbers and booleans are not turned into one."""

    def __init__(self, **options: Any) -> None:
        if not options.get("allow_blank"):
            options.setdefault("min_length", 1)  # DRF refuses a blank one anyhow: so that the OpenAPI file says it
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
    """A JSON integer; "5" and true are none."""

    def to_internal_value(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool):
            self.fail("invalid")
        return super().to_internal_value(given)


class Choice(serializers.ChoiceField):
    """One of the strings named."""

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


class Identifiers(serializers.ListField):
    """A list of UUIDs."""

    child = Identifier()


class AsStored(serializers.ModelSerializer):
    """Tells a row's attributes as they are, and leaves it to the encoder to write ids and times.

    A list that is polled is told several times as fast as field by field. For fields that only read.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: tell(getattr(instance, source)) for name, source, tell in _told_by(type(self))}


@cache
def _told_by(kind: type[AsStored]) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Of each field its name, the attribute that it reads, and how its value is told."""
    return [(field.field_name, field.source, _teller(field)) for field in kind()._readable_fields]


def _teller(field: serializers.Field) -> Callable[[Any], Any]:
    return field.to_representation if isinstance(field, serializers.BaseSerializer) else lambda value: value


class AsSelected(AsStored):
    """Tells rows of `values(*columns())`: of what a long list shows, no model is made."""

    @classmethod
    def columns(cls) -> list[str]:
        return list(_leaves(_places_of(cls)))

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        return _told_from(instance, _places_of(type(self)))


Places = dict[str, Any]  # of each field the column with its value, or the places of the object that it is


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


def _told_from(row: Mapping[str, Any], places: Places) -> dict[str, Any]:
    return {name: row[place] if isinstance(place, str) else _told_from(row, place) for name, place in places.items()}
