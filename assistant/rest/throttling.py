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
    """API_REQUESTS_PER_MINUTE for each key, counted per clock minute. Nobody is refused without Redis, or when it
    has just lost what it knew, which does not learn who it is."""

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
        """Who is counted, each with how many requests they may make in a minute; 0 is no limit."""
        key = _key_of(request.auth)
        return {str(key.pk): settings.API_REQUESTS_PER_MINUTE} if key else {}

    def wait(self) -> float:
        return WINDOW_S - time.time() % WINDOW_S


def _key_of(auth: Any) -> ApiKey | None:
    """The key that came with a request, alone or as a caller's."""
    return auth if isinstance(auth, ApiKey) else getattr(auth, "key", None)
