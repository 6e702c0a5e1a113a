"""Keyed pseudonyms of people: equal for the same id, and useless without the id and the secret.

An id is random and is destroyed with its row. Afterwards nobody can tell whom a pseudonym meant, unless they have kept
the id elsewhere and know the secret as well.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "assistant.audit.pseudonyms"
CHARS = 40


def pseudonym(pk: Any) -> str:
    return pseudonyms(pk)[0]


def pseudonyms(pk: Any) -> list[str]:
    """Return the pseudonym under each secret, newest first: older entries have older ones."""
    secrets = settings.PSEUDONYM_SECRET or [settings.SECRET_KEY]
    return [salted_hmac(SALT, str(pk), secret=each, algorithm="sha256").hexdigest()[:CHARS] for each in secrets]
