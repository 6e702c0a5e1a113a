"""Staff sessions: list them, record their use, and end them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

NOTED_EVERY = timedelta(minutes=1)


def note_use(request: HttpRequest) -> None:
    """Store when and from where a session was last used, at most once a minute."""
    listed = UserSession.objects.filter(session_key=request.session.session_key)
    last = listed.values_list("last_seen_at", flat=True).first()
    if last is None or timezone.now() - last > NOTED_EVERY:
        UserSession.objects.create_from_request(request)


def of(user: Any) -> list[UserSession]:
    """Return the active sessions of a user, the most recently used first."""
    live = UserSession.objects.purge_and_list(user)
    return sorted(live, key=lambda session: session.last_seen_at, reverse=True)


def end_one(user: Any, pk: str) -> bool:
    """End the session with this id if it is the user's."""
    session = UserSession.objects.filter(user=user, pk=pk).first()
    if session is None:
        return False
    session.end()
    return True


def end_all(user: Any, but: str | None = None) -> int:
    """End all sessions of a user, including unlisted ones, except the one with the key `but`. Return how many."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but)
    keys = [each.session_key for each in live.iterator() if each.get_decoded().get("_auth_user_id") == str(user.pk)]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user).exclude(session_key=but).delete()
    return len(keys)
