"""Browsers that have logged in before, which are exempt from the lockout of a user name.

A signed cookie has the hashed names of the last users who logged in with this browser. It does not log anybody in: it
only lets the browser try a password while the name is locked for others. The limit per address still applies.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from assistant.staff.csp import admin_path
from assistant.staff.permissions import normalised_name

COOKIE = "brevity_known_browser"
SALT = "assistant.accounts.known_browsers"
PEOPLE_MAX = 5


def is_known(request: HttpRequest, name: str) -> bool:
    return _mark(name) in _marks(request)


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    mark = _mark(name)
    marks = [mark, *(each for each in _marks(request) if each != mark)][:PEOPLE_MAX]
    response.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=SALT),
        max_age=_age(),
        path=admin_path(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _marks(request: HttpRequest) -> list[str]:
    try:
        marks: list[str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=_age())
    except signing.BadSignature:
        return []
    return marks


def _age() -> timedelta:
    return timedelta(days=settings.KNOWN_BROWSER_DAYS)


def _mark(name: str) -> str:
    return salted_hmac(SALT, normalised_name(name)).hexdigest()[:20]
