"""Invite colleagues, and let them accept."""

from __future__ import annotations

import logging
import secrets
import smtplib
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from assistant.accounts.models import Invitation
from assistant.audit import log as audit_log
from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.workspaces.models import Membership

log = logging.getLogger(__name__)


class InvitationClosed(ServiceError):
    code = "invitation_closed"
    http_status = 410
    sentence = "This invitation was already used or revoked, or it has expired. Ask for a new one."


def invite(invitation: Invitation, inviter: Any) -> str:
    """Save a new invitation and return the token of its link, which is not stored."""
    token = secrets.token_urlsafe(32)
    invitation.email, invitation.hashed = invitation.email.lower(), Invitation.digest(token)
    invitation.invited_by, invitation.expires_at = inviter, _expiry()
    invitation.save()
    return token


def renew(invitation: Invitation, inviter: Any) -> str:
    """Return a new token with a new expiry; the earlier link stops working. Raises InvitationClosed."""
    token = secrets.token_urlsafe(32)
    values = {"hashed": Invitation.digest(token), "expires_at": _expiry(), "invited_by": inviter, "mailed_at": None}
    if not Invitation.objects.pending().filter(pk=invitation.pk).update(**values):
        raise InvitationClosed
    invitation.refresh_from_db()
    return token


def _expiry() -> Any:
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


def revoke(invitation: Invitation) -> None:
    """Revoke the invitation. Raises InvitationClosed."""
    if not Invitation.objects.pending().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise InvitationClosed


def link(token: str) -> str:
    return settings.PUBLIC_URL + reverse("staff-invitation", args=[token])


def mail(invitation: Invitation, token: str) -> bool:
    """Send the link. Return False if e-mail is not set up or the server refuses."""
    if not settings.EMAIL_HOST:
        return False
    context = {"invitation": invitation, "link": link(token), "days": settings.INVITATION_DAYS}
    subject = f"[Brevity] Invitation to {invitation.workspace.name}".replace("\n", " ")
    body = render_to_string("emails/invitation.txt", context)
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    except (smtplib.SMTPException, OSError) as error:
        log.warning("invitation %s could not be sent: %s", invitation.pk, error)
        return False
    Invitation.objects.filter(pk=invitation.pk).update(mailed_at=timezone.now())
    return True


def find(token: str) -> Invitation | None:
    """Return the open invitation with this token."""
    invitation = Invitation.objects.open(timezone.now()).filter(hashed=Invitation.digest(token)).first()
    return invitation if invitation and _may_still_invite(invitation) else None


def open_for(email: str) -> list[Invitation]:
    """Return the open invitations of an address."""
    found = Invitation.objects.open(timezone.now()).filter(email__iexact=email)
    return [invitation for invitation in found if _may_still_invite(invitation)]


def _may_still_invite(invitation: Invitation) -> bool:
    """Return whether the inviter is still an admin of the workspace. Links of former admins do not work."""
    inviter = invitation.invited_by
    return inviter is not None and permissions.may(inviter, Role.ADMIN, invitation.workspace_id)


def account_of(invitation: Invitation) -> User | None:
    """Return the account with the invited address, even if it is disabled."""
    address = Q(email__iexact=invitation.email) | Q(username__iexact=invitation.email)
    return User.objects.filter(address).order_by("-is_active", "pk").first()


@transaction.atomic
def create_account(invitation: Invitation, first_name: str, password: str, request: Any = None) -> User:
    """Create an account with the address as its user name, and accept the invitation. Raises InvitationClosed."""
    try:
        user = User.objects.create_user(invitation.email, invitation.email, password, first_name=first_name)
    except IntegrityError as error:  # the form was sent twice
        raise InvitationClosed from error
    # A link that was passed on by hand does not prove that the user owns the address.
    if invitation.mailed_at:
        EmailAddress.objects.create(user=user, email=invitation.email, verified=True, primary=True)
    accept(invitation, user, request)
    return user


@transaction.atomic
def accept(invitation: Invitation, user: User, request: Any = None) -> None:
    """Make the user a member, once. An existing member keeps their role. Raises InvitationClosed."""
    now = timezone.now()
    same_link = Invitation.objects.open(now).filter(pk=invitation.pk, hashed=invitation.hashed)
    if not same_link.update(accepted_at=now):
        raise InvitationClosed
    membership, _ = Membership.objects.get_or_create(
        user=user, workspace=invitation.workspace, defaults={"role": invitation.role}
    )
    permissions.give_staff_access(user)
    invited_by = str(invitation.invited_by or "")
    named = audit_log.name_of(membership)
    audit_log.record("membership.accepted", membership, request=request, invited_by=invited_by, **named)
