"""The canonical form of a question: one key for "What is X?" and "what is x".

Questions that ask for different things must never share a form, because equal forms share an answer without any further
check. So nothing that could carry meaning is removed, and English spelling habits are folded in English text only.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby

from language.characters import composed
from language.detection import language_of
from language.numbers import CURRENCIES, MEASURED, NUMBER_WORDS, UNITS
from language.words import CONTRACTIONS, GREETING_WORDS, GREETINGS, OPENERS, POLITE_FRAMES, QUESTION_WORDS

APOSTROPHES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
    | {"\u2212": "-", "\u2044": "/", "&": " and ", "\u00a0": " "}
)


def _class_of(belongs: Callable[[str], bool]) -> str:
    """Return all characters of some Unicode categories, as the inside of a character class."""
    numbers = [n for n in range(sys.maxunicode + 1) if belongs(unicodedata.category(chr(n)))]
    runs = [list(run) for _, run in groupby(enumerate(numbers), lambda place: place[1] - place[0])]
    return "".join(f"{re.escape(chr(run[0][1]))}-{re.escape(chr(run[-1][1]))}" for run in runs)


MARKS = _class_of(lambda category: category[0] == "M")  # vowels of Hindi, tones of Thai: they distinguish words
PICTURES = _class_of(lambda category: category == "So")
LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
# Numbers with their separators; words with inner apostrophes, dots or "&" ("t.co"), or ending in signs ("c++"); and
# meaningful symbols: currencies, comparisons, pictures.
WORD = re.compile(
    rf"\d+(?:[.,:/]\d+)*|{LETTER}+(?:['.]{LETTER}+)*[+#]*|[€£$¥%<>=≤≥≠±\u00d7÷]|(?<=\d)\+|(?<=\d )\+|[{PICTURES}]"
)
PICTURE = re.compile(f"[{PICTURES}]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
FRACTION = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
BELOW_ZERO = re.compile(r"(?<![\w.,/)-])-(?=\d)")
# In mixed-case text these are a department, a country and an organisation, not pronouns.
CAPITALS = re.compile(r"\b(?:IT|US|WHO)\b")
_GREETING = "|".join(sorted(GREETINGS, key=len, reverse=True))
GREETING_BEFORE = re.compile(rf"(?:{_GREETING})(?:[,.!?;:\n-]|$)")
GREETING_BEHIND = re.compile(rf"[,.!?;:\n-] ?(?:{_GREETING})$")
GREETING_MAX_CHARS = 40
SIGNS_BETWEEN = " \t\r\n,.!?;:-"
HALVES_OF_DAY = {"am", "pm", "a.m", "p.m"}
PLEASE = {"please", "pls", "plz"}
HESITATIONS = {"um", "uh", "uhm", "erm", "hmm"}
# "How do I say please?", "a please"
NAMES_A_WORD = {"say", "saying", "write", "word", "spell", "a", "an", "the", "of", "my", "your"}


def canonical(question: str) -> str:
    """Return the question without anything that does not change its answer; equal forms share an answer.

    Folds Unicode compatibility forms, case, white space and punctuation; in English text also contractions, politeness
    at either end, number words, and the spellings of currencies and units. Empty only if the question contains no word.
    Idempotent.
    """
    return " ".join(words(question) if language_in(question) == "en" else plain_words(question))


def language_in(question: str) -> str | None:
    """Detect the language of a question, ignoring case and signs, and a greeting if it makes the result uncertain."""
    language = language_of(" ".join(plain_words(question)))
    if language is None and language_of(" ".join(words(question))) == "en":
        return "en"
    return language


@lru_cache(maxsize=256)
def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in any language, in lower case. Not case-folded: "Maße" and "Masse" are two words."""
    tokens = WORD.findall(_unify(text).lower())
    while tokens and PICTURE.fullmatch(tokens[-1]):
        tokens.pop()
    while tokens and PICTURE.fullmatch(tokens[0]):
        tokens.pop(0)
    return tuple(tokens)


@lru_cache(maxsize=256)  # each question is parsed several times in a row
def words(text: str) -> tuple[str, ...]:
    """Return the canonical words of an English text in order."""
    tokens = _once(text)
    while (again := _once(" ".join(tokens))) != tokens:  # a removal can create new neighbours to fold
        tokens = again
    return tokens


def _once(text: str) -> tuple[str, ...]:
    text = _unify(text)
    if not _is_shouted(text):
        text = CAPITALS.sub(lambda match: ".".join(match.group()), text)
    text = THOUSANDS.sub("", expand_contractions(text.lower()))
    tokens = list(plain_words(_without_greetings(text)) or plain_words(text))
    tokens = _without_politeness(tokens)
    return tuple(CURRENCIES.get(word, word) for word in _join_units(list(_numerals_to_digits(tokens))))


def _unify(text: str) -> str:
    """Return the text with one spelling of compatibility forms, quotes, dashes, and signs before numbers."""
    spaced = FRACTION.sub(" ", INVISIBLE.sub("", text))  # 1½ is not 11/2
    return BELOW_ZERO.sub("minus ", composed(spaced).translate(APOSTROPHES))


def _is_shouted(text: str) -> bool:
    return sum(char.isupper() for char in text) > sum(char.islower() for char in text)


def expand_contractions(text: str) -> str:
    for pattern, full in CONTRACTIONS:
        text = pattern.sub(full, text)
    return text


def _without_greetings(text: str) -> str:
    """Remove "Hi," before and ", thanks" after, only if set apart by punctuation: thanks may be the topic."""
    bare = text.strip(SIGNS_BETWEEN)
    while match := GREETING_BEFORE.match(bare):
        bare = bare[match.end() :].lstrip(SIGNS_BETWEEN)
    while match := GREETING_BEHIND.search(bare, max(0, len(bare) - GREETING_MAX_CHARS)):
        bare = bare[: match.start()].rstrip(SIGNS_BETWEEN)
    return bare


def _without_politeness(tokens: list[str]) -> list[str]:
    """Remove "please" and, before a complete question, "could you tell me", "so", "hi"."""
    tokens = [w for n, w in enumerate(tokens) if w not in PLEASE or (n > 0 and tokens[n - 1] in NAMES_A_WORD)] or tokens
    tokens = [w for w in tokens if w not in HESITATIONS] or tokens
    shorter = True
    while shorter:
        shorter = False
        for frame, follows in ((POLITE_FRAMES, QUESTION_WORDS), (GREETING_WORDS, OPENERS)):
            size = next((size for size in range(6, 0, -1) if tuple(tokens[:size]) in frame), 0)
            if size and len(tokens) > size and tokens[size] in follows:
                tokens, shorter = tokens[size:], True
    return tokens


def _numerals_to_digits(tokens: list[str]) -> Iterator[str]:
    """Turn "two" into "2", "twenty five" into "25", "two hundred and" into "200 and"; "one" only before a unit."""
    value: int | None = None
    for place, word in enumerate(tokens):
        number = NUMBER_WORDS.get(word)
        if word == "one" and not _measures(tokens, place):
            number = None
        if number is None:
            if value is not None:
                yield str(value)
            value = None
            yield word
        elif value is not None and (merged := _combine(value, number)) is not None:
            value = merged
        else:
            if value is not None:
                yield str(value)
            value = number
    if value is not None:
        yield str(value)


def _combine(value: int, number: int) -> int | None:
    """Return the number that two number words form together, or None."""
    if number >= 100 and 0 < value < number:
        return value * number
    if number < 10 and value % 100 >= 20 and value % 10 == 0:
        return value + number
    return value + number if number < 100 <= value and value % 100 == 0 else None


def _measures(tokens: list[str], place: int) -> bool:
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    before = tokens[place - 1] if place else ""
    return after in UNITS or after in MEASURED or after in NUMBER_WORDS or before in NUMBER_WORDS


def _join_units(tokens: list[str]) -> list[str]:
    """Unify units: "kgs" and "kilograms" are "kg", "7 pm" is "7pm". "min" counts only after a number."""
    merged: list[str] = []
    for word in tokens:
        after_number = bool(merged) and merged[-1][0].isdigit()
        if word in HALVES_OF_DAY and after_number and merged[-1][-1].isdigit():
            merged[-1] += word[0] + "m"
        elif word in UNITS and (after_number or word in MEASURED):
            merged.append(UNITS[word])
        else:
            merged.append(word)
    return merged


def key(form: str) -> str:
    """Return the lookup key of a canonical form: 64 hexadecimal digits."""
    return hashlib.sha256(form.encode()).hexdigest()
