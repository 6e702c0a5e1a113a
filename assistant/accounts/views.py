"""Our own account pages: accepting an invitation, and the user's sessions."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assistant.accounts import invitations, sessions
from assistant.accounts.forms import NewAccountForm
from assistant.accounts.models import Invitation
from assistant.staff import permissions

TOKEN = "staff_invitation"  # key in the session, so that the token does not stay in the URL


@never_cache
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link from the mail. It changes nothing yet, because mail programs also open links."""
    if invitations.find(token) is None:
        return _closed(request)
    request.session[TOKEN] = token
    return redirect("staff-invitation-accept")


@never_cache
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest) -> HttpResponse:
    invitation = invitations.find(request.session.get(TOKEN, ""))
    if invitation is None:
        return _closed(request)
    account = invitations.account_of(invitation)
    try:
        if account is None:
            return _new_account(request, invitation)
        return _join(request, invitation, account)
    except invitations.InvitationClosed:
        return _closed(request)


def _new_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if request.user.is_authenticated or not form.is_valid():
        return _page(request, invitation, form=form)
    given = form.cleaned_data
    user = invitations.create_account(invitation, given["first_name"], given["password"], request)
    del request.session[TOKEN]
    response: HttpResponse = perform_login(request, user)
    return response


def _join(request: HttpRequest, invitation: Invitation, account: User) -> HttpResponse:
    """Let the logged-in owner of the account join. The link alone does not give access to the account."""
    if request.method != "POST" or request.user != account:
        return _page(request, invitation, account=account)
    invitations.accept(invitation, account, request)
    del request.session[TOKEN]
    messages.success(request, f"You joined {invitation.workspace}.")
    return redirect("admin:index")


def _page(request: HttpRequest, invitation: Invitation, **context: Any) -> HttpResponse:
    named = {
        "invitation": invitation,
        "logged_in_as_other": request.user.is_authenticated and request.user != context.get("account"),
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
    }
    return render(request, "accounts/invitation.html", named | context)


def _closed(request: HttpRequest) -> HttpResponse:
    sentence = invitations.InvitationClosed.sentence
    return render(request, "accounts/invitation_closed.html", {"sentence": sentence}, status=410)


@never_cache
@login_required
def own_sessions(request: HttpRequest) -> HttpResponse:
    listed = sessions.of(permissions.member(request))
    return render(request, "accounts/sessions.html", {"sessions": listed})


@require_POST
@login_required
def end_session(request: HttpRequest) -> HttpResponse:
    """End one of the user's sessions, or all others."""
    user, current = permissions.member(request), request.session.session_key
    if "session" not in request.POST:
        count = sessions.end_all(user, but=current)
        messages.success(request, f"{count} other session{'' if count == 1 else 's'} ended.")
    elif sessions.end_one(user, request.POST["session"]):
        messages.success(request, "Session ended.")
    return HttpResponseRedirect("../")
