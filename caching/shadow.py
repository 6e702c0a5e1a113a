"""Shadow checks: answer some hits again in the background and compare the two answers.

They provide observations for the error bound where nobody complains. After Krites (arXiv 2602.13165): the customer
never waits for them.
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
from assistant.llm import prompts, router, tiers
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
SHADOW_TIER = tiers.TASKS[ModelCall.Purpose.SHADOW]


def is_due(entry: CachedAnswer) -> bool:
    """Return whether to check this hit.

    True for an entry's first hits and for all hits of one found wrong or complained about, and for a share of the
    others. Never if no model is available.
    """
    if not router.is_configured(SHADOW_TIER, entry.workspace_id):
        return False
    if entry.hits < settings.CACHE_SHADOW_FIRST_HITS or entry.wrong or is_doubted(entry):
        return True
    return random.random() < settings.CACHE_SHADOW_SHARE


def is_doubted(entry: CachedAnswer) -> bool:
    """Return whether a customer complained and neither a person nor a shadow check has reviewed it since."""
    complaints = entry.verdicts.filter(source=Verdict.Source.CUSTOMER, opinion=Verdict.Opinion.UNDECIDED)
    checked = entry.verdicts.filter(source=Verdict.Source.SHADOW).first()  # the newest
    return (complaints.filter(created_at__gt=checked.created_at) if checked else complaints).exists()


def carry_out(pending: ShadowCheck) -> None:
    """Run one pending check.

    Raises:
        EngineError: no model answered; the check may be retried.
    """
    fresh = ask(pending.entry, pending.asked, pending.passages)
    with transaction.atomic():
        if ShadowCheck.objects.filter(pk=pending.pk).delete()[0]:  # otherwise the asker was erased in the meantime
            judge(pending.entry, pending.asked, fresh, pending.visitor)


def check(entry: CachedAnswer, question: str, passages: Sequence[dict[str, Any]]) -> Verdict | None:
    """Ask a model the question again with the passages found for it, and store whether the answers agree.

    Raises:
        EngineError: no model answered; the check may be retried.
    """
    return judge(entry, question, ask(entry, question, passages))


def judge(entry: CachedAnswer, question: str, fresh: str, visitor: str = "") -> Verdict | None:
    """Store whether a fresh answer agrees with the answer that the entry had when the hit was served."""
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
    payload = orjson.dumps({"passages": list(passages), "question": question}).decode()
    prompt = Prompt(
        messages=(
            Message("system", prompts.reply_instructions(entry.workspace)),
            Message("user", payload, public=frozenset({"passages"})),
        ),
        max_tokens=live_in(entry.workspace).max_tokens,
        schema=prompts.REPLY_SCHEMA,
    )
    call = Call(entry.workspace_id, purpose=ModelCall.Purpose.SHADOW)
    completion = async_to_sync(router.complete)(prompt, call, tier=SHADOW_TIER)
    return reply_text(completion.text)


def opinion(cached: str, fresh: str) -> str:
    """Right if numbers and words agree, wrong if hardly a word does; anything between is left to a person."""
    left, right = words(MARKUP.sub(" ", cached)), words(MARKUP.sub(" ", fresh))
    shared = overlap(left, right)
    if shared < UNLIKE_SHARE:
        return Verdict.Opinion.WRONG
    numbers_agree = not numbers(left) ^ numbers(right)
    return Verdict.Opinion.RIGHT if numbers_agree and shared >= ALIKE_SHARE else Verdict.Opinion.UNDECIDED


def numbers(tokens: Sequence[str]) -> set[str]:
    return {word for word in tokens if word[0].isdigit()}


def overlap(left: Sequence[str], right: Sequence[str]) -> float:
    """Return the number of shared content words divided by those of the shorter answer."""
    a, b = ({stem(w) for w in side if w not in FUNCTION_WORDS and not w[0].isdigit()} for side in (left, right))
    return len(a & b) / max(1, min(len(a), len(b)))
