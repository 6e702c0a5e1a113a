"""Queries that are asked with every message, compiled once.

To build a query takes Django several times as long as Postgres takes to answer it. What is asked in the same form
each time is built the first time, and afterwards sent with other values. A query is built from examples, which stand
for the values of later calls: each must be found among the query's parameters just as it was given (a UUID, a text, a
number, a time, a list; in an update also what goes into a JSON field), and be like no other of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import sql
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from psycopg.types.json import Jsonb

from assistant.database import prepared

Row = TypeVar("Row")
A_TIME = datetime(9999, 12, 31, tzinfo=UTC)  # for an example
Converter = tuple[int, Any, Any]  # of a column: its position, the steps that turn it into Python, its expression


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the parameters a value of the caller stands."""

    name: str
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and its parameters with Places for the caller's values."""

    text: str
    parameters: tuple[Any, ...]

    def filled(self, given: dict[str, Any]) -> list[Any]:
        return [_value(each, given) if isinstance(each, Place) else each for each in self.parameters]


class CompiledQuery(Generic[Row]):
    """A queryset of models, with what `select_related` brings, or of `values_list` tuples."""

    def __init__(self, build: Callable[..., models.QuerySet[Any, Row]], **examples: Any) -> None:
        self.build = build
        self.examples = examples

    def all(self, **given: Any) -> list[Row]:
        statement, converters, to_row = self.compiled
        with prepared.cursor() as cursor:
            cursor.execute(statement.text, statement.filled(given))
            rows = cursor.fetchall()
        return [to_row(_converted(row, converters)) for row in rows]

    def first(self, **given: Any) -> Row | None:
        """The first of what is found; the queryset itself says in which order, and how many are looked for."""
        return next(iter(self.all(**given)), None)

    @cached_property
    def compiled(self) -> tuple[Statement, list[Converter], Callable[[Sequence[Any]], Any]]:
        queryset = self.build(**self.examples)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        statement = _statement(compiler, self.examples)
        found = compiler.get_converters([column[0] for column in compiler.select])
        converters = [(position, steps, expression) for position, (steps, expression) in found.items()]
        is_of_models = issubclass(queryset._iterable_class, ModelIterable)
        return statement, converters, _to_model(compiler) if is_of_models else tuple


class CompiledUpdate:
    """`queryset.update(...)`, where `build` gives the queryset and the fields' new values."""

    def __init__(self, build: Callable[..., tuple[models.QuerySet[Any], dict[str, Any]]], **examples: Any) -> None:
        self.build = build
        self.examples = examples

    def __call__(self, **given: Any) -> int:
        """How many rows were changed."""
        with prepared.cursor() as cursor:
            cursor.execute(self.statement.text, self.statement.filled(given))
            return cursor.rowcount

    @cached_property
    def statement(self) -> Statement:
        queryset, values = self.build(**self.examples)
        query = queryset.query.chain(sql.UpdateQuery)
        query.add_update_values(values)
        return _statement(query.get_compiler(DEFAULT_DB_ALIAS), self.examples)


def insert(rows: Sequence[models.Model]) -> None:
    """INSERT new rows of one model whose keys are made here: as `bulk_create` does it."""
    fields = rows[0]._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    with prepared.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{rows[0]._meta.db_table}" ({columns}) VALUES {places}', values)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _statement(compiler: SQLCompiler, examples: dict[str, Any]) -> Statement:
    """
    Raises:
        ValueError: an example is not among the parameters; or a time is that nobody gave, and would stay the same.
    """
    text, parameters = compiler.as_sql()
    places = tuple(_place(value, examples) for value in parameters)
    if missing := examples.keys() - {each.name for each in places if isinstance(each, Place)}:
        raise ValueError(f"not found among the parameters of the query: {sorted(missing)}")
    if times := [each for each in places if isinstance(each, datetime)]:
        raise ValueError(f"a time of its own: {times}")
    return Statement(text, places)


def _place(value: Any, examples: dict[str, Any]) -> Any:
    is_json = isinstance(value, Jsonb)
    plain = value.obj if is_json else value
    for name, example in examples.items():
        if isinstance(plain, type(example)) and plain == example:
            return Place(name, is_json)
    return value


def _value(place: Place, given: dict[str, Any]) -> Any:
    value = given[place.name]
    return Jsonb(value) if place.is_json and value is not None else value


def _converted(row: Sequence[Any], converters: list[Converter]) -> Sequence[Any]:
    if not converters:
        return row
    converted = list(row)
    for position, steps, expression in converters:
        for step in steps:
            converted[position] = step(converted[position], expression, connection)
    return converted


def _to_model(compiler: SQLCompiler) -> Callable[[Sequence[Any]], models.Model]:
    """As Django's own ModelIterable makes them."""
    of = compiler.klass_info
    first, last = of["select_fields"][0], of["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[first:last]]
    populators = get_related_populators(of, compiler.select, DEFAULT_DB_ALIAS)

    def to_model(row: Sequence[Any]) -> models.Model:
        instance = of["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for populator in populators:
            populator.populate(row, instance)
        return instance

    return to_model
