"""The facts of a conversation in order; a later value supersedes the one it corrects."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from conversations.context.clause_splitting import content_stems
from conversations.context.fact_extraction import Fact, extract, taken_back_in
from language.literals import whole

# How annoying it would be to ask for a value again. Also decides which lines a full ledger keeps.
WEIGHT: Mapping[str, float] = {
    "reference": 3.0,
    "email": 3.0,
    "phone": 3.0,
    "address": 3.0,
    "money": 3.0,
    "date": 2.5,
    "product": 2.2,
    "time": 2.0,
    "percent": 2.0,
    "quantity": 2.0,
    "version": 2.0,
    "name": 1.5,
    "number": 1.0,
    "url": 0.4,
}
MOST_FACTS = 160
OF_FILES_CHARS = 4_000  # of the files of a message: its facts are for the prompt, and a long list would push out others
OF_A_FILE = "file"  # the role of facts that a customer sent in a file
# "I also have another order" adds a second value and corrects nothing.
_ADDS = ("also", "another", "second", "other one", "as well", "additional", "both")
# Only these kinds are corrected across messages: two amounts or names seldom refer to one thing.
_CORRECTABLE = {
    "reference",
    "email",
    "phone",
    "address",
    "date",
    "time",
    "money",
    "quantity",
    "number",
    "product",
    "name",
}


_PERSONAL = re.compile(
    r"\bI\b|\b(?:(?i:we)['’](?:ve|ll)|(?i:we) (?:have|will|are)|will (?:call|refund|send|leave|arrive|reach|get))\b"
    r"|\b(?i:the) (?:refund|replacement|parcel|technician|repair|return|order|invoice)"
    r" (?:will|was|leaves|arrives|travels)\b"
    r"|\b(?i:your) (?:\w+ )?(?:case|refund|order|parcel|voucher|account|warranty|invoice|replacement|return|ticket)\b"
    r"|\b(?:case|tracking|ticket|invoice|claim|booking|shipment|confirmation|voucher|reference)\b"
    r"(?: (?:number|no\.|code|is))* #?[A-Z]*-?\d"
)
OF_AN_ARTICLE = 0.35
LEAST_DEAR = 1.2  # cheaper facts are not worth a line in every prompt


def concern(role: str, clause: str) -> float:
    """Return how much a clause is about this customer. What an assistant quotes can be looked up again."""
    return 1.0 if role != "assistant" or _PERSONAL.search(clause) else OF_AN_ARTICLE


def dearness(fact: Fact) -> float:
    return WEIGHT.get(fact.kind, 1.0) * concern(fact.role, fact.clause)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Each fact once, as first written; `superseded` maps an old key to the key that replaced it."""

    facts: tuple[Fact, ...] = ()
    superseded: Mapping[str, str] = field(default_factory=dict)

    def folded(self, text: str, message_id: str, role: str, catalogue: Iterable[str] = ()) -> Ledger:
        """Return this ledger with one more message."""
        new = extract(text, message_id, role, catalogue)
        for sentence in taken_back_in(text):
            if not any(word in sentence.lower() for word in _ADDS):
                new = self._linked(new, sentence)
        superseded = dict(self.superseded)
        for fact in new:
            superseded.pop(fact.key, None)  # repeated, so valid again
            if fact.supersedes:
                superseded[fact.supersedes] = fact.key
        places = {fact.key: at for at, fact in enumerate(self.facts)}
        facts = list(self.facts)
        for fact in new:
            if fact.key not in places:
                places[fact.key] = len(facts)
                facts.append(fact)
            elif fact.supersedes:
                facts[places[fact.key]] = replace(facts[places[fact.key]], supersedes=fact.supersedes)
        return Ledger(_kept(facts), superseded)

    def with_files(self, files_text: str, message_id: str, catalogue: Iterable[str] = ()) -> Ledger:
        """Return this ledger with the text of one message's files."""
        return self.folded(files_text[:OF_FILES_CHARS], message_id, OF_A_FILE, catalogue) if files_text else self

    def current(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.key not in self.superseded)

    def value_of(self, key: str) -> str:
        return next((fact.value for fact in self.facts if fact.key == key), key.partition(":")[2])

    def marked(self, text: str) -> str:
        """Return the text with a remark after each value corrected later, unless the text mentions the correction."""
        remarks = []
        for old in self.facts:
            if old.key not in self.superseded or old.value not in text:  # a cheap check that skips most texts
                continue
            heir = self.superseded[old.key]
            new = self.value_of(heir)
            if new not in text and whole(old.value).search(text):
                remarks.append(f"{old.value} was later corrected to {new}")
        return f"{text} [{'; '.join(dict.fromkeys(remarks))}]" if remarks else text

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fact) | {"superseded_by": self.superseded.get(fact.key, "")} for fact in self.facts]

    @classmethod
    def from_json(cls, stored: Iterable[Mapping[str, Any]]) -> Ledger:
        facts, superseded = [], {}
        for entry in stored:
            values = dict(entry)
            if heir := values.pop("superseded_by", ""):
                superseded[values["key"]] = heir
            facts.append(Fact(**values))
        return cls(tuple(facts), superseded)

    def _linked(self, new: Sequence[Fact], sentence: str) -> list[Fact]:
        """Link the values of a correcting sentence to the values they most likely replace."""
        known_keys, beside = {old.key for old in self.facts}, {fact.key for fact in new}
        linked = []
        for fact in new:
            fresh = not fact.supersedes and fact.key not in known_keys and fact.value in sentence
            if fresh and fact.kind in _CORRECTABLE:
                fact = replace(fact, supersedes=self._replaced_by(fact, sentence, beside))
            linked.append(fact)
        return linked

    def _replaced_by(self, fact: Fact, sentence: str, beside: set[str]) -> str:
        older = [
            old for old in self.current() if old.kind == fact.kind and old.role == fact.role and old.key not in beside
        ]
        if not older:
            return ""
        alone = len(older) == 1
        likeness = {
            old.key: _likeness(fact, sentence, old, alone=alone) * concern(old.role, old.clause) for old in older
        }
        best = max(reversed(older), key=lambda old: likeness[old.key])
        return best.key if likeness[best.key] >= 0.5 else ""

    def lines(self, *, most_words: int = 140, covered: Collection[str] = ()) -> list[str]:
        """Return the current facts in order, the most valuable first until the words run out.

        Keys in `covered` appear elsewhere and are left out, except for corrections.
        """
        uncovered = [fact for fact in self.current() if fact.key not in covered or fact.supersedes]
        ranked = sorted(uncovered, key=lambda fact: (not fact.supersedes, -dearness(fact)))
        chosen: dict[str, int] = {}  # two adjacent facts form one line
        words = 0
        for fact in ranked:
            if dearness(fact) < LEAST_DEAR:
                break
            line = self._line(fact)
            if line in chosen:
                continue
            words += len(line.split())
            if words > most_words:
                break
            chosen[line] = self.facts.index(fact)
        return sorted(chosen, key=chosen.__getitem__)

    def _line(self, fact: Fact) -> str:
        around = _around(fact, most_words=8)
        return f"{around} (corrected; was {self.value_of(fact.supersedes)})" if fact.supersedes else around


def _likeness(new: Fact, sentence: str, old: Fact, *, alone: bool) -> float:
    """Return how likely two values refer to one thing: same name, a typing error, or no other candidate."""
    shared = _nouns(sentence, new.value) & _nouns(old.clause, old.value)
    if shared:
        return 1.0 + len(shared)
    slip = fuzz.ratio(new.value.lower(), old.value.lower()) / 100
    if new.kind in {"reference", "email", "phone", "number"} and slip >= 0.6:
        return slip
    # A short sentence with little but a value ("sorry, 48231") corrects the previous one.
    bare = len(sentence.split()) <= 7 and new.kind != "money"
    return 0.5 if bare or (alone and new.kind in {"email", "phone", "address"}) else 0.0


@lru_cache(maxsize=2_000)
def _nouns(text: str, value: str) -> frozenset[str]:
    """Return the first letters of the words around a value: "delivery" and "deliver it" are one thing."""
    rest = text.lower().replace(value.lower(), " ")
    return frozenset(stem[:5] for stem in content_stems(rest) if len(stem) > 3 and stem.isalpha()) - _SLIPS


_SLIPS = {
    stem[:5]
    for stem in content_stems("sorry mistyped misspelled misread typo wrong correction actually meant gave changed")
}


def _around(fact: Fact, *, most_words: int) -> str:
    words = fact.clause.split()
    at = fact.clause.find(fact.value)
    index = len(fact.clause[: max(at, 0)].split())
    first = max(0, index - most_words + 3)
    return " ".join(words[first : index + len(fact.value.split()) + 2]).strip(" ,;:-")


def _kept(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Keep at most MOST_FACTS, dropping the cheapest and oldest, to bound the cost of a fold."""
    if len(facts) <= MOST_FACTS:
        return tuple(facts)
    worst = sorted(range(len(facts)), key=lambda at: (dearness(facts[at]), at))[: len(facts) - MOST_FACTS]
    return tuple(fact for at, fact in enumerate(facts) if at not in set(worst))
