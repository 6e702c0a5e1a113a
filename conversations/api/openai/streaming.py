"""Stream a reply to an OpenAI client as pieces of text. Unlike our own clients, it cannot replace text it has."""

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
    """The text of a reply that was sent and the text that is written. They differ after the reply restarts."""

    def __init__(self) -> None:
        self.sent = ""
        self.written = ""

    def new_text(self, event: dict[str, Any]) -> str:
        """Return the text to send for this event; often empty.

        Raises:
            ReplyFailed: the reply failed, or restarted with a text that does not begin with the text already sent.
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
        text, self.sent = self.written[len(self.sent) :], self.written
        return text


async def pieces(conversation: Conversation, accepted: Accepted, before: Place) -> AsyncGenerator[str, None]:
    """Yield the text of the reply as it is written, and "" if nothing new arrived for SSE_COMMENT_INTERVAL_S.

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
            yield progress.new_text(event) if event else ""


async def _events(
    conversation: Conversation, reply: Message, before: Place
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """Yield the events of one reply until its end; if events are lost, the end is read from the database."""
    try:
        async with aclosing(sse.beating(conversation, before)) as events:
            async for event in events:
                if event is None and await sse.is_over(reply):
                    break
                if event is None or event.get("message_id") == str(reply.pk):
                    yield event
                if event and wait_for_reply.ends_reply(event, reply):
                    return
    except EpochGone:
        pass
    reply = await wait_for_reply.finished(reply)
    yield {"type": "reply.failed" if reply.status == Message.Status.FAILED else "reply.completed", "text": reply.text}
