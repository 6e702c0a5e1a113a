"""Require the second factor that a user's role needs before they can use the admin."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from redis.exceptions import RedisError

from assistant.accounts import second_factor, sessions
from assistant.server.middleware import InLoop
from assistant.staff.csp import admin_path

STAFF_TOO = "/article-files/"  # public, but unpublished files are for staff
ALWAYS_OPEN = ("login", "logout", "jsi18n")
ASKING = ("mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn")


class StaffGuard(InLoop):
    """Checks only requests for staff pages with a session cookie."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self.aprocess_view

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        return guard(request) if concerns_staff(request) else None

    async def aprocess_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        return await sync_to_async(guard)(request) if concerns_staff(request) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503 while Redis is down, because codes and their rate limits are stored there."""
        if isinstance(exception, RedisError) and request.path.startswith(reverse("staff-account")):
            return render(request, "accounts/unavailable.html", status=503)
        return None


def concerns_staff(request: HttpRequest) -> bool:
    return request.path.startswith((admin_path(), STAFF_TOO)) and settings.SESSION_COOKIE_NAME in request.COOKIES


def guard(request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return None
    sessions.note_use(request)
    if is_of_second_factors(request):
        page = second_factor.page_before_changes(request)
    else:
        page = None if is_always_open(request) else second_factor.next_page(request)
    if page is None:
        return None
    request.is_refused = True  # type: ignore[attr-defined]  # the audit log must not say that it was done
    return HttpResponseRedirect(page)


def is_of_second_factors(request: HttpRequest) -> bool:
    """The pages that show and change them, but not those that ask for one."""
    name = request.resolver_match.url_name if request.resolver_match else None
    return request.path.startswith(reverse("mfa_index")) and name not in ASKING


def is_always_open(request: HttpRequest) -> bool:
    """Return whether this is a page of the user's own account, the login or the logout."""
    own_account = request.path.startswith(reverse("staff-account"))
    return own_account or (request.resolver_match is not None and request.resolver_match.url_name in ALWAYS_OPEN)
