"""The events and exceptions that adapters produce from a webhook."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from assistant.errors import ServiceError


class Actor(StrEnum):
    CUSTOMER = "customer"  # said something: answer
    PERSON = "person"  # of the shop said something: be silent
    TAKEN = "taken"  # by a person, who has not said anything yet
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class HelpdeskEvent:
    """One thing that happened at the helpdesk. `message_id` and `thread_id` are theirs.

    `contact` has external_id, name and email, as far as they are known. The helpdesk's signature says that it heard
    this, and not from whom: `verified` only where it says that the shop signed for the person. `files` has the names
    of what came with the text, or in its place.
    """

    who: Actor
    thread_id: str
    message_id: str = ""
    text: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False
    files: tuple[str, ...] = ()


class SignatureInvalid(ServiceError):
    code = "signature_invalid"
    http_status = 401
    sentence = "The signature of this webhook is missing, wrong or too old."


class HelpdeskRefused(Exception):
    """The helpdesk answered with something other than success."""


def digest(secret: str, content: bytes, algorithm: str = "sha256") -> hmac.HMAC:
    return hmac.new(secret.encode(), content, getattr(hashlib, algorithm))


def require_same(given: str, wanted: str) -> None:
    """
    Raises:
        SignatureInvalid
    """
    if not given or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise SignatureInvalid


def require_fresh(timestamp: str) -> None:
    """
    Raises:
        SignatureInvalid: not a time, in seconds since 1970 or by ISO 8601, or too far from now.
    """
    try:
        age_s = abs(time.time() - _seconds(timestamp))
    except (ValueError, OverflowError) as error:
        raise SignatureInvalid from error
    if not age_s <= settings.HELPDESK_SIGNATURE_TOLERANCE_S:  # so that NaN is refused too
        raise SignatureInvalid


def _seconds(timestamp: str) -> float:
    if "T" not in timestamp:
        return float(timestamp)
    moment = datetime.fromisoformat(timestamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def named_by(body: bytes) -> str:
    """The name of a delivery by what its signature covers: a name in an unsigned header can be changed in a replay."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def their_id(kind: str, number: str) -> str:
    """The id of a contact that a helpdesk names; empty where it names none, so that nobody shares it."""
    return f"{kind}:{number}" if number else ""


def text_at(payload: Any, *path: str) -> str:
    """The string or number at a path of nested objects, as a string; empty where anything is missing or null."""
    value = value_at(payload, *path)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def value_at(payload: Any, *path: str) -> Any:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def names_of(files: Any, *names: str) -> tuple[str, ...]:
    """What the files in a list are called, by the first of these fields that names them; "file" where none does."""
    listed = files if isinstance(files, list) else []
    return tuple(next(filter(None, (text_at(file, name) for name in names)), "file")[:255] for file in listed)
