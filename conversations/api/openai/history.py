"""Match the history that an OpenAI client sends to a stored conversation, or store it.

Such a client sends the whole dialogue with every question. The conversation that ended with it is
taken up where it is known, with its summary; else the dialogue is written down as a new one.
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
    """The conversation that a dialogue goes on with, the question last, for this caller alone. A new one where none is
    known, which is not stored yet where nothing was said before. The next question finds it by its mark.
    """
    history, mark, verified = dialogue[:-1], _mark(dialogue), verified and bool(user)
    if history and (known := _claimed(caller, history, user, mark, verified)):
        return known
    contact = {"external_id": user, "verified": verified} if user else None
    conversation = new_conversation(caller, contact=contact, channel=Conversation.Channel.OPENAI, external_id=mark)
    if history:
        _write_down(conversation, history)
    return conversation


def _mark(dialogue: Sequence[HistoryTurn]) -> str:
    words = [(said.role, " ".join(said.text.split())) for said in dialogue]
    return "openai:" + hashlib.sha256(orjson.dumps(words)).hexdigest()


def _claimed(
    caller: Caller, history: Sequence[HistoryTurn], user: str, mark: str, verified: bool
) -> Conversation | None:
    """The one whose question was the last but one of this history, and its answer the last. What a person has taken
    over has no answer of ours.

    The UPDATE decides: two questions at once after one history become two conversations.
    """
    if history[-1].role != Message.Role.ASSISTANT:
        return None
    newest = Message.objects.filter(conversation=OuterRef("pk"), seq=OuterRef("last_seq"))
    before = _mark(history[:-1])
    conversations = Conversation.objects.filter(
        Exists(newest.filter(text=history[-1].text.strip())) | ~Q(status=Conversation.Status.BOT),
        workspace=caller.workspace,
        channel=Conversation.Channel.OPENAI,
        external_id=before,
        contact__external_id=user,
        contact__verified=verified,
    )
    for pk in conversations.order_by().values_list("pk", flat=True)[:5]:
        if Conversation.objects.filter(pk=pk, external_id=before).update(external_id=mark):
            return Conversation.objects.select_related("workspace", "contact").get(pk=pk)
    return None


@transaction.atomic
def _write_down(conversation: Conversation, history: Sequence[HistoryTurn]) -> None:
    said = [
        Message(id=uuid.uuid4(), conversation=conversation, seq=seq, role=role, text=text)
        for seq, (role, text) in enumerate(history, start=1)
    ]
    conversation.last_seq = len(said)
    conversation.insert()
    Message.objects.bulk_create(said)
    older = said[: -settings.RECENT_MESSAGES]
    if older:
        summaries.fold_in(conversation, upto=older[-1], polish=False)
