"""Decide whether a message is accepted: length, rate limits, the rules of the gate. Refused messages count as well.

The classifier in `gate.decision` judges messages later, and only those that the cache does not answer.
"""

from django.conf import settings

from assistant.errors import InvalidMessage, ServiceError
from conversations.gate.decision import is_refused_by_rules
from conversations.identity import rate_limits
from conversations.models import Conversation


class MessageTooLong(ServiceError):
    code = "message_too_long"
    http_status = 413
    sentence = "This message is too long. Please send it in parts."


class MessageEmpty(InvalidMessage):
    code = "message_empty"
    http_status = 422
    sentence = "This message is empty."


class MessageRefused(InvalidMessage):
    code = "message_refused"
    http_status = 422
    sentence = "Sorry, I can't help with that request."


class MessageHeld(InvalidMessage):
    """The message came through a helpdesk, where people review it."""

    code = "message_held"
    http_status = 422
    sentence = "A person looks at this message first."


def admit(conversation: Conversation, text: str, *, ip: str | None = None, with_files: bool = False) -> None:
    """Accept one customer message, or raise the reason for refusing it.

    The message counts against the rates of its contact, except the first message of a new contact, and of a visitor's
    address (`ip`; None if an API key's owner sends it), even if it is refused afterwards. Without Redis nothing is
    counted and all messages are accepted: the budgets in the database still apply.

    Raises:
        RateLimited: over MESSAGES_PER_10_S, MESSAGES_PER_MINUTE or REPLIES_PER_VISITOR_HOUR of the contact, over
            MESSAGES_PER_IP_MINUTE, or a first message over NEW_CONVERSATIONS_PER_IP_12_H.
        MessageEmpty: only white space and no files, or a forbidden character (NUL, a lone surrogate).
        MessageTooLong: more than MESSAGE_MAX_CHARS characters.
        MessageRefused: the rules are certain that it is spam or prompt injection.
    """
    contact = conversation.contact
    rate_limits.hit("message", None if contact._state.adding else contact.pk, ip)
    readable(text, with_files=with_files)
    if is_refused_by_rules(text):
        raise MessageRefused
    if conversation.last_seq == 0:
        rate_limits.hit("first_message", ip=ip)


def readable(text: str, *, with_files: bool = False) -> None:
    if not text.strip() and not with_files:
        raise MessageEmpty
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise MessageTooLong(max_chars=settings.MESSAGE_MAX_CHARS)
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise InvalidMessage("This message contains characters that are not allowed.")
