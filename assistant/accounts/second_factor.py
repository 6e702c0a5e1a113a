"""Decide who needs a second factor, and whether this session was confirmed with one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from assistant.staff import permissions
from assistant.staff.permissions import Role

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
ADDED_HERE = "staff_second_factor_added"  # in the session: the user who added one


def is_required(user: Any) -> bool:
    """Return whether a role of the user, in any workspace, needs one. Superusers count as admins."""
    roles = {Role.ADMIN} if user.is_superuser else set(permissions.roles_of(user).values())
    return bool(roles & set(settings.STAFF_MFA_REQUIRED))


def has_one(user: Any) -> bool:
    return bool(is_mfa_enabled(user, FACTORS))


def was_added_in(request: HttpRequest) -> bool:
    """Return whether the user added one in this session."""
    return bool(request.session.get(ADDED_HERE) == request.user.pk)


def next_page(request: HttpRequest) -> str | None:
    """Return the page that the user has to complete first; None if nothing is missing."""
    user = request.user
    if not is_required(user) or (settings.OIDC_HAS_MFA and "socialaccount" in _methods(request)):
        return None
    if not has_one(user):
        return reverse("mfa_index")
    return None if was_shown_in(request) else _prove(request)


def page_before_changes(request: HttpRequest) -> str | None:
    """Return where the user must go before they see or change second factors; None if nothing is missing.

    A session that began before the account had one shows it first. Otherwise somebody who has stolen the session and
    the password could read the recovery codes.
    """
    return _prove(request) if has_one(request.user) and not was_shown_in(request) else None


def was_shown_in(request: HttpRequest) -> bool:
    return "mfa" in _methods(request) or was_added_in(request)


def _methods(request: HttpRequest) -> set[str]:
    return {record["method"] for record in get_authentication_records(request, permissions.member(request))}


def _prove(request: HttpRequest) -> str:
    """Return the page that asks for the second factor, which was added in another session after this one began."""
    offered = get_adapter(request).get_reauthentication_methods(request.user)
    page = next(method["url"] for method in offered if method["id"].startswith("mfa_reauthenticate"))
    return f"{page}?{urlencode({'next': request.get_full_path()})}"


@receiver(authenticator_added)
def _note_added(request: HttpRequest, user: Any, **_given: Any) -> None:
    request.session[ADDED_HERE] = user.pk
