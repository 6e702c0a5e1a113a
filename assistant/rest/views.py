"""The JSON 404 for unknown API paths."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from assistant.errors import NotFound


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    raise NotFound
