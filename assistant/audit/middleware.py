"""Record the requests of staff and API keys that no other code has recorded."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from assistant.audit import log
from assistant.audit.pseudonyms import pseudonym
from assistant.server.middleware import READING, InLoop

API = "/api/v1/"
REDIRECTS = (302, 303)  # the admin redirects after a successful form
OF_CUSTOMERS = ("contact_id", "conversation_id", "message_id")  # URL parameters that are recorded as pseudonyms
SECRETS = ("token", "key", "secret")  # URL parameters that are not recorded


@cache
def _admin() -> str:
    return reverse("admin:index")


class AuditRequests(InLoop):
    def may_wait(self, request: HttpRequest) -> bool:
        return _is_of_staff(request) or _is_of_a_key(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "audited", None):
            return response
        if _is_of_staff(request) and response.status_code in REDIRECTS and _was_let_in(request):
            self._note(request, str(getattr(request.resolver_match, "url_name", "") or "request"))
        elif _is_of_a_key(request) and response.status_code < 400 and log.key_of(request):
            route = str(getattr(request.resolver_match, "route", "")).removeprefix(API.lstrip("/"))
            self._note(request, f"{request.method} {route}")
        return response

    @staticmethod
    def _note(request: HttpRequest, action: str) -> None:
        """Record the parameters of the URL except secrets; ids of customers' rows as pseudonyms."""
        named = request.resolver_match.kwargs if request.resolver_match else {}
        ids = {name: str(value) for name, value in named.items() if name not in SECRETS}
        for name in OF_CUSTOMERS:
            if name in ids:
                ids[name] = pseudonym(ids[name])
        log.note(action, request=request, **ids)


def _is_of_staff(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith(_admin())


def _was_let_in(request: HttpRequest) -> bool:
    """Others are redirected too: to the login, or to the page of second factors."""
    user = request.user
    return user.is_authenticated and user.is_staff and not getattr(request, "is_refused", False)


def _is_of_a_key(request: HttpRequest) -> bool:
    if not request.path.startswith(API):
        return False
    path = request.path.removeprefix(API)
    if request.method in READING:
        return any(path.startswith(begins) and path.endswith(ends) for begins, ends in settings.AUDITED_READS)
    return path.startswith(settings.AUDITED_CHANGES)
