"""Adapters for django-allauth: how it sends mail, finds client addresses, stores secrets and handles logins."""

from __future__ import annotations

import base64
import logging
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from assistant.accounts import known_browsers, second_factor
from assistant.accounts.tasks import send_account_mail

log = logging.getLogger(__name__)
PURPOSE = b"brevity: second factors of staff, 1"
JUST_LOGGED_IN_S = 300


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # accounts come from invitations

    def get_client_ip(self, request: HttpRequest) -> str:
        address: str = import_string(settings.AXES_CLIENT_IP_CALLABLE)(request)
        return address or "0.0.0.0"  # the request came through a Unix socket

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return a link that always starts with PUBLIC_URL, so that a forged Host header has no effect."""
        found = urlsplit(super().get_reset_password_from_key_url(key))
        return settings.PUBLIC_URL + found.path

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Skip accounts with single sign-on: a password would still work after their access there has ended."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the mail from a worker, so that response times do not show whether an address has an account."""
        if not settings.EMAIL_HOST:
            return
        request = allauth_context.request
        named = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        message = self.render_mail(template_prefix, email, named)
        transaction.on_commit(partial(_queue, message.subject, message.body, email))

    def is_reauthentication_required(self, app: str) -> bool:
        """Return False for a user who has just logged in and is setting up their first second factor."""
        request = allauth_context.request
        records = get_authentication_records(request, request.user)
        latest = max((record["at"] for record in records), default=0.0)
        is_fresh = timezone.now().timestamp() - latest < JUST_LOGGED_IN_S
        had_none = not is_mfa_enabled(request.user) or second_factor.was_added_in(request)
        return not (is_fresh and had_none)

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **how)
        known_browsers.remember(request, response, user.get_username())
        return response


def _queue(subject: str, body: str, to: str) -> None:
    try:
        send_account_mail.delay(subject, body, to)
    except OperationalError as error:
        log.warning("a mail about an account could not be queued: %s", error)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of authenticator apps and recovery codes."""

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}"

    def encrypt(self, text: str) -> str:
        return _ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _ciphers().decrypt(encrypted_text.encode()).decode()


def _ciphers() -> MultiFernet:
    return _of_secrets((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _of_secrets(secrets: tuple[str, ...]) -> MultiFernet:
    derived = [HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret.encode()) for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
