"""What a client of the OpenAI-compatible door sends as history, found again or written down.

Such a client sends the whole dialogue with every question. The conversation that ended with it is
taken up where it is known, with its summary; else the dialogue is written down as a new one.
"""

import hashlib
import uuid
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction

from conversations import summaries
from conversations.access import Caller
from conversations.models import Conversation, Message
from conversations.opening import open_conversation


class Said(NamedTuple):
    role: str  # of Message
    text: str


def take_up(caller: Caller, history: Sequence[Said], user: str, *, verified: bool = False) -> Conversation:
    """The conversation that this history belongs to, for this caller alone until it is remembered again."""
    verified = verified and bool(user)
    if history and (known := _claimed(caller, _mark(history), user, verified)):
        return known
    contact = {"external_id": user, "verified": verified} if user else None
    conversation = open_conversation(caller, contact=contact, channel=Conversation.Channel.OPENAI)
    if history:
        _write_down(conversation, history)
    return conversation


def remember(conversation: Conversation, dialogue: Sequence[Said]) -> None:
    """Note how the dialogue now stands, so that the next question finds the conversation."""
    Conversation.objects.filter(pk=conversation.pk).update(external_id=_mark(dialogue))


def _mark(dialogue: Sequence[Said]) -> str:
    words = [(said.role, " ".join(said.text.split())) for said in dialogue]
    return "openai:" + hashlib.sha256(orjson.dumps(words)).hexdigest()


def _claimed(caller: Caller, mark: str, user: str, verified: bool) -> Conversation | None:
    """The UPDATE decides: two questions at once after one history become two conversations."""
    conversations = Conversation.objects.filter(
        workspace=caller.workspace,
        channel=Conversation.Channel.OPENAI,
        external_id=mark,
        contact__external_id=user,
        contact__verified=verified,
    )
    for pk in conversations.values_list("pk", flat=True)[:5]:
        if Conversation.objects.filter(pk=pk, external_id=mark).update(external_id=""):
            return Conversation.objects.select_related("workspace", "contact").get(pk=pk)
    return None


@transaction.atomic
def _write_down(conversation: Conversation, history: Sequence[Said]) -> None:
    said = [
        Message(id=uuid.uuid4(), conversation=conversation, seq=seq, role=role, text=text)
        for seq, (role, text) in enumerate(history, start=1)
    ]
    Message.objects.bulk_create(said)
    conversation.last_seq = len(said)
    conversation.save(update_fields=["last_seq", "updated_at"])
    older = said[: -settings.RECENT_MESSAGES]
    if older:
        summaries.fold_in(conversation, upto=older[-1], polish=False)


atake_up = database_sync_to_async(take_up, thread_sensitive=False)
aremember = database_sync_to_async(remember, thread_sensitive=False)
