"""Answer questions about the conversation itself, such as "what was my order number?".

English only. The fact comes from the fact ledger, which no model writes, and is quoted in its original words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.db import database_sync_to_async

from conversations.canned_responses import phrase
from conversations.context import summaries
from conversations.context.clause_splitting import content_stems
from conversations.context.fact_extraction import Fact
from conversations.context.fact_ledger import OF_A_FILE, Ledger, concern
from conversations.messaging.file_words import words_on_files
from conversations.messaging.question import Question
from conversations.replies import link_filter
from knowledge.articles import catalogue

_ASKS = re.compile(
    r"\b(?:what|which|who|when|where|until|how (?:much|many|long)|remind|remember|do you (?:know|have))\b", re.I
)
_OURS = re.compile(r"\b(?:i|me|my|mine|we|our|us|you|your)\b", re.I)
# Clearly about the conversation, even if an article covers the same subject.
_SAID = re.compile(
    r"\b(?:did|have|had) (?:i|we|you)\b|\b(?:what|which|who|when|where) (?:was|were) (?:my|our|the)\b"
    r"|\bremind me\b|\b(?:i|you|we) (?:said|told|gave|mentioned|promised|wrote|left|asked for)\b",
    re.I,
)
_KINDS = (
    (re.compile(r"\be-?mail", re.I), {"email"}),
    (re.compile(r"\b(?:phone|mobile|telephone|cell)\b", re.I), {"phone"}),
    (re.compile(r"\b(?:address|where)\b", re.I), {"address"}),
    (re.compile(r"\bhow much\b|\b(?:price|amount|sum|cost)\b", re.I), {"money", "percent"}),
    (re.compile(r"\bwhat time\b", re.I), {"time"}),
    (re.compile(r"\b(?:when|what day|which day|what date|which date|until)\b", re.I), {"date", "time"}),
    (re.compile(r"\bhow many\b", re.I), {"quantity", "number"}),
    (re.compile(r"\bwho(?:m|se)?\b", re.I), {"name"}),
    (re.compile(r"\b(?:number|code|id|reference)\b", re.I), {"reference", "number", "phone"}),
)
_SAY_LITTLE = set(content_stems("number code id reference date day time detail give gave tell told know say said have"))
_ANSWERS = {"email", "phone", "address"}  # found even if the question shares no word with the fact
MOST_TOLD = 2  # at most so many facts may fit equally well; with more, the answer would be a guess


def facts_asked_for(question: Question, *, surely: bool = False) -> tuple[Fact, ...]:
    """Return the facts of this conversation that answer the question, at most MOST_TOLD; usually none.

    With `surely`, only questions that are clearly about earlier messages count. Facts of a conversation are for its
    customer only, so a question whose answer may be shared has none.
    """
    text = question.text
    if question.for_everyone:
        return ()
    if not (_ASKS.search(text) and _OURS.search(text)) or (surely and not _SAID.search(text)):
        return ()
    return answering(text, ledger_of(question))


def ledger_of(question: Question) -> Ledger:
    """Return the fact ledger up to this question, built from the summary and the messages since."""
    told = summaries.text_for(question.conversation)
    ledger, since = (told.ledger, told.upto_seq) if told else (Ledger(), 0)
    products = catalogue.names(question.workspace.id)
    for message in question.history:
        if message.seq > since:
            ledger = ledger.folded(message.text, str(message.seq), message.role, products)
            ledger = ledger.with_files(words_on_files(message), str(message.seq), products)
    for file in question.files:
        ledger = ledger.with_files(file.says, str(question.message.seq), products)
    return ledger


def answering(asked: str, ledger: Ledger) -> tuple[Fact, ...]:
    """Return the facts of the requested kind whose sentences share the most words with the question.

    Of several facts in one sentence, the one nearest to those words is used.
    """
    kinds = next((kinds for pattern, kinds in _KINDS if pattern.search(asked)), set())
    stems = set(content_stems(asked)) - _SAY_LITTLE
    nearest: dict[str, tuple[int, float, Fact]] = {}
    for fact in ledger.current():
        if (kinds and fact.kind not in kinds) or concern(fact.role, fact.clause) < 1:
            continue
        versions = _versions(fact, ledger)
        found = _nearness(stems, versions)
        if found or (kinds and kinds <= _ANSWERS):
            scored, first = (len(found), sum(found.values()), fact), versions[-1].clause
            nearest[first] = max(nearest.get(first, scored), scored, key=lambda each: each[:2])
    most = max((shared for shared, _, _ in nearest.values()), default=0)
    chosen = tuple(fact for shared, _, fact in nearest.values() if shared == most)
    return chosen if len(chosen) <= MOST_TOLD else ()


def _versions(fact: Fact, ledger: Ledger) -> list[Fact]:
    """Return the fact and the chain of facts it corrects, since "sorry, 48231" alone does not mention an order."""
    by_key = {each.key: each for each in ledger.facts}
    versions = [fact]
    while (older := by_key.get(versions[-1].supersedes)) and older not in versions:
        versions.append(older)
    return versions


def _nearness(stems: set[str], versions: Sequence[Fact]) -> dict[str, float]:
    """Return the stems found around the value, each with its nearness: 1 is next to it, 1/2 one word further."""
    found: dict[str, float] = {}
    for fact in versions:
        before, _, after = fact.clause.partition(fact.value)
        for words in (reversed(before.split()), after.split()):
            for distance, word in enumerate(words, start=1):
                for stem in stems.intersection(content_stems(word)):
                    found[stem] = max(found.get(stem, 0.0), 1 / distance)
    return found


def told(facts: Sequence[Fact], question: Question) -> str:
    """Quote the facts in their original words, each with who said it, or the file's name if there are several.

    An API client may have invented messages of the assistant, so links in them are not repeated.
    """
    return "\n\n".join(dict.fromkeys(_told(fact, question) for fact in facts))


def _told(fact: Fact, question: Question) -> str:
    lead = {"customer": "you_said", OF_A_FILE: "file_said"}.get(fact.role, "we_said")
    words = (fact.clause if fact.role == "customer" else link_filter.only(fact.clause, frozenset())).strip(" ,;:")
    if lead == "file_said" and (name := _file_of(fact, question)):
        return phrase("named_file_said", question.language, name=name, said=words)
    return phrase(lead, question.language, said=words)


def _file_of(fact: Fact, question: Question) -> str:
    """Return the name of the file that contains the fact; empty if its message has only one file."""
    files = [(file.name, file.says) for file in question.files]
    if fact.message_id != str(question.message.seq):
        earlier = next((said for said in question.history if str(said.seq) == fact.message_id), None)
        files = [(file["name"], file["says"]) for file in earlier.files_read] if earlier else []
    return next((name for name, says in files if fact.value in says), "") if len(files) > 1 else ""


afacts_asked_for = database_sync_to_async(facts_asked_for, thread_sensitive=False)
