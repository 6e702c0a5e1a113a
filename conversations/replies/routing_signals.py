"""Compute the signals for `routing` from a message and its search results."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.llm.engines.reader import log_odds
from conversations.messaging.question import Question
from conversations.replies.receipts import ReplyState
from conversations.replies.retrieval import Retrieved
from conversations.replies.routing import Signals
from conversations.understanding.acts import Act
from knowledge.search.search import Found
from language import follow_ups
from language.normalise import words
from language.signs.combining import COMBINING

VALUES_COMBINED = 2  # a question with so many numbers compares them or adds them up
NEAR_LOG_ODDS = 0.5  # an article that the reader rates this close to the best may hold a part of the answer
NEAR_SCORE_SHARE = 0.9  # used instead if no reader ran: the share of the best passage's score


def signals_of(question: Question, draft: ReplyState, retrieved: Retrieved, rung: int) -> Signals:
    """Return the signals. `rung` is the budget threshold reached, in percent."""
    found, said = retrieved.found, words(question.text)
    readings = _log_odds(found)
    values = sum(word[0].isdigit() for word in said)
    language = question.language
    compares = not COMBINING.get(language, set()).isdisjoint(said)
    return Signals(
        confidence=min(part.found.confidence for part in retrieved.parts),
        reader=found.answering[0][1] if found.answering else None,
        margin=readings[0] - readings[1] if len(readings) > 1 else None,
        passages=len(found.passages),
        articles=_near_best(found, readings),
        questions=len(retrieved.parts),
        values=values,
        combines=compares or values >= VALUES_COMBINED,
        needs_history=_needs_history(question, draft),
        language=language,
        complaint=draft.act == Act.COMPLAINT,
        rung=rung,
    )


def _log_odds(found: Found) -> list[float]:
    """Return, best first, the log-odds that each article answers, for those the reader judged."""
    return [log_odds(answers) for _, answers in found.answering]


def _near_best(found: Found, readings: Sequence[float]) -> int:
    """Return how many articles fit about as well as the best."""
    if readings:
        return sum(reading >= readings[0] - NEAR_LOG_ODDS for reading in readings)
    best = max((passage.score for passage in found.passages), default=0.0)
    return len({p.article_id for p in found.passages if p.score >= NEAR_SCORE_SHARE * best})


def _needs_history(question: Question, draft: ReplyState) -> bool:
    if draft.facts:
        return True
    locale = question.conversation.locale
    return bool(question.turns) and follow_ups.leans_on_history(question.text, locale)
