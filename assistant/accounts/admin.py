"""Invitations, members and users in the staff admin."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from assistant.accounts import invitations, sessions
from assistant.accounts.models import Invitation
from assistant.audit import log as audit_log
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, StaffAdmin, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.workspaces.models import Membership

# Memberships define permissions, and users manage django-allauth's data on their account pages.
for model in (Group, User, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(model)


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ("workspace", "email", "role")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        workspace, email = given.get("workspace"), given.get("email")
        if Membership.objects.filter(workspace=workspace, user__email__iexact=email).exists():
            self.add_error("email", "This person is a member of this workspace already.")
        if Invitation.objects.pending().filter(workspace=workspace, email__iexact=email).exists():
            self.add_error("email", "This address has an invitation already. Send it again, or revoke it first.")
        return given


def send_again(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return sent(request, invitation, invitations.renew(invitation, request.user))


def revoke(request: HttpRequest, invitation: Invitation) -> str:
    invitations.revoke(invitation)
    return f"Invitation of {invitation.email} revoked. Its link no longer works."


def sent(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Mail the link; if that fails, show it once so that the inviter can pass it on."""
    if invitations.mail(invitation, token):
        messages.success(request, f"Invitation sent to {invitation.email}.")
        return HttpResponseRedirect(reverse("admin:staff_accounts_invitation_changelist"))
    title = f"Invitation of {invitation.email}"
    context = {
        **admin.site.each_context(request),
        "title": title,
        "content_title": title,
        "invitation": invitation,
        "link": invitations.link(token),
    }
    return TemplateResponse(request, "admin/staff_accounts/invitation/link.html", context)


@admin.register(Invitation)
class InvitationAdmin(WorkspaceBound):
    empty_text = "Invite colleagues by e-mail. They choose their own password."

    form = InvitationForm
    view_role = add_role = Role.ADMIN
    list_display = ("email", "workspace", "role", "shown_state", "sent_by", "expires")
    list_filter = ("workspace",)
    fields = ("workspace", "email", "role")
    admin_actions = {
        "send_again": AdminAction("Send again", "send", Role.ADMIN, send_again, lambda row: row.is_pending()),
        "revoke": AdminAction("Revoke", "block", Role.ADMIN, revoke, lambda row: row.is_pending(), "danger"),
    }

    expires = moment("expires_at", "Expires")

    @display(description="State", label={"open": "info", "accepted": "success", "expired": "warning"})
    def shown_state(self, invitation: Invitation) -> str:
        return invitation.state()

    @display(description="Invited by")
    def sent_by(self, invitation: Invitation) -> str:
        return str(invitation.invited_by or "–")

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        request.invitation_token = invitations.invite(obj, request.user)  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        return sent(request, obj, request.invitation_token)  # type: ignore[attr-defined]


def end_sessions(request: HttpRequest, membership: Membership) -> str:
    count = sessions.end_all(membership.user)
    return f"{count} session{'' if count == 1 else 's'} of {membership.user} ended."


@admin.register(Membership)
class MembershipAdmin(WorkspaceBound):
    empty_text = "Members can work in a workspace, as far as their role allows."
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("user", "workspace", "role")
    list_filter = ("workspace", "role")
    admin_actions = {"end_sessions": AdminAction("Log out everywhere", "logout", Role.ADMIN, end_sessions)}

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        permissions.give_staff_access(obj.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":  # new people are invited
            kwargs["queryset"] = permissions.colleagues_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembershipInline(TabularInline):
    model = Membership
    extra = 0


@admin.action(description="Log out everywhere")
def log_out(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    count = sum(sessions.end_all(user) for user in users)
    for user in users:
        audit_log.record("user.end_sessions", user, request=request, **audit_log.name_of(user))
    messages.success(request, f"{count} session{'' if count == 1 else 's'} ended.")


@admin.action(description="Remove second factors")
def remove_second_factors(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    """Remove second factors after a lost phone. The user logs in with the password and sets up a new one."""
    for user in users:
        Authenticator.objects.filter(user=user).delete()
        sessions.end_all(user)
        audit_log.record("user.remove_second_factors", user, request=request, **audit_log.name_of(user))
    names = ", ".join(str(user) for user in users)
    messages.success(request, f"Second factors of {names} removed; their sessions ended.")


@admin.register(User)
class PersonAdmin(UserAdmin, StaffAdmin):
    """Users, for superusers only. Memberships decide what a user can do."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    inlines = (MembershipInline,)
    actions = (log_out, remove_second_factors)
    filter_horizontal = ()
    list_filter = ("is_staff", "is_superuser", "is_active")
    fieldsets = (
        (None, {"fields": (("username", "password"), ("first_name", "last_name"), "email")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.memberships.exists() and "is_staff" not in form.changed_data:
            permissions.give_staff_access(form.instance)
