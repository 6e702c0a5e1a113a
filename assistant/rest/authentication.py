"""Authentication by API key, and permission by the scopes of the key."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from assistant.errors import PermissionRefused
from assistant.rest.errors import NotAuthenticated
from assistant.workspaces.models import ApiKey


def bearer_of(request: Request) -> str | None:
    """Return the secret after `Authorization: Bearer`, or None."""
    scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class KeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the ApiKey."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        secret = bearer_of(request)
        if not secret:
            return None
        key = ApiKey.find(secret)
        if key is None:
            raise NotAuthenticated("This API key is unknown, expired or revoked.")
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Requires the scope that the view names for the method.

    A view sets `scopes = {"GET": "articles:read", "POST": "articles:write"}`; other methods need only a key.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated()
        require_scope(request.auth, request, view)
        return True


def require_scope(key: ApiKey, request: Request, view: Any) -> None:
    needed = getattr(view, "scopes", {}).get(request.method)
    if needed and needed not in key.scopes:
        raise PermissionRefused("This API key doesn't have the required scope.", scope=needed)
