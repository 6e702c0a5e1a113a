"""A kept file as an answer: to be saved, or drawn as a picture, but never to run."""

from django.http import FileResponse
from django.http.response import HttpResponseBase

from assistant.uploads.models import KeptFile

# Should a browser open it after all: it is what we say it is, and nothing in it loads, runs or is framed.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def respond(kept: KeptFile, *, shown: bool = False, cache_control: str = "private, max-age=3600") -> HttpResponseBase:
    """The file to be saved, or where `shown` says so to be drawn on a page."""
    return FileResponse(
        kept.file.open("rb"),
        as_attachment=not shown,
        filename=kept.name,
        content_type=kept.content_type,
        headers=HARMLESS | {"Cache-Control": cache_control},
    )
