"""A DRF view with async methods, so that a long reply occupies neither a thread nor a database connection."""

from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.views import APIView

from assistant.errors import ServiceError


def _run_step(step: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    step(*args, **kwargs)


_in_thread = database_sync_to_async(_run_step, thread_sensitive=False)


class AsyncAPIView(APIView):
    """Like APIView, with authentication, scopes and throttles checked in a thread before awaiting the method."""

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            await _in_thread(self.initial, self.request, *args, **kwargs)
            response = await self.method_of(self.request)(self.request, *args, **kwargs)
        except (APIException, ServiceError, Http404, PermissionDenied) as error:
            response = self.handle_exception(error)
        return self.finalize_response(self.request, response, *args, **kwargs)

    def method_of(self, request: HttpRequest) -> Any:
        is_known = request.method.lower() in self.http_method_names
        return getattr(self, request.method.lower(), self.refuse) if is_known else self.refuse

    async def refuse(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.http_method_not_allowed(request, *args, **kwargs)

    async def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().options(request, *args, **kwargs)
