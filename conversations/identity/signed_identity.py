"""Verify a visitor's identity signed by the shop: an HMAC of the id, or a JWT."""

import hashlib
import hmac
import logging
import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from assistant.errors import DependencyDown, IdentityInvalid
from assistant.redis.client import redis_client
from assistant.workspaces.models import Widget

log = logging.getLogger(__name__)
MAX_CHARS = 255
UNREADABLE = re.compile("[\0\ud800-\udfff]")
# An id that looks like an id with its expiry: its old hash could pass as the hash of the two.
LOOKS_DATED = re.compile(r"\|\d+\Z")


@dataclass(frozen=True, slots=True)
class Person:
    """The person that the shop signed. With `is_whole`, name and email are signed too, not only the id."""

    external_id: str
    name: str
    email: str
    is_whole: bool

    def known(self) -> dict[str, str]:
        """Return the attributes of the person besides the id."""
        return {field: value for field in ("name", "email") if (value := getattr(self, field))}


def read(widget: Widget, identity: dict[str, Any]) -> Person:
    """Return the person that this widget's shop signed.

    Raises:
        IdentityInvalid: unsigned, signed with another secret, expired, valid for too long, or malformed.
        DependencyDown: IDENTITY_TOKEN_ONCE is on, and Redis, which stores used tokens, is down.
    """
    if not widget.identity_secret:  # anybody could sign with an empty secret
        raise IdentityInvalid
    if identity.get("jwt"):
        claims = _claims_of_jwt(widget, identity["jwt"])
        return _person(claims, claims.get("external_id") or claims.get("sub"), is_whole=True)
    person = _person(identity, identity.get("external_id"), is_whole=False)
    _check_hash(widget, person.external_id, identity)
    return person


def _person(claims: dict[str, Any], external_id: Any, *, is_whole: bool) -> Person:
    fields = [_text(value) for value in (external_id, claims.get("name"), claims.get("email"))]
    if not fields[0] or len(fields[0]) > MAX_CHARS:
        raise IdentityInvalid
    return Person(fields[0], fields[1][:MAX_CHARS], fields[2][:MAX_CHARS], is_whole)


def _text(value: Any) -> str:
    """Return a string or integer as text; empty for nothing."""
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise IdentityInvalid
    text = str(value)
    if UNREADABLE.search(text):
        raise IdentityInvalid
    return text


def _check_hash(widget: Widget, external_id: str, identity: dict[str, Any]) -> None:
    """Check `hash`: the hex HMAC-SHA256 of `external_id|exp`, or, without `exp`, of `external_id`."""
    digest, exp = identity.get("hash"), identity.get("exp")
    if not isinstance(digest, str) or not digest.isascii():
        raise IdentityInvalid
    if exp is None:
        _check_undated(widget, external_id)
        signed = external_id
    else:
        if not isinstance(exp, int):  # a float has several notations
            raise IdentityInvalid
        _check_time(exp)
        signed = f"{external_id}|{exp}"
    wanted = hmac.new(widget.identity_secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, digest.lower()):
        raise IdentityInvalid


def _check_undated(widget: Widget, external_id: str) -> None:
    if not settings.IDENTITY_HASH_WITHOUT_EXP or LOOKS_DATED.search(external_id):
        raise IdentityInvalid
    _warn_of_undated(widget.public_key)


@cache
def _warn_of_undated(public_key: str) -> None:
    """Warn once per process and widget."""
    log.warning(
        "The page of widget %s identifies visitors by a hash without exp, which never expires. Sign external_id|exp, "
        "or send a JWT; the next release refuses it (IDENTITY_HASH_WITHOUT_EXP).",
        public_key,
    )


def _check_time(exp: Any) -> None:
    """Refuse signatures that have expired or are valid for longer than IDENTITY_MAX_AGE_S."""
    now, leeway_s = timezone.now().timestamp(), settings.IDENTITY_LEEWAY_S
    if not isinstance(exp, int | float) or isinstance(exp, bool):
        raise IdentityInvalid
    if not now - leeway_s < exp <= now + settings.IDENTITY_MAX_AGE_S + leeway_s:
        raise IdentityInvalid


def _claims_of_jwt(widget: Widget, token: Any) -> dict[str, Any]:
    """Check a JWT: HS256, with an `exp`. `aud` is checked if IDENTITY_AUDIENCE is set; `sub` may be a number."""
    audience = settings.IDENTITY_AUDIENCE or None
    options = {"require": ["exp"], "verify_aud": bool(audience), "verify_sub": False, "verify_jti": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            widget.identity_secret,
            algorithms=["HS256"],
            options=options,
            audience=audience,
            leeway=settings.IDENTITY_LEEWAY_S,
        )
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise IdentityInvalid from error
    _check_time(claims["exp"])
    if settings.IDENTITY_TOKEN_ONCE:
        _use_once(widget, claims)
    return claims


def _use_once(widget: Widget, claims: dict[str, Any]) -> None:
    jti = _text(claims.get("jti"))
    if not jti:
        raise IdentityInvalid("With IDENTITY_TOKEN_ONCE set, a token needs a jti claim.")
    used = f"identity-used:{widget.pk}:{hashlib.sha256(jti.encode()).hexdigest()}"
    kept_s = settings.IDENTITY_MAX_AGE_S + 2 * settings.IDENTITY_LEEWAY_S
    try:
        is_first = redis_client().set(used, 1, nx=True, ex=math.ceil(kept_s))
    except (RedisError, OSError) as error:
        raise DependencyDown from error
    if not is_first:
        raise IdentityInvalid
