"""The login form of staff."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm


class StaffLoginForm(AuthenticationForm):
    """Explains to a colleague with the right password but no workspace what is missing."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        account: Any = user
        if account.is_active and not account.is_staff:
            raise ValidationError(
                "Your account is not in a workspace yet. Ask an administrator to add you under Members.",
                code="no_workspace",
            )
        super().confirm_login_allowed(user)
