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
    CUSTOMER = "customer"  # a customer wrote: the assistant answers
    PERSON = "person"  # a person of the shop wrote: the assistant stops answering
    TAKEN = "taken"  # a person took over and has not written yet
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class HelpdeskEvent:
    """One event at the helpdesk. `message_id` and `thread_id` are the helpdesk's.

    `contact` has external_id, name and email, if known. The helpdesk's signature does not prove who the customer is:
    `verified` is set only if the helpdesk says that the shop signed the identity. `files` are the names of files sent
    with the text or instead of it.
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
    """The helpdesk responded with an error status."""


def digest(secret: str, content: bytes, algorithm: str = "sha256") -> hmac.HMAC:
    return hmac.new(secret.encode(), content, getattr(hashlib, algorithm))


def require_same(actual: str, expected: str) -> None:
    """Compare two signatures in constant time.

    Raises:
        SignatureInvalid
    """
    if not actual or not hmac.compare_digest(actual.encode(), expected.encode()):
        raise SignatureInvalid


def require_fresh(timestamp: str) -> None:
    """Check the age of a timestamp, in seconds since 1970 or by ISO 8601.

    Raises:
        SignatureInvalid: not a timestamp, or too far from now.
    """
    try:
        age_s = abs(time.time() - _seconds(timestamp))
    except (ValueError, OverflowError) as error:
        raise SignatureInvalid from error
    if not age_s <= settings.HELPDESK_SIGNATURE_TOLERANCE_S:  # refuses NaN too
        raise SignatureInvalid


def _seconds(timestamp: str) -> float:
    if "T" not in timestamp:
        return float(timestamp)
    moment = datetime.fromisoformat(timestamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def named_by(body: bytes) -> str:
    """Return an id for a delivery from the signed body: an id in an unsigned header could be changed in a replay."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def their_id(kind: str, number: str) -> str:
    """Return the id of a helpdesk's contact; empty if it has none, so that nobody shares it."""
    return f"{kind}:{number}" if number else ""


def text_at(payload: Any, *path: str) -> str:
    """Return the string or number at a path of nested objects, as a string; empty if anything is missing or null."""
    value = value_at(payload, *path)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def value_at(payload: Any, *path: str) -> Any:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def names_of(files: Any, *names: str) -> tuple[str, ...]:
    """Return the names of files in a list, from the first of these fields present; "file" without any."""
    listed = files if isinstance(files, list) else []
    return tuple(next(filter(None, (text_at(file, name) for name in names)), "file")[:255] for file in listed)
