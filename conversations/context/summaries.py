"""Fold older messages into the summary, in the background.

A new summary is a new row, made from the previous row and the messages since, so a fold costs the same at message 500
as at message 50. The messages are authoritative; summaries can be rebuilt. The extractive text is stored first and
stays, whatever the small model does afterwards.
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
from conversations.messaging.file_words import words_on_files
from conversations.models import Conversation, ConversationSummary, Message
from knowledge.articles import catalogue

log = logging.getLogger(__name__)
# Limit of the notes kept for later folds beyond the displayed text; it bounds the cost of a fold.
NOTES_KEPT_WORDS = 320
LEDGER_WORDS = 60
SUMMARY_TIER = tiers.TASKS[ModelCall.Purpose.SUMMARY]
MODEL_STEP_MESSAGES = 8  # a fold takes milliseconds, the small model seconds: it runs once per this many messages
WHOLE_VERSIONS = 6  # older versions keep their text, without the notes and facts that later versions have
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
    """The part of a prompt about older messages: `text` is the summary, then a line per fact that it omits."""

    text: str
    tokens: int
    upto_seq: int
    version: int
    origin: str
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Folded:
    """The parts of a summary before it is rendered. `pinned` is text by staff, kept unchanged."""

    ledger: Ledger
    notes: tuple[Note, ...]
    pinned: str = ""

    def text(self) -> str:
        # Text by staff may be long: new notes still get their share.
        most_words = max(settings.SUMMARY_MAX_WORDS, len(self.pinned.split()) + settings.SUMMARY_MAX_WORDS // 2)
        return summary_of(self.notes, self.ledger, most_words=most_words, before=self.pinned)


def text_for(conversation: Conversation) -> Summary | None:
    """Return the newest summary for the prompt; None before the first fold, or if all of it was resolved."""
    return current(conversation)[0]


def current(conversation: Conversation) -> tuple[Summary | None, int]:
    """Return the summary of `text_for`, and the last version that staff wrote (0: none)."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"conversation": conversation.pk, "staff": ConversationSummary.Origin.STAFF})
        version, upto_seq, corrected = cursor.fetchone() or (0, 0, 0)
    summary = None if _is_past(upto_seq, conversation) or not version else of_version(conversation.pk, version)
    return summary, corrected


# A version's text never changes, so each process reads it and counts its tokens once.
@lru_cache(maxsize=256)
def of_version(conversation_id: UUID, version: int) -> Summary:
    row = ConversationSummary.objects.filter(conversation=conversation_id, version=version)
    text, beside, facts, upto_seq, origin = row.values_list("text", "slots__beside", "facts", "upto_seq", "origin")[0]
    text = "\n".join([text, *(beside or ())])
    return Summary(text, registry.counter("large")(text), upto_seq, version, origin, Ledger.from_json(facts))


def facts_beside(text: str, ledger: Ledger) -> list[str]:
    """Return a line for each fact that the text omits, and for each correction."""
    return [f"- {line}" for line in ledger.lines(most_words=LEDGER_WORDS, covered=keys_in(text))]


def fold_in(conversation: Conversation, upto: Message, *, polish: bool = True) -> ConversationSummary | None:
    """Fold the messages up to and including `upto` into a new version of the summary.

    Returns None until SUMMARY_STEP_MESSAGES messages are waiting, so that the prompt's prefix does not change in
    between. Idempotent. Without `polish` no model is called, for a reply that is waiting.
    """
    before = newest(conversation)
    start = max(before.upto_seq if before else 0, conversation.context_from_seq)
    older = list(
        Message.objects.for_assistant()
        .filter(conversation=conversation, seq__gt=start, seq__lte=upto.seq)
        .order_by("seq")
    )
    if len(older) < settings.SUMMARY_STEP_MESSAGES:
        return None
    version = before.version if before else 0
    if before is not None and _is_past(before.upto_seq, conversation):
        before = None  # resolved matters are not carried on
    folded = _folded(before, older, catalogue.names(conversation.workspace_id))
    row = _stored(conversation, version + 1, older[-1].seq, folded)
    crossed = older[-1].seq // MODEL_STEP_MESSAGES > start // MODEL_STEP_MESSAGES
    return (polish and crossed and row and _polished(conversation, row, folded)) or row


@transaction.atomic
def correct(
    conversation: Conversation, text: str, by: AbstractBaseUser | None, *, seen: int | None = None
) -> ConversationSummary:
    """Replace the summary by a text of staff. Later folds keep the text and append to it.

    `seen` is the version that staff edited. Messages folded since are folded again after their text.

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
    """Return the version that staff edited, or the newest one if its facts have been removed since."""
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
    """Return whether everything up to this message has been resolved."""
    return conversation.context_from_seq > 0 and upto_seq <= conversation.context_from_seq


def _folded(before: ConversationSummary | None, older: Sequence[Message], products: tuple[str, ...]) -> Folded:
    ledger = Ledger.from_json(before.facts if before else ())
    previous = _clauses_of(before.slots if before else {})
    for message in older:
        ledger = ledger.folded(message.text, str(message.seq), message.role, products)
        ledger = ledger.with_files(words_on_files(message), str(message.seq), products)
        previous += clauses(message.text, message.role, str(message.seq))
    notes = chosen(notes_of(previous, products), ledger, most_words=NOTES_KEPT_WORDS)
    return Folded(ledger, tuple(notes), str(before.slots.get("pinned", "")) if before else "")


def _polished(conversation: Conversation, row: ConversationSummary, folded: Folded) -> ConversationSummary | None:
    """Store a further version in which the small model shortened some notes, or return None."""
    purpose = ModelCall.Purpose.SUMMARY
    call = router.Call(workspace_id=conversation.workspace_id, conversation_id=conversation.id, purpose=purpose)
    messages = conversation.messages.filter(seq__lte=row.upto_seq)
    said = [text for message in messages for text in (message.text, words_on_files(message))]
    shorter = shortened(folded, call, said)
    return shorter and _stored(conversation, row.version + 1, row.upto_seq, shorter[0], engine=shorter[1])


def shortened(folded: Folded, call: router.Call, said: Sequence[str] = ()) -> tuple[Folded, str] | None:
    """Return the notes as shortened by the small model, and its name; None if it shortened none.

    `said` is what the notes are made of; see `Prompt`.
    """
    visible = chosen(folded.notes, folded.ledger, most_words=settings.SUMMARY_MAX_WORDS)
    if not visible or not router.is_configured(SUMMARY_TIER, call.workspace_id):
        return None
    try:
        completion = async_to_sync(_asked)(prompt_for(visible, said=said), call)
    except (EngineError, TimeoutError) as error:
        log.warning("Could not shorten a summary; it stays extractive: %s", error)
        return None
    model = completion.record.model
    shorter = rewritten(visible, completion.text, most_words=share_words(model, settings.SUMMARY_MODEL_WORDS))
    if shorter == visible:
        return None
    instead = dict(zip(visible, shorter, strict=True))
    notes = tuple(instead.get(note, note) for note in folded.notes)
    return replace(folded, notes=notes), f"{completion.record.engine}/{model}"


async def _asked(prompt: Prompt, call: router.Call) -> router.Completion:
    async with asyncio.timeout(settings.SUMMARY_TIMEOUT_S):
        return await router.complete(prompt, call, tier=SUMMARY_TIER)


def _stored(
    conversation: Conversation, version: int, upto_seq: int, folded: Folded, engine: str = ""
) -> ConversationSummary | None:
    """Store this version. Returns None if another worker, or staff, has stored one since the fold began."""
    origin, text = ConversationSummary.Origin, folded.text()
    summaries = ConversationSummary.objects.filter(conversation=conversation)
    with transaction.atomic():
        if not conversation.hold() or summaries.filter(version__gte=version).exists():
            return None
        _reduce(summaries.filter(version=version - WHOLE_VERSIONS).first())
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


def _reduce(row: ConversationSummary | None) -> None:
    """Reduce an old version to what prompts with it show, byte for byte."""
    if row is not None:
        row.facts, row.slots = [], {"beside": row.slots.get("beside", [])}
        row.save(update_fields=["facts", "slots"])


def _slots(folded: Folded) -> dict[str, Any]:
    """Return the notes by slot; `at` keeps their order."""
    slots: dict[str, Any] = {"pinned": folded.pinned} if folded.pinned else {}
    for at, note in enumerate(folded.notes):
        entry = {"at": at, "text": note.clause.text, "role": note.clause.role, "message": note.clause.message_id}
        slots.setdefault(note.slot, []).append(entry)
    return slots


def _clauses_of(slots: Mapping[str, Any]) -> list[Clause]:
    entries = sorted((entry for slot in SLOTS for entry in slots.get(slot, ())), key=lambda entry: entry["at"])
    return [Clause(entry["text"], entry["role"], entry["message"]) for entry in entries]
