"""Template context that account pages share with the rest of the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from assistant.accounts import second_factor


def admin_page(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the admin's layout for pages under /admin/account/, which mostly are django-allauth's."""
    if not request.path.startswith(reverse("staff-account")):
        return {}
    context = admin.site.each_context(request)
    if request.user.is_authenticated and second_factor.next_page(request):
        context |= {"is_nav_sidebar_enabled": False, "sidebar_navigation": [], "second_factor_missing": True}
    return context
