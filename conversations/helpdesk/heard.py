"""What an adapter makes of a webhook, and what it raises."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assistant.errors import ServiceError

TOLERANCE_S = 300


class Who(StrEnum):
    CUSTOMER = "customer"  # said something: answer
    PERSON = "person"  # of the shop said something: be silent
    TAKEN = "taken"  # by a person, who has not said anything yet
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that happened at the helpdesk. `message_id` and `thread_id` are theirs.

    `contact` has external_id, name and email, as far as they are known. The helpdesk's signature says that it heard
    this, and not from whom: `verified` only where it says that the shop signed for the person.
    """

    who: Who
    thread_id: str
    message_id: str = ""
    text: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False


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
        SignatureInvalid: not seconds since 1970, or more than five minutes from now.
    """
    try:
        age_s = abs(time.time() - float(timestamp))
    except ValueError as error:
        raise SignatureInvalid from error
    if not age_s <= TOLERANCE_S:  # so that NaN is refused too
        raise SignatureInvalid


def text_at(payload: Any, *path: str) -> str:
    """The string or number at a path of nested objects, as a string; empty where anything is missing or null."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return str(payload) if isinstance(payload, str | int) and not isinstance(payload, bool) else ""
