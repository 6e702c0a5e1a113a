"""The content security policy of the staff admin: the project's own, relaxed where its theme needs it.

We serve the theme's scripts ourselves, but Alpine evaluates expressions in attributes ('unsafe-eval'), and the pages
have a <style> with the theme's colours and style attributes ('unsafe-inline' for styles only). Scripts come only from
us, never inline, and the pages cannot be framed. Because Alpine and htmx read attributes, user text is escaped, or
rendered through `knowledge.articles.rendering`, which keeps no attributes except link URLs.
"""

from functools import cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from assistant.server.middleware import InLoop

RELAXED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


@cache
def admin_path() -> str:
    return reverse("admin:index")


class AdminPolicy(InLoop):
    """Placed after django-csp's middleware, so that it sees the response first."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(admin_path()):
            response._csp_update = RELAXED  # type: ignore[attr-defined]  # read by csp.middleware
        return response
