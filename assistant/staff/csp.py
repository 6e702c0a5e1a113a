"""The content security policy of the staff admin: the project's own, loosened where its theme needs it.

The theme's scripts are ours to serve, but Alpine evaluates the expressions in its attributes
('unsafe-eval') and the pages carry a <style> with the theme's colours and style attributes
('unsafe-inline' for styles alone). Scripts still come only from us, never inline, and nobody may frame
the pages. Because Alpine and htmx read attributes, text that people wrote is escaped, or rendered
through `knowledge.articles.rendering`, which keeps no attribute but a link's address.
"""

from functools import cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from assistant.server.middleware import InLoop

LOOSENED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


@cache
def admin_path() -> str:
    return reverse("admin:index")


class AdminPolicy(InLoop):
    """Stands after django-csp's middleware, so that its response passes here first."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(admin_path()):
            response._csp_update = LOOSENED  # type: ignore[attr-defined]  # read by csp.middleware
        return response
