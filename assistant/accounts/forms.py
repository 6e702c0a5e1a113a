"""The forms of the account pages."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm


class StaffLoginForm(AuthenticationForm):
    """Explains what is missing to a user with the right password but no workspace."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        account: Any = user
        if account.is_active and not account.is_staff:
            raise ValidationError(
                "Your account is not in a workspace yet. Ask an administrator to add you under Members.",
                code="no_workspace",
            )
        super().confirm_login_allowed(user)


class AddPasskeyForm(AddWebAuthnForm):
    """Offers a passkey that works without a password; if the box is cleared, it is only a second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name of this passkey"
        self.fields["passwordless"].label = "Log in without a password"
        self.fields["passwordless"].initial = True
        self.fields[
            "passwordless"
        ].help_text = (
            "The device then asks for your fingerprint, face or PIN. Old security keys can't do that: clear this."
        )


class NewAccountForm(forms.Form):
    """Name and password of an invited colleague."""

    first_name = forms.CharField(label="Your name", max_length=150)
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    repeated = forms.CharField(
        label="Password again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(username=self.email, email=self.email))
        return password

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if "password" in self.cleaned_data and repeated != self.cleaned_data["password"]:
            raise ValidationError("The two passwords differ.")
        return repeated
