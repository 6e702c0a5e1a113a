"""Keyed pseudonyms of people: always the same for an id, and impossible to resolve without the id and the secret.

Ids are random and are deleted with their row. After that, a pseudonym can be resolved only by somebody who has a copy
of the id and knows the secret.
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
    """Return the pseudonym for each secret, newest first, because older entries use older secrets."""
    secrets = settings.PSEUDONYM_SECRET or [settings.SECRET_KEY]
    return [salted_hmac(SALT, str(pk), secret=each, algorithm="sha256").hexdigest()[:CHARS] for each in secrets]
