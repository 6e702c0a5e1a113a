"""What was said that must not be lost: numbers, ids, dates, names, in the words of whoever said them.

All of it is deterministic: a pattern finds a value, a rule gives it a key, and two values are the
same fact when their keys are equal ("$49.90" and "49.90 dollars"). No model has a say here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from conversations.context.entity_patterns import found_in, key_of
from language import sentences

MOST_OF_A_MESSAGE = 100  # who names more values sends a list, and is asked for none of them again


@dataclass(frozen=True, slots=True)
class Fact:
    """One value as it was said.

    `key` is what two spellings of the value have in common. `clause` is the stretch of the sentence
    it stood in. `supersedes` is the key of the value that this one corrects, or "".
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
    """The values in one message, in the order in which they stand there, corrections linked.

    `catalogue` are product names, found whatever their capitals.
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
    """A text's words and sentences by their places, found once for all values in it."""

    words: tuple[str, ...]
    ends: tuple[int, ...]  # where each word ends
    sentences: tuple[int, ...]  # where each but the first begins

    @classmethod
    def of(cls, text: str) -> Clauses:
        found = list(_WORD.finditer(text))
        begins = [start for start, _ in sentences.spans(text, sentences.VALUES)]
        return cls(tuple(word.group() for word in found), tuple(word.end() for word in found), tuple(begins[1:]))

    def around(self, position: int, *, most_words: int = 18) -> str:
        """The sentence that holds this character, or the cells of a table's row, cut to the words around it."""
        number = bisect_right(self.sentences, position)
        first = bisect_right(self.ends, self.sentences[number - 1]) if number else 0
        last = bisect_right(self.ends, self.sentences[number]) if number < len(self.sentences) else len(self.words)
        at = bisect_right(self.ends, position)
        first = max(first, min(at - most_words // 2, last - most_words))
        clause = " ".join(self.words[first : min(last, first + most_words)])
        return ", ".join(cell.strip() for cell in clause.split("|")).strip(", ") if "|" in clause else clause


# A slip owned up to. "I'm sorry to hear that" is none, and articles say "instead" and "not" all the time.
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
_DENIED_MAX_CHARS = 80  # between the denial and the value, with both


def taken_back_in(text: str) -> list[str]:
    """The sentences in which the speaker takes back something said before.

    Where such a sentence is only the apology ("Sorry!"), the next one is meant.
    """
    told, meant = sentences.split(text, sentences.MESSAGE), []
    for at, sentence in enumerate(told):
        if _TAKES_BACK.search(sentence):
            alone = len(sentence.split()) <= 4 and not found_in(sentence, ()) and at + 1 < len(told)
            meant.append(told[at + 1] if alone else sentence)
    return meant


def _with_corrections(text: str, facts: list[Fact]) -> list[Fact]:
    """Link "48231, not 48213": the value that is denied is superseded by the one of its kind beside it."""
    denied = [fact for fact in facts if _DENIED.search(text, max(0, fact.position - _DENIED_MAX_CHARS), fact.position)]
    kept = [fact for fact in facts if fact not in denied]
    for old in denied:
        heirs = [fact for fact in kept if fact.kind == old.kind and fact.clause == old.clause and fact.key != old.key]
        if heirs:
            heir = min(heirs, key=lambda fact: abs(fact.position - old.position))
            kept[kept.index(heir)] = replace(heir, supersedes=old.key)
    gone = {fact.supersedes for fact in kept}
    return [fact for fact in kept + denied if fact in kept or fact.key not in gone]
