"""May a message come in: the cheapest checks first, the first refusal ends them."""

import logging
from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from assistant import redis_lines
from assistant.errors import InvalidMessage, RateLimited, ServiceError
from conversations.models import Conversation
from conversations.screening import screen

log = logging.getLogger(__name__)


class MessageTooLong(ServiceError):
    code = "message_too_long"
    http_status = 413
    sentence = "This message is too long. Please send it in parts."


class MessageEmpty(InvalidMessage):
    code = "message_empty"
    http_status = 422
    sentence = "There is nothing in this message."


class MessageRefused(InvalidMessage):
    code = "message_refused"
    http_status = 422
    sentence = "We cannot take this message."


def admit(conversation: Conversation, text: str, *, ip: str = "", with_files: bool = False) -> None:
    """Let one customer message in, or raise the reason why not.

    A message that passes is counted against the rate of its contact; one refused for its length is not, nor is the
    first of a contact who is new with it.
    Where Redis is away nothing is counted and everybody comes in: the budgets of the database still hold.

    Raises:
        MessageEmpty: nothing but white space and no files, or a character no text may have (NUL, a lone surrogate).
        MessageTooLong: more than MESSAGE_MAX_CHARS characters.
        MessageRefused: it is surely spam, or an attempt to give the assistant other orders.
        RateLimited: over MESSAGES_PER_10_S, MESSAGES_PER_MINUTE or REPLIES_PER_VISITOR_HOUR of the contact,
            or a first message over NEW_CONVERSATIONS_PER_IP_12_H. `retry_after_s` is whole seconds, at least 1.
    """
    readable(text, with_files=with_files)
    if settings.SCREEN_MESSAGES and screen(text).verdict == "refuse":
        raise MessageRefused
    if not conversation.contact._state.adding:
        who = str(conversation.contact_id)
        count(RateLimitItemPerSecond(settings.MESSAGES_PER_10_S, 10), "message", who)
        count(RateLimitItemPerMinute(settings.MESSAGES_PER_MINUTE), "message", who)
        count(RateLimitItemPerHour(settings.REPLIES_PER_VISITOR_HOUR), "message", who)
    if ip and conversation.last_seq == 0:
        count(RateLimitItemPerHour(settings.NEW_CONVERSATIONS_PER_IP_12_H, 12), "conversation", ip)


def readable(text: str, *, with_files: bool = False) -> None:
    if not text.strip() and not with_files:
        raise MessageEmpty
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise MessageTooLong(max_chars=settings.MESSAGE_MAX_CHARS)
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise InvalidMessage("This message has characters that no text may have.")


def count(limit: RateLimitItem, kind: str, who: str) -> None:
    """Count one event of somebody against a limit; raise RateLimited when it is over. Redis does not learn of whom."""
    limiter = MovingWindowRateLimiter(_storage())
    who = salted_hmac("rates", who).hexdigest()
    try:
        if limiter.hit(limit, kind, who):
            return
        resets_at = limiter.get_window_stats(limit, kind, who).reset_time
        now = _storage().storage.time()[0]  # Redis' own clock, as it counted
    except (RedisError, OSError) as error:
        log.warning("rates are not counted: %s", error)
        return
    raise RateLimited(retry_after_s=max(1, int(resets_at - now) + 1))


@cache
def _storage() -> Storage:
    return storage_from_string(settings.REDIS_URL, **redis_lines.options(settings.REDIS_TIMEOUT_S))
