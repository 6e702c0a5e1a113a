"""Serve a stored file as a download or an image, never as something that runs."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from assistant.uploads.models import KeptFile

# Should a browser open it after all: it is what we say it is, and nothing in it loads, runs or is framed.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def respond(kept: KeptFile, *, shown: bool = False, cache_control: str = "private, no-store") -> HttpResponse:
    """The file to be saved, or where `shown` says so to be drawn on a page."""
    disposition = content_disposition_header(as_attachment=not shown, filename=kept.name)
    headers = HARMLESS | {"Cache-Control": cache_control, "Content-Disposition": str(disposition)}
    with kept.file.open("rb") as file:
        return HttpResponse(file.read(), content_type=kept.content_type, headers=headers)
