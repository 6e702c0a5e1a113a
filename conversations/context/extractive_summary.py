"""Extractive summary: the clauses of customer and agent that preserve the most per word.

Greedy cover of what must not be lost (facts, decisions, promises, open questions) within a word budget, followed by a
list of the remaining values. It contains only words that were said.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conversations.context.clause_splitting import CUSTOMERS, Clause, content_stems
from conversations.context.entity_patterns import keys_in
from conversations.context.fact_ledger import LEAST_DEAR, WEIGHT, Ledger, concern, dearness
from language.negation import negated

SLOTS = ("issue", "tried", "decided", "promised", "open", "noted")
MOST_WORDS = 120
LEAST_RATE = 0.06  # a note that gains less per word is left out
_TITLES = {
    "issue": "Issue",
    "tried": "Tried",
    "decided": "Decided",
    "promised": "Promised",
    "open": "Open",
    "noted": "Noted",
}
_BONUS = {"issue": 1.2, "tried": 1.0, "decided": 2.2, "promised": 2.2, "open": 1.4, "noted": 0.0}

_PROMISE = re.compile(
    r"\b(?:(?:we|i|you|it|they)(?:'ll| will)|(?:we|i)(?:'m| are| am|'re) (?:going to|sending|issuing|arranging"
    r"|refunding|escalating)|will be (?:sent|refunded|shipped|credited|replaced|delivered)|you (?:should|can "
    r"expect to) (?:receive|get|hear)|within \S+ (?:business |working )?(?:hours|days))\b",
    re.I,
)
_WISH = re.compile(
    r"\b(?:i(?:'d| would) (?:like|prefer|rather)|i(?:'ll| will) (?:take|go|keep|have|wait)|i (?:want|choose"
    r"|decided|prefer|agree|accept|don'?t want|do not want)|(?:go|going) (?:with|ahead|for)|let'?s (?:do|go)"
    r"|please (?:cancel|refund|send|replace|change)|cancel (?:it|the|my)|no,? (?:refund|replacement))",
    re.I,
)
_RULING = re.compile(
    r"\b(?:refund(?:ed)?|replace(?:d|ment)?|approv|declin|refus|eligible|not possible|wouldn'?t be|can(?:not|'?t"
    r"| not)|unable to|not able|free\b|waive|credit(?:ed)?|cover|(?:have|has|'ve) (?:issued|sent|changed|updated"
    r"|opened|escalated|shipped|applied|added|removed|booked|created|cancel)|policy|only (?:for|applies|if|with)"
    r"|costs?\b|must|need(?:s)? to|required|allowed|valid|expire)",
    re.I,
)
_TRIED = re.compile(
    r"\b(?:tried|restart|reset|reinstall|reboot|re-?install|unplug|power.cycl|cleared?|checked|updated?|logg(?:ed"
    r"|ing) (?:out|in)|sign(?:ed)? (?:out|in)|called|phoned|e-?mailed|contacted|followed|steps|try|uninstall)\b",
    re.I,
)
_TROUBLE = re.compile(
    r"\b(?:problem|issue|error|broken?|broke|damag|missing|lost|late|delay|wrong|stuck|cancel+ed|charged|crash"
    r"|fault|defect|doesn'?t|didn'?t|won'?t|isn'?t|hasn'?t|haven'?t|can'?t|cannot|unable|not (?:work|arriv|receiv"
    r"|load|deliver)\w*|never|fail|complain|leak|stop(?:ped|s)|waiting|disconnect|locked|scratch|refuse|help with"
    r"|need|want|would like|looking for)",
    re.I,
)
_HEDGE = re.compile(
    r"\b(?:let me check|i'?ll (?:check|find out|ask|get back)|get back to you|not sure|look into|checking"
    r"|will confirm|ask (?:the|our|my))\b",
    re.I,
)
_PART_END = re.compile(r",\s++|(?<!\s)\s++and\s++")


@dataclass(frozen=True, slots=True)
class Note:
    """A clause with its slot and the keys of its facts."""

    slot: str
    clause: Clause
    keys: frozenset[str]
    stems: frozenset[str]


def notes_of(clauses: Sequence[Clause], catalogue: Iterable[str] = ()) -> list[Note]:
    """Return each clause with its slot and keys, in order."""
    catalogue = tuple(catalogue)
    notes = []
    for clause in clauses:
        keys = frozenset(keys_in(clause.text, catalogue))
        stems = frozenset(content_stems(clause.text))
        opening = not notes and len(clause.text.split()) > 2
        if keys or len(stems) > 1 or opening:
            notes.append(Note(slot_of(clause), clause, keys, stems))
    if notes and notes[0].slot in {"noted", "open"} and notes[0].clause.role in CUSTOMERS:
        notes[0] = replace(notes[0], slot="issue")  # customers open with the reason for their message
    return [note for at, note in enumerate(notes) if not _answered(at, notes)]


def slot_of(clause: Clause) -> str:
    """Return the slot of the summary that a clause belongs to."""
    text, customer = clause.text, clause.role in CUSTOMERS
    if text.endswith("?"):
        return "open" if customer else "noted"
    if not customer and _PROMISE.search(text):
        return "promised"
    if _TRIED.search(text):
        return "tried"
    if (_WISH if customer else _RULING).search(text):
        return "decided"
    return "issue" if customer and _TROUBLE.search(text) else "noted"


def _answered(at: int, notes: Sequence[Note]) -> bool:
    """Return whether an agent answered this open question: replied next, and did not postpone it."""
    note = notes[at]
    if note.slot != "open" or note.keys:
        return False
    replies = [
        later
        for later in notes[at + 1 : at + 8]
        if later.clause.role != note.clause.role and not later.clause.text.endswith("?")
    ]
    return any(later.stems & note.stems and not _HEDGE.search(later.clause.text) for later in replies)


def chosen(notes: Sequence[Note], ledger: Ledger, *, most_words: int, covered: Iterable[str] = ()) -> list[Note]:
    """Select the notes that preserve the most per word, in order. Keys in `covered` appear elsewhere already."""
    kinds = {fact.key: fact.kind for fact in ledger.facts}
    frequency = Counter(stem for note in notes for stem in note.stems)
    superseded = ledger.superseded
    notes = [current for note in notes if (current := _without_stale(note, superseded)) is not None]
    covered_keys, covered_stems, left, picked = set(covered), set[str](), most_words, list[int]()
    sizes = [len(note.clause.text.split()) for note in notes]
    # Each selection only lowers the gain of others, so a note that still leads after recomputing is the best.
    weighed = [(-math.inf, at) for at in range(len(notes))]
    while weighed:
        _, at = heapq.heappop(weighed)
        if sizes[at] > left:
            continue
        rate = _gain(notes[at], at, covered_keys, covered_stems, kinds, frequency) / (sizes[at] + 4)
        if weighed and (-rate, at) > weighed[0]:
            heapq.heappush(weighed, (-rate, at))
        elif rate < LEAST_RATE:
            break
        else:
            picked.append(at)
            covered_keys |= notes[at].keys
            covered_stems |= notes[at].stems
            left -= sizes[at]
    return [notes[at] for at in sorted(picked)]


def _without_stale(note: Note, superseded: Mapping[str, str]) -> Note | None:
    """Return the note without parts whose value was corrected later, unless it includes the correction."""
    stale = note.keys & superseded.keys()
    if not stale or any(superseded[key] in note.keys for key in stale):
        return note
    parts = [part for part in _PART_END.split(note.clause.text) if not keys_in(part) & stale]
    text = ", ".join(parts)
    if len(text.split()) < 3:
        return None
    clause = replace(note.clause, text=text)
    return Note(note.slot, clause, (note.keys - stale) & keys_in(text), frozenset(content_stems(text)))


def _gain(
    note: Note,
    at: int,
    covered_keys: set[str],
    covered_stems: set[str],
    kinds: Mapping[str, str],
    frequency: Counter[str],
) -> float:
    facts = sum(WEIGHT.get(kinds.get(key, key.partition(":")[0]), 1.0) for key in note.keys - covered_keys)
    new = note.stems - covered_stems
    words = sum(0.18 * (1 + math.log(frequency[stem])) for stem in new)
    fresh = len(new) / max(len(note.stems), 1)
    bonus = (_BONUS[note.slot] + (0.8 if negated(note.clause.text) else 0.0)) * fresh
    is_question = note.slot == "noted" and note.clause.text.endswith("?")  # the answer makes an agent's question clear
    worth = concern(note.clause.role, note.clause.text) * (0.4 if is_question else 1.0)
    return worth * (facts + words + bonus) + (1.0 if at == 0 else 0.0)


def as_text(notes: Sequence[Note]) -> str:
    """Return the notes as text, one line per non-empty slot."""
    lines = []
    for slot in SLOTS:
        texts = [note.clause.text.rstrip(".") for note in notes if note.slot == slot]
        if texts:
            end = "" if texts[-1].endswith("?") else "."
            lines.append(f"{_TITLES[slot]}: {'; '.join(texts)}{end}")
    return "\n".join(lines)


def summary_of(notes: Sequence[Note], ledger: Ledger, *, most_words: int = MOST_WORDS, before: str = "") -> str:
    """Return `before` unchanged, then the best notes for the remaining words, then the missing values."""
    left = most_words - len(before.split())
    covered = keys_in(before)
    picked = chosen(notes, ledger, most_words=max(left - 6, 0), covered=covered)
    body = as_text(picked)
    for note in picked:
        covered |= note.keys
    text = "\n".join(part for part in (before, body) if part)
    return appended(text, ledger, covered, most_words=most_words)


def appended(text: str, ledger: Ledger, covered: set[str], *, most_words: int = MOST_WORDS) -> str:
    """Append the current values that the text lacks, within the word limit."""
    missing = [fact for fact in ledger.current() if fact.key not in covered and dearness(fact) >= LEAST_DEAR]
    missing.sort(key=lambda fact: -dearness(fact))
    left, values = most_words - len(text.split()) - 1, []
    for fact in missing:
        words = len(fact.value.split())
        if words <= left:
            values.append(fact.value)
            left -= words
    return f"{text}\nAlso: {'; '.join(dict.fromkeys(values))}." if values else text
