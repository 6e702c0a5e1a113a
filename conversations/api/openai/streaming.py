"""A reply as the pieces of text that an OpenAI client is sent, which nothing can take back."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from assistant.errors import ServiceError
from conversations.api.rest import sse
from conversations.canned_responses import phrase
from conversations.events.stream import EpochGone, Place
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies import wait_for_reply


class ReplyFailed(ServiceError):
    code = "reply_failed"
    http_status = 503
    sentence = "The assistant could not answer. Please try again."


class Progress:
    """What was sent of a reply, and what is written of it: the two part when a reply begins anew."""

    def __init__(self) -> None:
        self.sent = ""
        self.written = ""

    def fresh(self, event: dict[str, Any]) -> str:
        """The text to send now.

        Raises:
            ReplyFailed: it failed, or it began anew with other words than were sent.
        """
        kind = event["type"]
        if kind == "reply.failed":
            raise ReplyFailed
        if kind == "reply.restarted":
            self.written = ""
        elif kind == "reply.delta":
            self.written += event["text"]
        elif kind == "reply.completed" and event["text"].startswith(self.sent):
            self.written = event["text"]
        if len(self.written) <= len(self.sent):
            return ""
        if not self.written.startswith(self.sent):
            raise ReplyFailed
        fresh, self.sent = self.written[len(self.sent) :], self.written
        return fresh


async def pieces(conversation: Conversation, accepted: Accepted, before: Place) -> AsyncGenerator[str, None]:
    """The text as it is written, and "" while nothing comes.

    Raises:
        ReplyFailed
    """
    if accepted.reply is None:
        yield phrase("handoff", conversation.locale)
        return
    if accepted.reply.is_finished:
        yield accepted.reply.text
        return
    progress = Progress()
    async with aclosing(_events(conversation, accepted.reply, before)) as events:
        async for event in events:
            yield progress.fresh(event) if event else ""


async def _events(
    conversation: Conversation, reply: Message, before: Place
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """The events of one reply to its end, which is told from the database where events are lost."""
    try:
        async with aclosing(sse.beating(conversation, before)) as followed:
            async for event in followed:
                if event is None and await sse.is_over(reply):
                    break
                if event is None or event.get("message_id") == str(reply.pk):
                    yield event
                if event and wait_for_reply.ends_reply(event, reply):
                    return
    except EpochGone:
        pass
    said = await wait_for_reply.finished(reply)
    yield {"type": "reply.failed" if said.status == Message.Status.FAILED else "reply.completed", "text": said.text}
