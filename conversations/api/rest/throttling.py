"""Rate limits for visitors."""

from django.conf import settings
from rest_framework.request import Request

from assistant.rest.throttling import KeyThrottle
from conversations.identity.client_ip import sender_of


class AddressThrottle(KeyThrottle):
    """Limits requests per IP address to REQUESTS_PER_IP_MINUTE, for views without authentication."""

    def limits_of(self, request: Request) -> dict[str, int]:
        return {f"address:{sender_of(request)}": settings.REQUESTS_PER_IP_MINUTE}


class VisitorThrottle(AddressThrottle):
    """Also limits requests per visitor to REQUESTS_PER_VISITOR_MINUTE. Callers with an API key are not counted."""

    def limits_of(self, request: Request) -> dict[str, int]:
        contact = getattr(request.auth, "contact", None)
        if contact is None:
            return {}
        return {f"visitor:{contact.pk}": settings.REQUESTS_PER_VISITOR_MINUTE, **super().limits_of(request)}
