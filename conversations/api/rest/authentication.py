"""Authentication of REST callers: an API key, or a visitor's session."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from assistant.errors import PermissionRefused
from assistant.rest.authentication import KeyAuthentication, bearer_of, require_scope
from assistant.rest.errors import NotAuthenticated
from assistant.rest.schema import KeyScheme
from conversations.identity import rate_limits, session_tokens
from conversations.identity.client_ip import sender_of
from conversations.identity.permissions import Caller


class CallerAuthentication(BaseAuthentication):
    """Sets `request.auth` to a Caller. A bearer token with a colon is a visitor's session, any other an API key."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        secret = bearer_of(request)
        if not secret:
            return None
        if ":" in secret:
            return AnonymousUser(), _visitor(secret)
        user, key = KeyAuthentication().authenticate(request)
        return user, Caller(key.workspace, key=key)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _visitor(token: str) -> Caller:
    try:
        widget_id, contact = session_tokens.read(token)
    except session_tokens.SessionUnknown as error:
        raise NotAuthenticated("This session is unknown or has expired.") from error
    return Caller(contact.workspace, contact=contact, widget_id=widget_id)


class KeyAlone(BasePermission):
    """Allows API keys with the scope that the view requires for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Caller):
            raise NotAuthenticated
        if request.auth.key is None:
            raise PermissionRefused("This request needs an API key.")
        require_scope(request.auth.key, request, view)
        return True


class KeyOrVisitor(BasePermission):
    """Allows the API keys of `KeyAlone`, and visitors. The `access_*` functions limit what a visitor can access."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Caller):
            raise NotAuthenticated
        if request.auth.key is not None:
            require_scope(request.auth.key, request, view)
        return True


def visitor_ip(request: Request) -> str | None:
    """Return a visitor's IP address; None for API keys, whose requests are counted per key."""
    return sender_of(request) if request.auth.contact else None


def count(request: Request, kind: str) -> None:
    """Count a visitor's action against its rate limits, even if it is refused later. API keys are not counted.

    Raises:
        RateLimited: see `rate_limits.hit`.
    """
    if request.auth.contact:
        rate_limits.hit(kind, request.auth.contact.pk, sender_of(request))


class CallerScheme(KeyScheme):
    target_class = CallerAuthentication
    name = "keyOrSession"
