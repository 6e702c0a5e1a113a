"""Log in with an OpenID Connect provider: who is allowed, and with which role."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from requests import RequestException

from assistant.accounts import invitations
from assistant.audit import log as audit_log
from assistant.staff import permissions
from assistant.workspaces.models import Membership, Workspace

log = logging.getLogger(__name__)
PROVIDER = "oidc"


@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider.

    This is a link and not a form, because `form-action` of our content security policy would also apply to the
    redirects. A link on another site is harmless, because it can only log in and never connects accounts.
    """
    if not settings.OIDC_ISSUER:
        raise Http404
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    try:
        provider = get_adapter().get_provider(request, PROVIDER)
        response: HttpResponse = provider.redirect(request, process="login", next_url=wanted if is_ours else None)
    except (RequestException, OAuth2Error, ValueError, KeyError) as error:
        log.warning("single sign-on cannot start: %s", error)
        return _back_to_login(request, f"{settings.OIDC_NAME} cannot be reached. Try again, or use your password.")
    return response


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return True for invited addresses and those of OIDC_DOMAINS, if the provider has verified them."""
        email = verified_email(sociallogin)
        is_welcome = email and (invitations.open_for(email) or is_of_our_domains(email))
        if is_welcome and not User.objects.filter(username__iexact=email).exists():
            return True
        self._refuse(request, f"Your account at {settings.OIDC_NAME} is not invited. Ask an administrator.")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Accept open invitations for the address of an existing user at login."""
        email = verified_email(sociallogin)
        if sociallogin.is_existing and sociallogin.user.is_active and email:
            accept_all(sociallogin.user, email, request)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Create the account with the provider's address as its user name, and add its memberships."""
        email = str(verified_email(sociallogin))
        sociallogin.user.username = sociallogin.user.email = email
        user: User = super().save_user(request, sociallogin, form)
        accept_all(user, email, request)
        if is_of_our_domains(email):
            join_default_workspace(user, request)
        return user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **how: Any) -> None:
        log.warning("single sign-on failed: %s %s", how.get("error"), how.get("exception"))
        self._refuse(request, f"Logging in with {settings.OIDC_NAME} failed. Try again, or use your password.")

    def _refuse(self, request: HttpRequest, sentence: str) -> NoReturn:
        raise ImmediateHttpResponse(_back_to_login(request, sentence))


def _back_to_login(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return HttpResponseRedirect(reverse("admin:login"))


def verified_email(sociallogin: SocialLogin) -> str | None:
    return next((address.email.lower() for address in sociallogin.email_addresses if address.verified), None)


def is_of_our_domains(email: str) -> bool:
    return email.rpartition("@")[2] in {domain.lower() for domain in settings.OIDC_DOMAINS}


def accept_all(user: User, email: str, request: HttpRequest) -> None:
    for invitation in invitations.open_for(email):
        try:
            invitations.accept(invitation, user, request)
        except invitations.InvitationClosed:
            log.info("invitation %s was closed meanwhile", invitation.pk)


def join_default_workspace(user: User, request: HttpRequest) -> None:
    workspace = Workspace.objects.filter(slug=settings.OIDC_DEFAULT_WORKSPACE).first()
    if workspace is None:
        log.error("OIDC_DEFAULT_WORKSPACE=%s does not exist", settings.OIDC_DEFAULT_WORKSPACE)
        return
    defaults = {"role": settings.OIDC_DEFAULT_ROLE}
    membership, is_new = Membership.objects.get_or_create(user=user, workspace=workspace, defaults=defaults)
    permissions.give_staff_access(user)
    if is_new:
        named = audit_log.name_of(membership)
        audit_log.record("membership.joined", membership, request=request, by="OIDC_DOMAINS", **named)
