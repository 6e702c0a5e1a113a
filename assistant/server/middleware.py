"""Run Django's middleware in the event loop.

By default each of these switches to a thread and back twice per request, although it only reads headers: on a small
machine that costs more than a simple view. Those that may wait for the database still use a thread.
"""

from typing import Any

from asgiref.sync import sync_to_async
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

READING = ("GET", "HEAD", "OPTIONS", "TRACE")


class InLoop(MiddlewareMixin):
    """A mixin for middleware of Django's shape."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.process_request(request) if hasattr(self, "process_request") else None
        response = response or await self.get_response(request)
        if not hasattr(self, "process_response"):
            return response
        if self.may_wait(request):
            return await sync_to_async(self.process_response)(request, response)
        return self.process_response(request, response)

    def may_wait(self, request: HttpRequest) -> bool:
        """Return whether processing the response may query the database."""
        return False


class Security(InLoop, SecurityMiddleware):
    pass


class Sessions(InLoop, SessionMiddleware):
    def may_wait(self, request: HttpRequest) -> bool:
        return request.session.accessed or request.session.modified


class Common(InLoop, CommonMiddleware):
    pass


class Csrf(InLoop, CsrfViewMiddleware):
    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self.aprocess_view

    async def aprocess_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.method in READING or getattr(view, "csrf_exempt", False):
            return super().process_view(request, view, args, kwargs)
        return await sync_to_async(super().process_view)(request, view, args, kwargs)  # reads the form


class Authentication(InLoop, AuthenticationMiddleware):
    pass


class Messages(InLoop, MessageMiddleware):
    def may_wait(self, request: HttpRequest) -> bool:
        return hasattr(request, "_messages") and (request._messages.used or request._messages.added_new)


class XFrameOptions(InLoop, XFrameOptionsMiddleware):
    pass


class ContentSecurityPolicy(InLoop, CSPMiddleware):
    pass
