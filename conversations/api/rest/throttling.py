"""Rate limits for visitors."""

from django.conf import settings
from rest_framework.request import Request

from assistant.rest.throttling import KeyThrottle
from conversations.identity.client_ip import sender_of


class AddressThrottle(KeyThrottle):
    """REQUESTS_PER_IP_MINUTE, for views that nobody need be known to."""

    def limits_of(self, request: Request) -> dict[str, int]:
        return {f"address:{sender_of(request)}": settings.REQUESTS_PER_IP_MINUTE}


class VisitorThrottle(AddressThrottle):
    """REQUESTS_PER_VISITOR_MINUTE too, of who comes with a session; the owner of a key is not counted here."""

    def limits_of(self, request: Request) -> dict[str, int]:
        contact = getattr(request.auth, "contact", None)
        if contact is None:
            return {}
        return {f"visitor:{contact.pk}": settings.REQUESTS_PER_VISITOR_MINUTE, **super().limits_of(request)}
