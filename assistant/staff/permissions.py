"""Permissions of staff by their role in each workspace; a superuser may do everything in all of them."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from assistant.workspaces.models import Membership, Workspace

Role = Membership.Role
ORDER: list[str] = [Role.VIEWER, Role.AGENT, Role.CURATOR, Role.ADMIN]  # each includes the rights of the previous ones


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the user name under which failed logins are counted."""
    return normalised_name((credentials or request.POST).get("username") or "")


def normalised_name(name: str) -> str:
    """`ROSA ` is `rosa`."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def member(request: HttpRequest) -> User:
    """Return the logged-in user: admin pages require one."""
    return cast(User, request.user)


def roles_of(user: Any) -> dict[uuid.UUID, str]:
    """Return workspace ids and roles, read once per request because every link needs them."""
    if not hasattr(user, "_roles_of_staff"):
        user._roles_of_staff = dict(Membership.objects.filter(user=user).values_list("workspace_id", "role"))
    roles: dict[uuid.UUID, str] = user._roles_of_staff
    return roles


def workspace_ids(user: Any, at_least: str = Role.VIEWER) -> list[uuid.UUID]:
    """Return the workspaces where this user has at least this role."""
    if user.is_superuser:
        return list(Workspace.objects.values_list("pk", flat=True))
    return [pk for pk, role in roles_of(user).items() if ORDER.index(role) >= ORDER.index(at_least)]


def may(user: Any, at_least: str, workspace_id: uuid.UUID | None = None) -> bool:
    """Return whether the user has the role in this workspace; without one, in any."""
    if not (user.is_active and user.is_staff):
        return False
    if user.is_superuser:
        return True
    held = roles_of(user)
    roles = held.values() if workspace_id is None else [held[workspace_id]] if workspace_id in held else []
    return any(ORDER.index(role) >= ORDER.index(at_least) for role in roles)


def give_staff_access(user: User) -> None:
    """Allow a member of a workspace to log in to the admin."""
    if not user.is_staff:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.is_staff = True


def colleagues_of(user: Any) -> QuerySet[User]:
    """Return the member and everybody in the member's workspaces; for a superuser all users."""
    people = User.objects.filter(is_active=True)
    if user.is_superuser:
        return people
    return people.filter(is_staff=True).filter(memberships__workspace__in=workspace_ids(user)).distinct()
