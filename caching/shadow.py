"""Shadow checks: some hits are answered again in the background, and the two answers compared.

They are what the bound on wrong answers learns from where nobody complains. After Krites
(arXiv 2602.13165): the customer never waits for them.
"""

import logging
import random
from collections.abc import Sequence
from typing import Any

import orjson
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction

from assistant.guidance.content import live_in
from assistant.llm import prompts, router
from assistant.llm.engines.base import Message, Prompt
from assistant.llm.router import Call
from assistant.llm.streaming_json import reply_text
from assistant.usage.models import ModelCall
from caching.feedback import verdict
from caching.matching.evidence import MARKUP
from caching.models import CachedAnswer, ShadowCheck, Verdict
from language.normalise import words
from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem

log = logging.getLogger(__name__)
ALIKE_SHARE, UNLIKE_SHARE = 0.5, 0.2


def is_due(entry: CachedAnswer) -> bool:
    """Each of an entry's first hits and each of one that was found wrong or complained of; of the others a share.

    Never where no model could answer again.
    """
    if not router.is_configured("large", entry.workspace_id):
        return False
    if entry.hits < settings.CACHE_SHADOW_FIRST_HITS or entry.wrong or is_doubted(entry):
        return True
    return random.random() < settings.CACHE_SHADOW_SHARE


def is_doubted(entry: CachedAnswer) -> bool:
    """A customer complained, and nobody has looked yet, neither a person nor a shadow check."""
    complaints = entry.verdicts.filter(source=Verdict.Source.CUSTOMER, opinion=Verdict.Opinion.UNDECIDED)
    checked = entry.verdicts.filter(source=Verdict.Source.SHADOW).first()  # the newest
    return (complaints.filter(created_at__gt=checked.created_at) if checked else complaints).exists()


def carry_out(waiting: ShadowCheck) -> None:
    """Do one check that waits.

    Raises:
        EngineError: no model answered; the check may be tried again.
    """
    fresh = ask(waiting.entry, waiting.asked, waiting.passages)
    with transaction.atomic():
        if ShadowCheck.objects.filter(pk=waiting.pk).delete()[0]:  # else whoever asked was erased meanwhile
            judge(waiting.entry, waiting.asked, fresh, waiting.visitor)


def check(entry: CachedAnswer, question: str, passages: Sequence[dict[str, Any]]) -> Verdict | None:
    """Ask a model the question anew, from the passages that were found for it, and write down whether it agrees.

    Raises:
        EngineError: no model answered; the check may be tried again.
    """
    return judge(entry, question, ask(entry, question, passages))


def judge(entry: CachedAnswer, question: str, fresh: str, visitor: str = "") -> Verdict | None:
    """Write down whether a fresh answer agrees with the one that the entry had when it was asked for."""
    if not fresh.strip():
        return None
    return verdict(
        entry.pk,
        opinion(entry.answer, fresh),
        source=Verdict.Source.SHADOW,
        asked=question,
        fresh_answer=fresh,
        visitor=visitor,
        answer=entry.answer,
    )


def ask(entry: CachedAnswer, question: str, passages: Sequence[dict[str, Any]]) -> str:
    told = orjson.dumps({"passages": list(passages), "question": question}).decode()
    prompt = Prompt(
        messages=(Message("system", prompts.reply_instructions(entry.workspace)), Message("user", told)),
        max_tokens=live_in(entry.workspace).max_tokens,
        schema=prompts.REPLY_SCHEMA,
    )
    call = Call(entry.workspace_id, purpose=ModelCall.Purpose.SHADOW)
    said = async_to_sync(router.complete)(prompt, call, tier="large")
    return reply_text(said.text)


def opinion(cached: str, fresh: str) -> str:
    """Right when numbers and words agree, wrong when hardly a word does; a person decides what lies between."""
    left, right = words(MARKUP.sub(" ", cached)), words(MARKUP.sub(" ", fresh))
    shared = overlap(left, right)
    if shared < UNLIKE_SHARE:
        return Verdict.Opinion.WRONG
    numbers_agree = not numbers(left) ^ numbers(right)
    return Verdict.Opinion.RIGHT if numbers_agree and shared >= ALIKE_SHARE else Verdict.Opinion.UNDECIDED


def numbers(found: Sequence[str]) -> set[str]:
    return {word for word in found if word[0].isdigit()}


def overlap(left: Sequence[str], right: Sequence[str]) -> float:
    """Shared content words over those of the shorter answer."""
    a, b = ({stem(w) for w in side if w not in FUNCTION_WORDS and not w[0].isdigit()} for side in (left, right))
    return len(a & b) / max(1, min(len(a), len(b)))
