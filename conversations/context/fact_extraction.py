"""Extract facts that must not be lost: numbers, ids, dates, names, as the customer or agent wrote them.

Deterministic: a pattern finds a value, a rule gives it a key, and two values are the same fact if their keys are equal
("$49.90" and "49.90 dollars"). No model is involved.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from conversations.context.entity_patterns import found_in, key_of
from language import sentences

MOST_OF_A_MESSAGE = 100  # more values are a list, and nobody is asked for them again


@dataclass(frozen=True, slots=True)
class Fact:
    """One value as written.

    `key` is shared by all spellings of the value. `clause` is the part of the sentence around it. `supersedes` is the
    key of the value that this one corrects, or "".
    """

    kind: str
    value: str
    key: str
    message_id: str
    role: str
    clause: str
    position: int
    supersedes: str = ""


def extract(text: str, message_id: str, role: str, catalogue: Iterable[str] = ()) -> list[Fact]:
    """Return the values in one message, in order, with corrections linked.

    `catalogue` are product names, matched in any case.
    """
    clauses = Clauses.of(text)
    facts = [
        Fact(kind, value, key_of(kind, value), message_id, role, clauses.around(start), start)
        for kind, value, start in found_in(text, tuple(catalogue))[:MOST_OF_A_MESSAGE]
    ]
    return _with_corrections(text, facts)


_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Clauses:
    """Positions of a text's words and sentences, computed once for all its values."""

    words: tuple[str, ...]
    ends: tuple[int, ...]  # end of each word
    sentences: tuple[int, ...]  # start of each sentence but the first

    @classmethod
    def of(cls, text: str) -> Clauses:
        words = list(_WORD.finditer(text))
        begins = [start for start, _ in sentences.spans(text, sentences.VALUES)]
        return cls(tuple(word.group() for word in words), tuple(word.end() for word in words), tuple(begins[1:]))

    def around(self, position: int, *, most_words: int = 18) -> str:
        """Return the sentence around this position, or the cells of a table row, cut to the words around it."""
        number = bisect_right(self.sentences, position)
        first = bisect_right(self.ends, self.sentences[number - 1]) if number else 0
        last = bisect_right(self.ends, self.sentences[number]) if number < len(self.sentences) else len(self.words)
        at = bisect_right(self.ends, position)
        first = max(first, min(at - most_words // 2, last - most_words))
        clause = " ".join(self.words[first : min(last, first + most_words)])
        return ", ".join(cell.strip() for cell in clause.split("|")).strip(", ") if "|" in clause else clause


# An admitted mistake. "I'm sorry to hear that" is none, and articles often say "instead" and "not".
_TAKES_BACK = re.compile(
    r"\b(?:(?<!i'm )(?<!i am )(?<!so )(?<!very )sorry(?!,? (?:to|about|for|that|but|you|we|if)\b)"
    r"|oops|typo|mistyped|misspel\w+|misread|i meant?|correction|(?:the|a|my) wrong|(?:is|was|were) wrong"
    r"|should (?:be|read|have been)|changed (?:it )?to|moved to"
    r"|make (?:it|that)|actually)\b|(?<!\w)(?:it|that)(?:'s| is) now\b|\binstead\s*[.!]?$",
    re.I,
)
_DENIED = re.compile(
    r"(?:\bnot|\binstead of|\brather than|\bno longer|\bchanged (?:it )?from|\bmoved from)\s+"
    r"(?:(?:my|the|for|on|to|at|in|is|an?|number|order|by|until)\s+){0,6}#?\Z",
    re.I,
)
_DENIED_MAX_CHARS = 80  # from the denial to the end of the value


def taken_back_in(text: str) -> list[str]:
    """Return the sentences in which the speaker corrects something.

    If such a sentence is only an apology ("Sorry!"), the next one counts.
    """
    all_sentences, meant = sentences.split(text, sentences.MESSAGE), []
    for at, sentence in enumerate(all_sentences):
        if _TAKES_BACK.search(sentence):
            alone = len(sentence.split()) <= 4 and not found_in(sentence, ()) and at + 1 < len(all_sentences)
            meant.append(all_sentences[at + 1] if alone else sentence)
    return meant


def _with_corrections(text: str, facts: list[Fact]) -> list[Fact]:
    """Link "48231, not 48213": the negated value is superseded by the adjacent one of its kind."""
    denied = [fact for fact in facts if _DENIED.search(text, max(0, fact.position - _DENIED_MAX_CHARS), fact.position)]
    remaining = [fact for fact in facts if fact not in denied]
    for old in denied:
        heirs = [
            fact for fact in remaining if fact.kind == old.kind and fact.clause == old.clause and fact.key != old.key
        ]
        if heirs:
            heir = min(heirs, key=lambda fact: abs(fact.position - old.position))
            remaining[remaining.index(heir)] = replace(heir, supersedes=old.key)
    superseded_keys = {fact.supersedes for fact in remaining}
    return [fact for fact in remaining + denied if fact in remaining or fact.key not in superseded_keys]
