"""A kept file as an answer: to be saved, or drawn as a picture, but never to run."""

from django.http import FileResponse
from django.http.response import HttpResponseBase

from conversations.models import Attachment

# Should a browser open it after all: nothing in it loads, runs or is framed.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def respond(attachment: Attachment) -> HttpResponseBase:
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, max-age=3600"
    return response
