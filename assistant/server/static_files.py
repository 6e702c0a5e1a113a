"""WhiteNoise for an ASGI server."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles:
    """Passes requests below STATIC_URL to WhiteNoise, and no others.

    WhiteNoise is synchronous: inside the middleware chain it would make every request, even a stream or a reply of a
    minute, hold a thread of its own.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        self.files = WhiteNoiseMiddleware(lambda request: HttpResponseNotFound())
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if not request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        return sync_to_async(self._file)(request) if self.is_async else self._file(request)

    def _file(self, request: HttpRequest) -> HttpResponse:
        """Return the whole file: an ASGI server would read all of it anyway, with another thread switch."""
        response = self.files(request)
        if not response.streaming:
            return response
        whole = HttpResponse(response.getvalue(), status=response.status_code)
        whole.headers = response.headers
        response.close()
        return whole
