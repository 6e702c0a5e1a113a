"""System checks for configured servers that EGRESS=none refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from django import db
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from assistant.egress import guard

# Settings that name a server, as a URL or as a host.
SERVERS = ("LARGE_MODEL_URL", "SMALL_MODEL_URL", "EMBEDDING_URL", "MODEL_PROXY_URL", "EMAIL_HOST", "OIDC_ISSUER")
HOSTS = ("IMPORT_ALLOWED_HOSTS",)
# Rows that staff saved, by model and the field of their URL.
ROWS = (
    ("llm", "ModelConnection", "base_url", "enabled"),
    ("webhooks", "Endpoint", "url", "enabled"),
    ("helpdesk", "Connection", "base_url", "enabled"),
)


def place_of(value: str) -> tuple[str, int | None]:
    parts = urlsplit(value if "//" in value else f"//{value}")
    return parts.hostname or value, parts.port


def is_allowed(value: str) -> bool:
    try:
        return guard.is_allowed(*place_of(value))
    except ValueError:
        return False


def settings_that_call_out() -> Iterator[str]:
    """Yield each setting with a host that EGRESS=none refuses, together with the host."""
    for name in SERVERS:
        value = getattr(settings, name, "")
        if value and not is_allowed(value):
            yield f"{name} names {place_of(value)[0]}"
    for name in HOSTS:
        for value in getattr(settings, name, ()):
            if not is_allowed(value.removeprefix("*.")):
                yield f"{name} names {value}"


def no_egress(**_: Any) -> list[CheckMessage]:
    hint = "Remove it, or add the host to EGRESS_ALLOWED if it is in your own network."
    return [
        Error(f"EGRESS=none, but {sentence}.", hint=hint, id="egress.E001")
        for sentence in (settings_that_call_out() if guard.is_closed() else ())
    ]


def no_egress_by_staff(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn about saved rows whose calls are refused. The database is read only for checks with `databases`."""
    if not databases or not guard.is_closed():
        return []
    try:
        named = [f"{label} {row.pk} ({place_of(url)[0]})" for label, row, url in _saved() if not is_allowed(url)]
    except db.Error:
        return []
    hint = "Switch it off in the admin, or add the host to EGRESS_ALLOWED if it is in your own network."
    return [Warning(f"EGRESS=none, so calls of {each} are refused.", hint=hint, id="egress.W001") for each in named]


def _saved() -> Iterator[tuple[str, Any, str]]:
    for app, name, field, active in ROWS:
        model = apps.get_model(app, name)
        for row in model._default_manager.filter(**{active: True}):
            yield str(model._meta.verbose_name), row, getattr(row, field)


def require() -> None:
    """Run the check of settings, for processes that do not run system checks at startup.

    Raises:
        ImproperlyConfigured
    """
    if errors := no_egress():
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))
