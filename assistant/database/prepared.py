"""Statements that are asked with every message: Postgres takes longer to plan them than to run them."""

from typing import cast

from django.db import connection
from django.db.backends.utils import CursorWrapper

from assistant.database.base import DatabaseWrapper


def cursor() -> CursorWrapper:
    return cast(DatabaseWrapper, connection).prepared_cursor()
