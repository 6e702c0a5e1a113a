"""Rate limits per visitor and per IP address.

A setting of 0 disables a limit. Without Redis nothing is limited except frames.
"""

import logging
import math
import uuid
from collections import Counter
from collections.abc import Sequence
from functools import cache
from time import monotonic

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from assistant.errors import RateLimited
from assistant.redis import connection

log = logging.getLogger(__name__)
FRAMES_WINDOW_S = 10
Limits = Sequence[tuple[str, int]]  # pairs of a setting's name and seconds
PER_VISITOR: dict[str, Limits] = {
    "message": [("MESSAGES_PER_10_S", 10), ("MESSAGES_PER_MINUTE", 60), ("REPLIES_PER_VISITOR_HOUR", 3600)],
    "attachment": [("MESSAGES_PER_MINUTE", 60)],
    "session": [("SESSIONS_PER_VISITOR_MINUTE", 60)],
    "conversation": [("NEW_CONVERSATIONS_PER_VISITOR_HOUR", 3600)],
    "rating": [("RATINGS_PER_VISITOR_MINUTE", 60)],
    "handoff": [("HANDOFFS_PER_VISITOR_HOUR", 3600)],
}
PER_ADDRESS: dict[str, Limits] = {
    "message": [("MESSAGES_PER_IP_MINUTE", 60)],
    "first_message": [("NEW_CONVERSATIONS_PER_IP_12_H", 12 * 3600)],
    "session": [("NEW_SESSIONS_PER_IP_MINUTE", 60)],
    "conversation": [("NEW_CONVERSATIONS_PER_IP_12_H", 12 * 3600)],
    "rating": [("RATINGS_PER_IP_MINUTE", 60)],
    "handoff": [("HANDOFFS_PER_IP_HOUR", 3600)],
}


def hit(kind: str, contact_id: uuid.UUID | None = None, ip: str | None = None) -> None:
    """Count one action against the limits of the visitor and of the IP address.

    Raises:
        RateLimited: over one of them. `retry_after_s` is whole seconds, at least 1.
    """
    for who, limits in ((contact_id, PER_VISITOR), (ip, PER_ADDRESS)):
        for name, seconds in limits.get(kind, ()) if who else ():
            if most := getattr(settings, name):
                _hit(RateLimitItemPerSecond(most, seconds), kind, str(who))


def _hit(limit: RateLimitItem, kind: str, who: str) -> None:
    """Count under a digest, so that Redis does not store who it is."""
    limiter = MovingWindowRateLimiter(_storage())
    who = salted_hmac("rates", who).hexdigest()
    try:
        if limiter.hit(limit, kind, who):
            return
        resets_at = limiter.get_window_stats(limit, kind, who).reset_time
        now = _storage().storage.time()[0]  # Redis' own clock, which counted
    except (RedisError, OSError) as error:
        log.warning("Rate limits are not enforced: %s", error)
        return
    raise RateLimited(retry_after_s=max(1, int(resets_at - now) + 1))


@cache
def _storage() -> Storage:
    return storage_from_string(settings.REDIS_URL, **connection.options(settings.REDIS_TIMEOUT_S))


class Frames:
    """Frames of the current ten seconds by sender. Per process, because asking Redis would cost more."""

    def __init__(self) -> None:
        self.window = 0.0
        self.sent: Counter[uuid.UUID | str] = Counter()

    def count(self, contact_id: uuid.UUID | None, ip: str) -> None:
        """Count one frame. Raises RateLimited like `hit`."""
        window, passed_s = divmod(monotonic(), FRAMES_WINDOW_S)
        if window != self.window:
            self.window, self.sent = window, Counter()
        for who, most in ((contact_id, settings.FRAMES_PER_VISITOR_10_S), (ip, settings.FRAMES_PER_IP_10_S)):
            if who and most:
                self.sent[who] += 1
                if self.sent[who] > most:
                    raise RateLimited(retry_after_s=math.ceil(FRAMES_WINDOW_S - passed_s))

    def forget(self) -> None:
        self.sent.clear()


frames = Frames()
ahit = database_sync_to_async(hit, thread_sensitive=False)
