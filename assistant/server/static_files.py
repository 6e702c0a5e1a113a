"""WhiteNoise for an ASGI server."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles:
    """Asks WhiteNoise for what lies under STATIC_URL, and for nothing else.

    WhiteNoise is synchronous: in the chain itself it would have every request, also a stream or a
    reply that takes a minute, hold a thread of its own.
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
        """The file whole: an ASGI server would have it read whole all the same, by another turn of a thread."""
        served = self.files(request)
        if not served.streaming:
            return served
        whole = HttpResponse(served.getvalue(), status=served.status_code)
        whole.headers = served.headers
        served.close()
        return whole
