"""Record erasures, so that they can be repeated after a backup was restored.

A backup from before an erasure restores the person's data and lacks the row about the erasure. Each erasure is
therefore also written to a file outside the database: a keyed pseudonym and the time.
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
    """A line of the file is not a valid entry of the ledger."""


def write_down(contact: Contact) -> None:
    """Record an erasure in its transaction, and write it to the file after the commit."""
    Erasure.objects.get_or_create(pseudonym=pseudonym(contact.pk))
    transaction.on_commit(write_file, robust=True)


def write_file() -> int:
    """Append missing erasures to the file; return how many. An hourly task repeats it, in case the disk was full.

    Two processes may append the same line, which is harmless.
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
    """Return the pseudonyms of all erased people, from the table and the file.

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
    """Yield the contacts that were erased and exist again."""
    gone = erased()
    if not gone:
        return
    for contact in Contact.objects.order_by("pk").iterator():
        if gone.intersection(pseudonyms(contact.pk)):
            yield contact


def _path() -> Path:
    return Path(settings.ERASURE_LEDGER)
