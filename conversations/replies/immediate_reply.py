"""Store a cached answer together with the first message of a conversation, in one transaction.

No reply has to be written afterwards.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from caching import answers
from caching.answers import Offer
from caching.matching import cacheability
from conversations import tasks
from conversations.messaging import leases, store
from conversations.messaging.leases import Closing
from conversations.messaging.question import question_of
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies import cache_lookup, generation, receipts
from conversations.replies.receipts import ReplyState


class Dropped(Exception):
    """The cached answer is no longer valid."""


def accept(conversation: Conversation, text: str, client_ref: uuid.UUID | None) -> Accepted | None:
    """Accept a first message with its reply, like `store.accept`. Store nothing and return None if none is cached."""
    found = _answer_to(conversation, text)
    if found is None:
        return None
    offer, answer = found
    try:
        with _as_it_was(conversation), transaction.atomic():
            accepted = store.write_down(conversation, text, client_ref, (), answer)
            if accepted.reply is not answer:  # it was not the first message after all
                return accepted
            _finish(answer, offer)
    except Dropped:
        return None
    offer.counted()
    return accepted


def _answer_to(conversation: Conversation, text: str) -> tuple[Offer, Message] | None:
    """Return the cached answer to a first message, and the finished reply made from it."""
    message = Message(conversation=conversation, seq=1, role=Message.Role.CUSTOMER, text=text)
    reply_id = uuid.uuid4()
    question = question_of(Message(id=reply_id, in_reply_to=message))
    draft = ReplyState(str(reply_id))
    if not store.answers_itself(conversation) or generation.said_by_rule(question, draft):
        return None
    draft.cacheability = cacheability.classify(question.text)
    scope = cache_lookup.scope_of(question)
    offer = answers.offered(scope, question.text) if scope and draft.cacheability.may_be_kept else None
    if offer is None:
        return None
    draft.text = cache_lookup.from_cache(offer.hit, draft)
    draft.first_word()
    closing = Closing(
        Message.Status.DONE, draft.text.strip(), draft.citations, receipt=receipts.receipt(draft, question)
    )
    return offer, leases.answer(reply_id, closing)


def _finish(answer: Message, offer: Offer) -> None:
    """
    Raises:
        Dropped
    """
    receipts.warn_of_window(answer.conversation.workspace_id, answer.receipt)
    tasks.summarise_later(answer)
    if not offer.take():  # last, because others who get the same answer wait from here to the commit
        raise Dropped


@contextmanager
def _as_it_was(conversation: Conversation) -> Iterator[None]:
    """If the transaction is rolled back, restore the unsaved state of a new conversation and its contact."""
    before = [(each, each._state.adding) for each in (conversation, conversation.contact)]
    last_seq = conversation.last_seq
    try:
        yield
    except BaseException:
        for each, adding in before:
            each._state.adding = adding
        conversation.last_seq = last_seq
        raise
