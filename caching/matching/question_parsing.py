"""Parse a question: content words, numbers, times, polarity, names, and what it asks for. Pure."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from caching.matching.roles import Roles, roles_in
from language.negation import NEGATORS, NOT_KNOWING, denying
from language.normalise import APOSTROPHES, words
from language.numbers import CURRENCIES, ORDINALS, TIME_WORDS, UNITS
from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem
from language.words import (
    DIRECTIONS,
    DOING_FRAMES,
    LIGHT_WORDS,
    PREPOSITIONS,
    PRICE_WORDS,
    ROLE_WORDS,
    SAME_DIRECTIONS,
)

UNKNOWN = re.compile(NOT_KNOWING)
FRAMES = re.compile(r"\b(?:" + "|".join(f.strip() for f in DOING_FRAMES) + r")(?=\s|$)")
AUXILIARY = r"(?:do|does|did|is|are|was|were|will|would|can|could|should|has|have|must|may)"
# After "when" these introduce the time of an event and do not ask for it.
SUBJECT = r"(?:i|you|we|he|she|they|it|my|your|our|the|a|an|this|that|there|\w+ing)\b"
# A statement: "The refund is not in my account". Requests and plain keywords are none.
STATEMENT = re.compile(
    r"^(?:i|we|my|our|it|there|the|a|an|some|someone|somebody|when) "
    r"(?:\w+ ){0,6}?(?:am|is|are|was|were|has|have|had|do|does|did|can|could|would|will|keeps?|got|says?|said|\w+ed)\b"
)
# What a question asks for; the first match wins.
ASKING = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "reason",
            r"\bwhy\b|\bhow come\b|\bwhat (?:is|was) the (?:reason|cause)|\bwhat causes?\b|\bfor what reason\b"
            r"|^reasons? (?:for|why|that|i|we|you)\b|\bis there (?:a|any|some) (?:\w+ )?reason\b",
        ),
        ("frequency", r"\bhow (?:often|frequently|regularly|many times)\b"),
        (
            "time",
            rf"^when\b(?! {SUBJECT})|\bwhen {AUXILIARY}\b|\b(?:what|which) (?:time|date|day|hours?)\b"
            r"|\bhow (?:long|soon|quickly|fast)\b|\bhow much (?:time|longer|sooner|faster)\b"
            r"|\bhow many (?:minute|hour|day|week|month|year)\b|\btill when\b|\bopening hour\b",
        ),
        ("quantity", r"\bhow (?:much|many|big|large|far|tall|heavy|high|old)\b"),
        ("place", r"\bwhere\b|\bwhereabouts\b"),
        ("person", r"\bwho(?:m|se)?\b"),
        ("doing", FRAMES.pattern + r"|\bhow\b"),
        ("choice", r"\bwhich\b"),
        ("what", r"\bwhat\b"),
        ("whether", rf"^{AUXILIARY}\b"),
    )
)
CAPITALISED = re.compile(r"(?<![.?!:;]\s)(?<=\s)(?:[A-Z][\w&+.-]*|\w*[a-z][A-Z]\w*)|\b[A-Za-z]+\d\w*|\b[A-Z]{2,}\b")
LETTERS = re.compile(r"[^\W\d_]+")
ROLE_REACH = 2
# Capitalised by convention without being a name.
NOT_NAMES = {"i", "i'm", "i'd", "i've", "i'll", "ok", "id", "faq", "asap", "tv", "pdf", "url"}


@dataclass(frozen=True, slots=True)
class Word:
    """A content word. `light` words carry wording rather than meaning."""

    text: str
    stem: str
    name: bool = False
    light: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the guards compare. Built only by `read`; equal questions have equal readings."""

    words: tuple[str, ...]
    content: tuple[Word, ...]
    numbers: tuple[str, ...]  # sorted; with their currency and percent signs
    times: frozenset[str]
    negations: int
    denials: frozenset[str]  # stems of words that deny without a negation: "avoid", "broken"
    asks: str
    directions: frozenset[tuple[str, str]]  # ("from", "london"): the word after a word of direction
    who: Roles
    denied: frozenset[str]  # stems after a negation
    roles: frozenset[tuple[str, str]]  # ("word", "pdf"): the words on both sides of "to", "with", "for"


@lru_cache(maxsize=20_000)
def read(question: str, terms: frozenset[str] = frozenset()) -> Reading:
    """Parse a question. `terms` are the catalogue's names, casefolded; they count as names in any case."""
    text = UNKNOWN.sub(r"\1", " ".join(words(question)))
    tokens = text.split()
    names = names_in(question) | terms
    framed = FRAMES.sub(" ", text).split()
    body = framed if any(word not in FUNCTION_WORDS for word in framed) else tokens
    return Reading(
        words=tuple(tokens),
        content=tuple(as_content(word, names) for word in body if is_content(word)),
        numbers=tuple(sorted(w for w in tokens if w[0].isdigit() or w in CURRENCIES.values())),
        times=frozenset(stem(w) for w in tokens if w in TIME_WORDS or w in ORDINALS),
        negations=sum(w in NEGATORS for w in tokens),
        denials=frozenset(stem(w) for w in tokens) & denying(),
        asks=asked_for(text),
        directions=frozenset(directions_in(tokens)),
        who=roles_in(text),
        denied=frozenset(after_negations(tokens)),
        roles=frozenset(role_pairs(tokens)),
    )


def names_in(question: str) -> set[str]:
    """Return the casefolded words written as names, or None if most or all words are capitalised."""
    plain = question.translate(APOSTROPHES)
    letters = [w for w in LETTERS.findall(plain) if len(w) > 2]
    if letters and sum(w[0].isupper() for w in letters) > 0.6 * len(letters) and len(letters) > 2:
        return set()
    names: set[str] = set()
    for match in CAPITALISED.findall(plain):
        names.update(words(match))
    return {word for word in names if not word[0].isdigit()} - NOT_NAMES - TIME_WORDS


def is_content(word: str) -> bool:
    return not (word in FUNCTION_WORDS or word in NEGATORS or word in PREPOSITIONS or word[0].isdigit())


def as_content(word: str, names: set[str] | frozenset[str]) -> Word:
    return Word(word, stem(word), name=word in names, light=word in LIGHT_WORDS)


def asked_for(text: str) -> str:
    kind = next((kind for kind, pattern in ASKING if pattern.search(text)), None)
    if kind is None:
        return "statement" if STATEMENT.search(text) else "doing"
    if kind == "what" and any(word in PRICE_WORDS for word in text.split()):
        return "quantity"
    return kind


def directions_in(tokens: list[str]) -> list[tuple[str, str]]:
    """Pair each word of direction with the next content word or number. "to" counts only together with "from"."""
    turns = DIRECTIONS | ({"to"} if "from" in tokens else set())
    pairs, after = [], ""
    for word in reversed(tokens):
        if word in turns:
            pairs.append((SAME_DIRECTIONS.get(word, word), stem(after)))
        if word[0].isdigit() or word not in FUNCTION_WORDS:
            after = word
    return pairs


def after_negations(tokens: list[str]) -> list[str]:
    """Return the first content word after each negation."""
    denied, after = [], ""
    for word in reversed(tokens):
        if word in NEGATORS:
            denied.append(stem(after))
        elif is_content(word):
            after = word
    return denied


def role_pairs(tokens: list[str]) -> list[tuple[str, str]]:
    """Pair the content words just before each role word with those just after it."""
    places = [place for place, word in enumerate(tokens) if is_content(word)]
    used_from = next((place for place, word in enumerate(tokens) if word in {"use", "using", "used"}), len(tokens))
    pairs = []
    for place, word in enumerate(tokens):
        if word in ROLE_WORDS:
            upto, beyond = bisect_left(places, place), bisect_right(places, place)
            before = [tokens[each] for each in places[max(0, upto - ROLE_REACH) : upto]]
            after = [tokens[each] for each in places[beyond : beyond + ROLE_REACH]]
            if word == "to" and used_from < place:
                before, after = after, before  # "use cash to pay" is "pay with cash"
            pairs += [(stem(x), stem(y)) for x in before for y in after]
    return pairs


def is_unit(word: Word) -> bool:
    return word.text in UNITS.values()
