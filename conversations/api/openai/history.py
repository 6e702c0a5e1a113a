"""Match the history that an OpenAI client sends to a stored conversation, or store it.

Such a client sends the whole dialogue with every question. If a stored conversation ends with the same history, it
continues with its summary; otherwise the dialogue is stored as a new conversation.
"""

import hashlib
import uuid
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from conversations.context import summaries
from conversations.identity.permissions import Caller
from conversations.messaging.creation import new_conversation
from conversations.models import Conversation, Message


class HistoryTurn(NamedTuple):
    role: str  # of Message
    text: str


def claim_conversation(
    caller: Caller, dialogue: Sequence[HistoryTurn], user: str, *, verified: bool = False
) -> Conversation:
    """Return the caller's conversation that a dialogue continues; the last turn is the new question.

    Returns a new conversation if there is none; it is only stored if the dialogue has a history. The conversation's
    `external_id` becomes a hash of the dialogue, by which the next request finds it.
    """
    history, digest, verified = dialogue[:-1], _digest(dialogue), verified and bool(user)
    if history and (known := _claim_known(caller, history, user, digest, verified)):
        return known
    contact = {"external_id": user, "verified": verified} if user else None
    conversation = new_conversation(caller, contact=contact, channel=Conversation.Channel.OPENAI, external_id=digest)
    if history:
        _store(conversation, history)
    return conversation


def _digest(dialogue: Sequence[HistoryTurn]) -> str:
    turns = [(turn.role, " ".join(turn.text.split())) for turn in dialogue]
    return "openai:" + hashlib.sha256(orjson.dumps(turns)).hexdigest()


def _claim_known(
    caller: Caller, history: Sequence[HistoryTurn], user: str, digest: str, verified: bool
) -> Conversation | None:
    """Return the stored conversation that ends with this history. After a handoff, its last answer need not match.

    The UPDATE decides: two concurrent questions after the same history become two conversations.
    """
    if history[-1].role != Message.Role.ASSISTANT:
        return None
    newest = Message.objects.filter(conversation=OuterRef("pk"), seq=OuterRef("last_seq"))
    before = _digest(history[:-1])
    conversations = Conversation.objects.filter(
        Exists(newest.filter(text=history[-1].text.strip())) | ~Q(status=Conversation.Status.BOT),
        workspace=caller.workspace,
        channel=Conversation.Channel.OPENAI,
        external_id=before,
        contact__external_id=user,
        contact__verified=verified,
    )
    for pk in conversations.order_by().values_list("pk", flat=True)[:5]:
        if Conversation.objects.filter(pk=pk, external_id=before).update(external_id=digest):
            return Conversation.objects.select_related("workspace", "contact").get(pk=pk)
    return None


@transaction.atomic
def _store(conversation: Conversation, history: Sequence[HistoryTurn]) -> None:
    messages = [
        Message(id=uuid.uuid4(), conversation=conversation, seq=seq, role=role, text=text)
        for seq, (role, text) in enumerate(history, start=1)
    ]
    conversation.last_seq = len(messages)
    conversation.insert()
    Message.objects.bulk_create(messages)
    older = messages[: -settings.RECENT_MESSAGES]
    if older:
        summaries.fold_in(conversation, upto=older[-1], polish=False)
