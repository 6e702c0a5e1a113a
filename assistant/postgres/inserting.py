"""Insert new rows of one or several models with keys generated here, in one statement.

Like `bulk_create` per model, in a third of the time: a cached reply consists mostly of inserts.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows; those of one model must be adjacent. They may refer to each other: keys are checked at commit."""
    inserts = [_inserting(list(group)) for _, group in groupby(rows, key=type)]
    before = ", ".join(f"part_{number} AS ({sql})" for number, (sql, _) in enumerate(inserts[:-1]))
    last, _ = inserts[-1]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {before} {last}" if before else last, [value for _, values in inserts for value in values]
        )
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _inserting(rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    fields = rows[0]._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    return f'INSERT INTO "{rows[0]._meta.db_table}" ({columns}) VALUES {places}', values
