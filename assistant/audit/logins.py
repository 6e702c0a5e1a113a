"""Record logins and new passwords of staff, which Django and django-allauth report by signals."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_reset
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from assistant.audit import log


@receiver(user_logged_in)
def _logged_in(request: Any, user: Any, **kwargs: Any) -> None:
    log.note("login", user, request=request, **log.name_of(user))


@receiver(user_logged_out)
def _logged_out(request: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        log.note("logout", user, request=request, **log.name_of(user))


@receiver(password_reset)
def _password_reset(request: Any, user: Any, **kwargs: Any) -> None:
    log.note("password_reset", user, request=request, **log.name_of(user))


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """Record a failed login. An unknown name is not stored, as it may be a password typed into the wrong field."""
    if request is None:
        return
    name = credentials.get("username") or ""
    user = get_user_model()._default_manager.filter(username__iexact=name).first()
    log.note("login_failed", user, request=request, **(log.name_of(user) if user else {}))
