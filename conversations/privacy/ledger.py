"""Remember erasures, so that they can be repeated after a backup was restored.

A backup from before an erasure brings the person back, and takes away the row that says they were erased. So each
erasure is also a line in a file outside the database: a keyed pseudonym and the time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction

from assistant.audit.pseudonyms import pseudonym, pseudonyms
from conversations.models import Contact
from conversations.privacy.models import Erasure


class LedgerUnreadable(Exception):
    """A line of the file is not a line of the ledger."""


def write_down(contact: Contact) -> None:
    """Store an erasure, in its transaction; after the commit it is in the file as well."""
    Erasure.objects.get_or_create(pseudonym=pseudonym(contact.pk))
    transaction.on_commit(write_file, robust=True)


def write_file() -> int:
    """Append to the file what it lacks; return how many lines. An hourly task makes up for a full disk.

    Two processes may both append a line: to read it twice does no harm.
    """
    missing = list(Erasure.objects.filter(is_in_file=False)[:1_000]) if settings.ERASURE_LEDGER else []
    if not missing:
        return 0
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"pseudonym": each.pseudonym, "at": each.at.isoformat()}) + "\n" for each in missing]
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
    Erasure.objects.filter(pk__in=[each.pk for each in missing]).update(is_in_file=True)
    return len(lines)


def erased() -> set[str]:
    """Return the pseudonyms of everybody who was erased, by the table and the file.

    Raises:
        LedgerUnreadable
    """
    return {*Erasure.objects.values_list("pseudonym", flat=True), *_in_file()}


def _in_file() -> Iterator[str]:
    path = _path()
    if not settings.ERASURE_LEDGER or not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield str(json.loads(line)["pseudonym"])
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerUnreadable(f"Line {number} of {path} is no line of the ledger.") from error


def back_again() -> Iterator[Contact]:
    """Return the contacts that were erased and are there again."""
    gone = erased()
    if not gone:
        return
    for contact in Contact.objects.order_by("pk").iterator():
        if gone.intersection(pseudonyms(contact.pk)):
            yield contact


def _path() -> Path:
    return Path(settings.ERASURE_LEDGER)
