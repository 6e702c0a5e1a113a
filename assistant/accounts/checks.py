"""System checks for the settings of staff accounts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from assistant.workspaces.models import Membership


@register(Tags.security)
def second_factor_is_required(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    unknown = set(settings.STAFF_MFA_REQUIRED) - {*Membership.Role.values, "none"}
    if unknown:
        hint = f"Roles are {', '.join(Membership.Role.values)}; none names no role."
        found.append(
            Error(f"STAFF_MFA_REQUIRED names no role: {', '.join(sorted(unknown))}.", hint, id="accounts.E001")
        )
    if urlsplit(settings.PUBLIC_URL).scheme == "https" and "admin" not in settings.STAFF_MFA_REQUIRED:
        hint = (
            "Set STAFF_MFA_REQUIRED=curator,admin (the default for an https address), unless OIDC_HAS_MFA covers all."
        )
        found.append(Warning("Admins can log in without a second factor.", hint, id="accounts.W001"))
    return found


@register(Tags.security)
def single_sign_on_is_complete(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.OIDC_ISSUER:
        return []
    found: list[CheckMessage] = []
    if not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        found.append(Error("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.", id="accounts.E002"))
    if settings.OIDC_DOMAINS and not settings.OIDC_DEFAULT_WORKSPACE:
        found.append(Error("OIDC_DOMAINS needs OIDC_DEFAULT_WORKSPACE.", id="accounts.E003"))
    if settings.OIDC_DEFAULT_ROLE not in Membership.Role.values:
        hint = f"Roles are {', '.join(Membership.Role.values)}."
        found.append(Error("OIDC_DEFAULT_ROLE is not a role.", hint, id="accounts.E004"))
    return found
