"""Serve the widget's script and the configuration of a widget."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from assistant.errors import NotFound, OriginRefused, ServiceError
from assistant.uploads import serving, sniffing
from assistant.workspaces import logos
from assistant.workspaces.models import DEFAULT_GREETING, DEFAULT_NOTICE, Logo, Widget
from conversations.identity.visitors import WidgetUnknown
from conversations.widget.bundle import bundle

# Browsers use their copy for an hour, and for a week more while they fetch a new one in the background.
SCRIPT_CACHING = "public, max-age=3600, stale-while-revalidate=604800"
CONFIG_CACHING = "public, max-age=60"
OPAQUE_ORIGIN = "null"  # sent by browsers for a page without an origin
REFUSED = "The origin {origin} may not use this widget. Add it to the widget's origins in the staff admin."
REFUSED_WITHOUT_ORIGIN = (
    "A page without an origin may not use this widget. It is in a sandboxed frame, or was opened as a file. "
    "Add allow-same-origin to the frame's sandbox attribute, or put the widget on a page outside the frame."
)
LOGO_CACHING = "public, max-age=31536000, immutable"  # a new logo has a new URL


@gzip_page
@require_safe
@condition(etag_func=lambda request: bundle().etag)
def script(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        bundle().text,
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": SCRIPT_CACHING, "Cross-Origin-Resource-Policy": "cross-origin"},
    )


@require_safe
def config(request: HttpRequest) -> HttpResponse:
    """Return the appearance and the texts of a widget. All of it is public, because widgets are on public pages.

    With its `origin`, a page also learns why its WebSocket was refused, which browsers do not tell scripts.
    """
    key, origin = request.GET.get("widget", ""), request.GET.get("origin")
    enabled = Widget.objects.select_related("workspace").filter(public_key=key, enabled=True)
    widget = enabled.first() if key.isprintable() else None
    if widget is None:
        return refused(WidgetUnknown())
    if origin is not None and origin not in widget.origins:
        sentence = REFUSED_WITHOUT_ORIGIN if origin == OPAQUE_ORIGIN else REFUSED.format(origin=origin[:200])
        return refused(OriginRefused(sentence))
    return JsonResponse(looks_of(widget), headers={"Cache-Control": CONFIG_CACHING})


@require_safe
def logo(request: HttpRequest, public_key: str, digest: str) -> HttpResponse:
    """Return a widget's logo, always as a PNG that we encoded, whatever was uploaded."""
    stored = Logo.objects.filter(widget__public_key=public_key, digest=digest).first()
    if stored is None:
        return refused(NotFound())
    headers = serving.HARMLESS | {"Cache-Control": LOGO_CACHING}
    return HttpResponse(bytes(stored.content), content_type="image/png", headers=headers)


def refused(error: ServiceError) -> JsonResponse:
    return JsonResponse({"error": {"code": error.code, "message": error.sentence}}, status=error.http_status)


def looks_of(widget: Widget) -> dict[str, object]:
    workspace, stored_logo = widget.workspace, logos.of(widget)
    return {
        "name": workspace.assistant_name,
        "shop": workspace.name,
        # The widget has the default texts itself, in the language of the page.
        "greeting": "" if widget.greeting == DEFAULT_GREETING else widget.greeting,
        "notice": "" if workspace.notice == DEFAULT_NOTICE else workspace.notice,
        "suggestions": widget.suggestions,
        "logo": stored_logo.url if stored_logo else None,
        "theme": widget.theme,
        "locale": widget.locale,
        "link_hosts": widget.theme.get("link_hosts", []),
        "message_max_chars": settings.MESSAGE_MAX_CHARS,
        "attachments": {
            "max_bytes": settings.ATTACHMENT_MAX_BYTES,
            "most": settings.ATTACHMENTS_PER_MESSAGE,
            "types": sniffing.accepted_types(),
        },
    }
