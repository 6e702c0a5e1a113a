"""A kept file as an answer: to be saved, or drawn as a picture, but never to run."""

from typing import Protocol

from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.http.response import HttpResponseBase

# Should a browser open it after all: nothing in it loads, runs or is framed.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Kept(Protocol):
    """A row with a file of ours."""

    file: FieldFile
    name: str
    content_type: str


def respond(kept: Kept, *, shown: bool = False, cache_control: str = "private, max-age=3600") -> HttpResponseBase:
    """The file to be saved, or where `shown` says so to be drawn on a page."""
    response = FileResponse(
        kept.file.open("rb"),
        as_attachment=not shown,
        filename=kept.name,
        content_type=kept.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = cache_control
    return response
