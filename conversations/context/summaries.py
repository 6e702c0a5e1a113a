"""Fold older messages into the summary, in the background.

A new summary is a new row. It is made from the row before it and the messages since, so a fold costs
the same at message 500 as at message 50; the messages stay the truth, and the rows can be thrown away.
The extractive text is stored first: whatever the small model does afterwards, that text stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from assistant.errors import Conflict, NotFound
from assistant.llm import registry, router, tiers
from assistant.llm.engines.base import EngineError, Prompt
from assistant.usage.models import ModelCall
from conversations.context.clause_splitting import Clause, clauses
from conversations.context.entity_patterns import keys_in
from conversations.context.extractive_summary import SLOTS, Note, chosen, notes_of, summary_of
from conversations.context.fact_ledger import Ledger
from conversations.context.summary_rewriting import prompt_for, rewritten, share_words
from conversations.messaging.file_reading import words_on_files
from conversations.models import Conversation, ConversationSummary, Message
from knowledge.articles import catalogue

log = logging.getLogger(__name__)
# Notes are kept for later folds beyond what the text shows; a bound on them bounds every fold.
NOTES_KEPT_WORDS = 320
LEDGER_WORDS = 60
SUMMARY_TIER = tiers.TASKS[ModelCall.Purpose.SUMMARY]
MODEL_STEP_MESSAGES = 8  # a fold takes milliseconds, the small model seconds: it is asked once in so many messages
WHOLE_VERSIONS = 6  # older ones keep what they tell, and lose the notes and facts that a later version holds
NEWEST = """
SELECT version, upto_seq, coalesce((
    SELECT max(version) FROM conversations_conversationsummary
    WHERE conversation_id = %(conversation)s AND origin = %(staff)s
), 0)
FROM conversations_conversationsummary
WHERE conversation_id = %(conversation)s
ORDER BY version DESC
LIMIT 1
"""


class SummaryCorrected(Conflict):
    code = "summary_corrected"
    sentence = "Someone else changed this summary in the meantime. Reload it before you edit it."


@dataclass(frozen=True, slots=True)
class Summary:
    """What the prompt is told of older messages: `text` is the summary, then a line for each fact it leaves out."""

    text: str
    tokens: int
    upto_seq: int
    version: int
    origin: str
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Folded:
    """A summary in its parts, before it is written as text. `pinned` are words of staff, kept as they are."""

    ledger: Ledger
    notes: tuple[Note, ...]
    pinned: str = ""

    def text(self) -> str:
        # Staff may have written long: what is new still gets its room.
        most_words = max(settings.SUMMARY_MAX_WORDS, len(self.pinned.split()) + settings.SUMMARY_MAX_WORDS // 2)
        return summary_of(self.notes, self.ledger, most_words=most_words, before=self.pinned)


def text_for(conversation: Conversation) -> Summary | None:
    """The newest summary as the prompt needs it; None while nothing is folded or all of it was resolved."""
    return standing(conversation)[0]


def standing(conversation: Conversation) -> tuple[Summary | None, int]:
    """The summary of `text_for`, and the last version that staff wrote (0: none)."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"conversation": conversation.pk, "staff": ConversationSummary.Origin.STAFF})
        version, upto_seq, corrected = cursor.fetchone() or (0, 0, 0)
    told = None if _is_past(upto_seq, conversation) or not version else of_version(conversation.pk, version)
    return told, corrected


# What a version tells is never changed, so each is read, and its tokens are counted, once in a process.
@lru_cache(maxsize=256)
def of_version(conversation_id: UUID, version: int) -> Summary:
    row = ConversationSummary.objects.filter(conversation=conversation_id, version=version)
    text, beside, facts, upto_seq, origin = row.values_list("text", "slots__beside", "facts", "upto_seq", "origin")[0]
    text = "\n".join([text, *(beside or ())])
    return Summary(text, registry.counter("large")(text), upto_seq, version, origin, Ledger.from_json(facts))


def facts_beside(text: str, ledger: Ledger) -> list[str]:
    """A line for each fact that the text leaves out, and for each correction."""
    return [f"- {line}" for line in ledger.lines(most_words=LEDGER_WORDS, told=keys_in(text))]


def fold_in(conversation: Conversation, upto: Message, *, polish: bool = True) -> ConversationSummary | None:
    """Fold the messages up to and with `upto` into a new version of the summary.

    Does nothing (returns None) until SUMMARY_STEP_MESSAGES are waiting, so that the summary, and with
    it the prompt's prefix, keeps its bytes in between. Safe to run twice: the second finds nothing to do.
    Without `polish` no model is asked: for a reply that waits.
    """
    before = newest(conversation)
    start = max(before.upto_seq if before else 0, conversation.context_from_seq)
    older = list(
        Message.objects.said().filter(conversation=conversation, seq__gt=start, seq__lte=upto.seq).order_by("seq")
    )
    if len(older) < settings.SUMMARY_STEP_MESSAGES:
        return None
    version = before.version if before else 0
    if before is not None and _is_past(before.upto_seq, conversation):
        before = None  # a resolved matter is not carried on
    folded = _folded(before, older, catalogue.names(conversation.workspace_id))
    row = _stored(conversation, version + 1, older[-1].seq, folded)
    crossed = older[-1].seq // MODEL_STEP_MESSAGES > start // MODEL_STEP_MESSAGES
    return (polish and crossed and row and _polished(conversation, row, folded)) or row


@transaction.atomic
def correct(
    conversation: Conversation, text: str, by: AbstractBaseUser | None, *, seen: int | None = None
) -> ConversationSummary:
    """Staff's own words take the place of the summary. Later folds keep them and add to them.

    `seen` is the version that staff corrected. What was folded in since is folded in anew behind their words.

    Raises:
        NotFound: the conversation was erased, or there is no such version.
        SummaryCorrected: somebody else corrected a later version.
    """
    if not conversation.hold():
        raise NotFound
    last = newest(conversation)
    before = last if seen is None else _corrected(conversation, seen)
    beside = facts_beside(text, Ledger.from_json(before.facts)) if before else []
    return ConversationSummary.objects.create(
        conversation=conversation,
        version=(last.version if last else 0) + 1,
        upto_seq=before.upto_seq if before else 0,
        text=text.strip(),
        slots={"pinned": text.strip(), "beside": beside},
        facts=before.facts if before else [],
        origin=ConversationSummary.Origin.STAFF,
        edited_by=by,
    )


def _corrected(conversation: Conversation, seen: int) -> ConversationSummary | None:
    """The version that staff corrected; the newest one where that has lost its facts since."""
    since = ConversationSummary.objects.filter(conversation=conversation, version__gte=seen).order_by("version")
    versions = list(since)
    if not versions or versions[0].version != seen:
        raise NotFound
    if any(row.origin == ConversationSummary.Origin.STAFF for row in versions[1:]):
        raise SummaryCorrected
    return versions[0] if len(versions) <= WHOLE_VERSIONS else versions[-1]


def newest(conversation: Conversation) -> ConversationSummary | None:
    return ConversationSummary.objects.filter(conversation=conversation).order_by("-version").first()


def _is_past(upto_seq: int, conversation: Conversation) -> bool:
    """Whether all that a summary up to this message tells was resolved since."""
    return conversation.context_from_seq > 0 and upto_seq <= conversation.context_from_seq


def _folded(before: ConversationSummary | None, older: Sequence[Message], products: tuple[str, ...]) -> Folded:
    ledger = Ledger.from_json(before.facts if before else ())
    said = _clauses_of(before.slots if before else {})
    for message in older:
        ledger = ledger.folded(message.text, str(message.seq), message.role, products)
        ledger = ledger.with_files(words_on_files(message), str(message.seq), products)
        said += clauses(message.text, message.role, str(message.seq))
    kept = chosen(notes_of(said, products), ledger, most_words=NOTES_KEPT_WORDS)
    return Folded(ledger, tuple(kept), str(before.slots.get("pinned", "")) if before else "")


def _polished(conversation: Conversation, row: ConversationSummary, folded: Folded) -> ConversationSummary | None:
    """A further version in which the small model has said some notes more shortly, or None."""
    purpose = ModelCall.Purpose.SUMMARY
    call = router.Call(workspace_id=conversation.workspace_id, conversation_id=conversation.id, purpose=purpose)
    made = shortened(folded, call)
    return made and _stored(conversation, row.version + 1, row.upto_seq, made[0], engine=made[1])


def shortened(folded: Folded, call: router.Call) -> tuple[Folded, str] | None:
    """The notes as far as the small model could say them more shortly, and its name; None where it could not."""
    shown = chosen(folded.notes, folded.ledger, most_words=settings.SUMMARY_MAX_WORDS)
    if not shown or not router.is_configured(SUMMARY_TIER, call.workspace_id):
        return None
    try:
        completion = async_to_sync(_asked)(prompt_for(shown), call)
    except (EngineError, TimeoutError) as error:
        log.warning("a summary stays extractive: %s", error)
        return None
    model = completion.record.model
    shorter = rewritten(shown, completion.text, most_words=share_words(model, settings.SUMMARY_MODEL_WORDS))
    if shorter == shown:
        return None
    instead = dict(zip(shown, shorter, strict=True))
    notes = tuple(instead.get(note, note) for note in folded.notes)
    return replace(folded, notes=notes), f"{completion.record.engine}/{model}"


async def _asked(prompt: Prompt, call: router.Call) -> router.Completion:
    async with asyncio.timeout(settings.SUMMARY_TIMEOUT_S):
        return await router.complete(prompt, call, tier=SUMMARY_TIER)


def _stored(
    conversation: Conversation, version: int, upto_seq: int, folded: Folded, engine: str = ""
) -> ConversationSummary | None:
    """The row of this version, or None where another worker, or staff, has written one since the fold began."""
    origin, text = ConversationSummary.Origin, folded.text()
    summaries = ConversationSummary.objects.filter(conversation=conversation)
    with transaction.atomic():
        if not conversation.hold() or summaries.filter(version__gte=version).exists():
            return None
        _worn(summaries.filter(version=version - WHOLE_VERSIONS).first())
        return summaries.create(
            conversation=conversation,
            version=version,
            upto_seq=upto_seq,
            text=text,
            slots=_slots(folded) | {"beside": facts_beside(text, folded.ledger)},
            facts=folded.ledger.as_json(),
            origin=origin.MODEL if engine else origin.EXTRACTIVE,
            engine=engine[:120],
        )


def _worn(row: ConversationSummary | None) -> None:
    """Keep of an old version what a prompt that still stands on it tells, byte for byte."""
    if row is not None:
        row.facts, row.slots = [], {"beside": row.slots.get("beside", [])}
        row.save(update_fields=["facts", "slots"])


def _slots(folded: Folded) -> dict[str, Any]:
    """The notes by slot; `at` keeps the order in which they were said."""
    slots: dict[str, Any] = {"pinned": folded.pinned} if folded.pinned else {}
    for at, note in enumerate(folded.notes):
        entry = {"at": at, "text": note.clause.text, "role": note.clause.role, "message": note.clause.message_id}
        slots.setdefault(note.slot, []).append(entry)
    return slots


def _clauses_of(slots: Mapping[str, Any]) -> list[Clause]:
    entries = sorted((entry for slot in SLOTS for entry in slots.get(slot, ())), key=lambda entry: entry["at"])
    return [Clause(entry["text"], entry["role"], entry["message"]) for entry in entries]
