"""The usage page: tokens, cost and latency of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from assistant.staff import permissions
from assistant.workspaces.models import Workspace
from conversations.reporting.dashboard import CHART_OPTIONS, usage_of

PERIODS_DAYS = (7, 30, 90)


def usage_page(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        workspaces = Workspace.objects.filter(pk__in=permissions.workspace_ids(request.user))
        chosen = workspaces.filter(slug=request.GET.get("workspace", "")).first() or workspaces.first()
        if chosen is None:
            raise Http404
        requested = request.GET.get("days", "")
        days = int(requested) if requested in map(str, PERIODS_DAYS) else 30
        context = {
            **model_admin.admin_site.each_context(request),
            "title": "Usage",
            "content_title": "Usage",
            "workspaces": workspaces,
            "chosen": chosen,
            "days": days,
            "periods": PERIODS_DAYS,
            "chart_options": CHART_OPTIONS,
            **usage_of(chosen, days),
        }
        return render(request, "admin/usage.html", context)

    return view
