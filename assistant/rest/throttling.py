"""How often one API key may call."""

import time
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from assistant.wire import wire
from assistant.workspaces.models import ApiKey

WINDOW_S = 60


class KeyThrottle(BaseThrottle):
    """API_REQUESTS_PER_MINUTE for each key, counted per clock minute. Nobody is refused without Redis, or when it
    has just lost what it knew."""

    def allow_request(self, request: Request, view: Any) -> bool:
        key = _key_of(request.auth)
        if key is None:
            return True
        counter = f"api-requests:{key.pk}:{int(time.time() // WINDOW_S)}"
        try:
            with wire().pipeline(transaction=False) as commands:
                commands.incr(counter)
                commands.expire(counter, 2 * WINDOW_S)
                return commands.execute()[0] <= settings.API_REQUESTS_PER_MINUTE
        except (RedisError, OSError):
            return True

    def wait(self) -> float:
        return WINDOW_S - time.time() % WINDOW_S


def _key_of(auth: Any) -> ApiKey | None:
    """The key that came with a request, alone or as a caller's."""
    return auth if isinstance(auth, ApiKey) else getattr(auth, "key", None)
