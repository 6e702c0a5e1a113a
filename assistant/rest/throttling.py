"""Rate limits per minute, by API key or another caller."""

import time
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from assistant.redis.client import redis_client
from assistant.workspaces.models import ApiKey

WINDOW_S = 60


class KeyThrottle(BaseThrottle):
    """Limits requests per key to API_REQUESTS_PER_MINUTE, counted per clock minute.

    Without Redis there is no limit. Redis stores only digests of the callers.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        limits = {who: most for who, most in self.limits_of(request).items() if most}
        if not limits:
            return True
        minute = int(time.time() // WINDOW_S)
        try:
            with redis_client().pipeline(transaction=False) as commands:
                for who in limits:
                    name = f"api-requests:{salted_hmac('api-requests', who).hexdigest()}:{minute}"
                    commands.incr(name)
                    commands.expire(name, 2 * WINDOW_S)
                counts = commands.execute()[::2]
        except (RedisError, OSError):
            return True
        return all(count <= most for count, most in zip(counts, limits.values(), strict=True))

    def limits_of(self, request: Request) -> dict[str, int]:
        """Return the callers to count, each with its limit of requests per minute; 0 means no limit."""
        key = _key_of(request.auth)
        return {str(key.pk): settings.API_REQUESTS_PER_MINUTE} if key else {}

    def wait(self) -> float:
        return WINDOW_S - time.time() % WINDOW_S


def _key_of(auth: Any) -> ApiKey | None:
    """Return the key of a request, alone or as part of a caller."""
    return auth if isinstance(auth, ApiKey) else getattr(auth, "key", None)
