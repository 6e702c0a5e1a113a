"""WhiteNoise for an ASGI server."""

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(MiddlewareMixin):
    """Passes requests below STATIC_URL to WhiteNoise, and no others.

    WhiteNoise is synchronous: inside the middleware chain it would make every request, even a stream or a reply of a
    minute, hold a thread of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        super().__init__(get_response)
        self.files = WhiteNoiseMiddleware(lambda request: HttpResponseNotFound())

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if not request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        return sync_to_async(self._file)(request) if self.async_mode else self._file(request)

    def _file(self, request: HttpRequest) -> HttpResponse:
        """Return the whole file: an ASGI server would read all of it anyway, with another thread switch."""
        response = self.files(request)
        if not response.streaming:
            return response
        whole = HttpResponse(response.getvalue(), status=response.status_code)
        whole.headers = response.headers
        response.close()
        return whole
