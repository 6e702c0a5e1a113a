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

# A browser may use its copy for an hour, and an old one for a week while it asks for the new one.
SCRIPT_CACHING = "public, max-age=3600, stale-while-revalidate=604800"
CONFIG_CACHING = "public, max-age=60"
OPAQUE_ORIGIN = "null"  # as browsers write it
REFUSED = "The origin {origin} may not use this widget. Add it to the widget's origins in the staff admin."
REFUSED_WITHOUT_ORIGIN = (
    "A page without an origin may not use this widget. It is in a sandboxed frame, or was opened as a file. "
    "Add allow-same-origin to the frame's sandbox attribute, or put the widget on a page outside the frame."
)
LOGO_CACHING = "public, max-age=31536000, immutable"  # another logo has another address


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
    """The looks and the first words of a widget. All of it is public: it stands on public pages.

    A page may ask for its own `origin`, since a browser tells no script why a socket was refused.
    """
    key, origin = request.GET.get("widget", ""), request.GET.get("origin")
    known = Widget.objects.select_related("workspace").filter(public_key=key, enabled=True)
    widget = known.first() if key.isprintable() else None
    if widget is None:
        return refused(WidgetUnknown())
    if origin is not None and origin not in widget.origins:
        sentence = REFUSED_WITHOUT_ORIGIN if origin == OPAQUE_ORIGIN else REFUSED.format(origin=origin[:200])
        return refused(OriginRefused(sentence))
    return JsonResponse(looks_of(widget), headers={"Cache-Control": CONFIG_CACHING})


@require_safe
def logo(request: HttpRequest, public_key: str, digest: str) -> HttpResponse:
    """Always a PNG that we wrote, whatever was uploaded."""
    found = Logo.objects.filter(widget__public_key=public_key, digest=digest).first()
    if found is None:
        return refused(NotFound())
    headers = serving.HARMLESS | {"Cache-Control": LOGO_CACHING}
    return HttpResponse(bytes(found.content), content_type="image/png", headers=headers)


def refused(error: ServiceError) -> JsonResponse:
    return JsonResponse({"error": {"code": error.code, "message": error.sentence}}, status=error.http_status)


def looks_of(widget: Widget) -> dict[str, object]:
    workspace, kept = widget.workspace, logos.of(widget)
    return {
        "name": workspace.assistant_name,
        "shop": workspace.name,
        # What is as shipped the widget says itself, in the language of the page.
        "greeting": "" if widget.greeting == DEFAULT_GREETING else widget.greeting,
        "notice": "" if workspace.notice == DEFAULT_NOTICE else workspace.notice,
        "suggestions": widget.suggestions,
        "logo": kept.url if kept else None,
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
