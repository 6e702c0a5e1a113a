"""The login page at /admin/login/: user name and password, a passkey, or single sign-on."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from assistant.accounts.forms import StaffLoginForm

TEMPLATE = "admin/login.html"


class StaffLogin(LoginView):
    """Checks the password. If the account has a second factor, its page is next."""

    authentication_form = StaffLoginForm
    template_name = TEMPLATE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        record_authentication(self.request, user, method="password")
        response: HttpResponse = perform_login(self.request, user, redirect_url=self.get_success_url())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | page_context(self.request)


def login_page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """Return the login page with an empty form."""
    named = {"form": StaffLoginForm(request), **page_context(request), **context}
    response = TemplateResponse(request, TEMPLATE, named, status=status)
    return response.render()


def page_context(request: HttpRequest) -> dict[str, Any]:
    index = reverse("admin:index")
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or index
    return {
        **admin.site.each_context(request),
        "title": "Log in",
        "subtitle": None,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        REDIRECT_FIELD_NAME: asked,
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "mail_works": bool(settings.EMAIL_HOST),
    }
