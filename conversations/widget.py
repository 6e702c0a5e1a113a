"""What a page needs to show the widget: the script, and how this shop's widget looks."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from assistant.uploads import sniffing
from assistant.workspaces.models import Widget
from conversations.auth import WidgetUnknown
from conversations.widget_bundle import bundle

# A browser may use its copy for an hour, and an old one for a week while it asks for the new one.
SCRIPT_CACHING = "public, max-age=3600, stale-while-revalidate=604800"
CONFIG_CACHING = "public, max-age=60"


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
    """The looks and the first words of a widget. All of it is public: it stands on public pages."""
    key = request.GET.get("widget", "")
    known = Widget.objects.select_related("workspace").filter(public_key=key, enabled=True)
    widget = known.first() if key.isprintable() else None
    if widget is None:
        refusal = {"code": WidgetUnknown.code, "message": WidgetUnknown.sentence}
        return JsonResponse({"error": refusal}, status=WidgetUnknown.http_status)
    return JsonResponse(looks_of(widget), headers={"Cache-Control": CONFIG_CACHING})


def looks_of(widget: Widget) -> dict[str, object]:
    workspace = widget.workspace
    return {
        "name": workspace.assistant_name,
        "shop": workspace.name,
        "greeting": widget.greeting,
        "notice": workspace.notice,
        "suggestions": widget.suggestions,
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
