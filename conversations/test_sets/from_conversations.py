"""Create a test case from a customer's message, without personal data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from assistant.errors import NotFound
from conversations.evaluation import conversations
from conversations.models import Contact, Conversation, Message
from conversations.test_sets import cases
from conversations.test_sets.errors import TestCasePersonal
from conversations.test_sets.models import Case, TestSet
from language import masking
from language.detection import language_of

SET_NAME = "From conversations"
LEFT_OUT = "[left out]"
SHARED_MAILBOXES = {"info", "mail", "email", "contact", "kontakt", "office", "shop", "hello", "support", "service"}
NOT_IN_A_NAME = re.compile(r"[\W\d_]")


@dataclass(frozen=True, slots=True)
class Taken:
    """`replaced` are the kinds of personal data that were taken out; `left_out` so many earlier messages whole."""

    case: Case
    replaced: tuple[str, ...]
    left_out: int


def case_from(message: Message, by: Any = None) -> Taken:
    """Keep a customer's message with the turns before it in the workspace's set of such cases, which is made when it
    is first needed. The case goes when the customer is erased.

    Raises:
        NotFound: it is not a customer's, or was erased just now.
        TestCasePersonal: it tells of a person in a way that cannot be taken out.
        TestSetFull, TestSetsFull.
    """
    if message.role != Message.Role.CUSTOMER:
        raise NotFound
    known = _known_of(message.conversation.contact)
    said = _masked(message, known)
    if said.remaining or not said.text.strip():
        raise TestCasePersonal(_why(said.remaining))
    turns = [(each, _masked(each, known)) for each in _before(message)]
    row = {
        "kind": Case.Kind.FOLLOW_UP if turns else Case.Kind.QUESTION,
        "message": said.text.strip(),
        "history": [
            {"role": _role(each), "text": LEFT_OUT if masked.remaining else masked.text} for each, masked in turns
        ],
        "articles": _cited_by_the_reply_to(message),
        "lang": language_of(message.text) or "",
    }
    replaced = dict.fromkeys(kind for masked in (said, *(each for _, each in turns)) for kind in masked.replaced)
    case = _kept(message.conversation, row, by)
    return Taken(case, tuple(replaced), sum(1 for _, masked in turns if masked.remaining))


def cases_of(conversation: Conversation) -> list[dict[str, Any]]:
    """The cases that were made from a conversation, for whoever asks what is kept of a person."""
    return [case.as_row() for case in Case.objects.filter(conversation=conversation).order_by("created_at")]


@transaction.atomic
def _kept(conversation: Conversation, row: dict[str, Any], by: Any) -> Case:
    if not conversation.hold():  # else it would come back after an erasure
        raise NotFound
    test_set = TestSet.objects.filter(workspace=conversation.workspace_id, name=SET_NAME).first()
    if test_set is None:
        cases.require_room_for_a_set(conversation.workspace)
        test_set, _ = TestSet.objects.get_or_create(workspace=conversation.workspace, name=SET_NAME)
    row = cases.checked(row)
    return cases.add(test_set, [row], Case.Source.CONVERSATION, by, conversation)[0]


def _masked(message: Message, known: list[str]) -> masking.Masked:
    return masking.masked(message.text, known, settings.TEST_CASE_MAX_CHARS)


def _known_of(contact: Contact) -> list[str]:
    """Name, address and id, with what the shop's page says of the customer; "ana.quill@..." is signed Quill, too."""
    mailbox = contact.email.partition("@")[0]
    own = [] if mailbox.lower() in SHARED_MAILBOXES else [mailbox, *NOT_IN_A_NAME.split(mailbox)]
    known = (contact.name, contact.email, contact.external_id, *own, *_texts(contact.attributes))
    return [each for each in known if each]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _before(message: Message) -> list[Message]:
    before = Message.objects.for_assistant().before(message).exclude(text="")
    since = message.conversation.context_from_seq
    if since < message.seq:
        before = before.after(since)  # what was settled before is not read again
    return before.newest(settings.TEST_CASE_HISTORY_MAX)


def _role(message: Message) -> str:
    return "customer" if message.role == Message.Role.CUSTOMER else "assistant"


def _cited_by_the_reply_to(message: Message) -> list[str]:
    """To begin with: somebody is to look whether they are right."""
    return conversations.cited_articles(Message.objects.filter(in_reply_to=message).first())


def _why(remaining: str | None) -> str:
    if remaining is None:
        return "This message has attachments but no text, so there is nothing to ask."
    return f"This message contains {remaining}, which can't be removed. Please type the case in your own words."
