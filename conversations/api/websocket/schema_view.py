"""Serve the AsyncAPI description of the WebSocket."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

FILE = Path(__file__).with_name("asyncapi.yaml")


@require_safe
def described(request: HttpRequest) -> HttpResponse:
    return HttpResponse(FILE.read_bytes(), content_type="application/yaml; charset=utf-8")
