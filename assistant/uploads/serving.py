"""Serve a stored file as a download or an image, so that browsers never execute it."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from assistant.uploads.models import KeptFile

# In case a browser opens it anyway: the type is fixed, and nothing in it loads, runs or can be framed.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def respond(stored: KeptFile, *, inline: bool = False, cache_control: str = "private, no-store") -> HttpResponse:
    """Return the file as a download, or with `inline` for display on a page."""
    disposition = content_disposition_header(as_attachment=not inline, filename=stored.name)
    headers = HARMLESS | {"Cache-Control": cache_control, "Content-Disposition": str(disposition)}
    with stored.file.open("rb") as file:
        return HttpResponse(file.read(), content_type=stored.content_type, headers=headers)
