"""Check that no entry of the audit log was changed, deleted or inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

# `audit_purge` may have deleted the event of the first link; it records that in an event of its own.
PROBLEMS = """
WITH chain AS (
    SELECT seal.position, seal.event_id, seal.digest, event.id AS found,
        audit_digest(coalesce(lag(seal.digest) OVER by_position, ''), event) AS expected,
        lag(seal.position) OVER by_position AS before
    FROM audit_seal AS seal LEFT JOIN audit_event AS event ON event.id = seal.event_id
    WINDOW by_position AS (ORDER BY seal.position)
), checked AS (
    SELECT position, event_id, CASE
        WHEN before IS NULL AND found IS NULL AND EXISTS (
            SELECT FROM audit_event WHERE action = 'audit.purged' AND detail ->> 'upto' = position::text
        ) THEN NULL
        WHEN before IS NULL AND position > 1 THEN 'entries before it are missing'
        WHEN before <> position - 1 THEN 'entries before it are missing'
        WHEN found IS NULL THEN 'it is missing'
        WHEN digest <> expected THEN 'it was changed'
    END AS problem
    FROM chain
)
SELECT event_id, problem FROM checked WHERE problem IS NOT NULL
UNION ALL
SELECT id, 'it was not written by Brevity: it has no seal' FROM audit_event
WHERE NOT EXISTS (SELECT FROM audit_seal WHERE event_id = audit_event.id)
ORDER BY 1
"""
HEAD = "SELECT digest FROM audit_seal ORDER BY position DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Problem:
    event_id: int
    what: str


def problems() -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(PROBLEMS)
        yield from (Problem(*row) for row in cursor.fetchall())


def head() -> str:
    """Return the digest of the newest entry. A copy kept elsewhere shows later whether newer entries were removed."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def has_digest(digest: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_seal WHERE digest = %s)", [digest])
        return bool(cursor.fetchone()[0])
