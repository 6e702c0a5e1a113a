"""One key for "What is X?" and "what is x": the canonical form of a question.

Two questions that ask for different things must never have one form: what is equal here is served without any
further check. So nothing is left out that could carry meaning, and English habits of writing are folded in English
text alone.
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
    """All characters of some Unicode categories, as the inside of a character class."""
    numbers = [n for n in range(sys.maxunicode + 1) if belongs(unicodedata.category(chr(n)))]
    runs = [list(run) for _, run in groupby(enumerate(numbers), lambda place: place[1] - place[0])]
    return "".join(f"{re.escape(chr(run[0][1]))}-{re.escape(chr(run[-1][1]))}" for run in runs)


MARKS = _class_of(lambda category: category[0] == "M")  # vowels of Hindi, tones of Thai: a word without them is another
PICTURES = _class_of(lambda category: category == "So")
LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
# Numbers with their separators; words with inner apostrophes, dots or "&" ("t.co"), or ending in signs ("c++");
# what means something by itself: currencies, comparisons, pictures.
WORD = re.compile(
    rf"\d+(?:[.,:/]\d+)*|{LETTER}+(?:['.]{LETTER}+)*[+#]*|[€£$¥%<>=≤≥≠±\u00d7÷]|(?<=\d)\+|(?<=\d )\+|[{PICTURES}]"
)
PICTURE = re.compile(f"[{PICTURES}]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
FRACTION = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
BELOW_ZERO = re.compile(r"(?<![\w.,/)-])-(?=\d)")
# In a text of both cases these are a department, a country and an organisation, not pronouns.
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
    """The question without what does not change its answer; equal forms share an answer.

    Folds Unicode compatibility forms, case, white space and punctuation; in English text also contractions,
    politeness at either end, number words, and the spellings of currencies and units. Empty only if the question
    holds no word at all. Applying it twice changes nothing.
    """
    return " ".join(words(question) if language_in(question) == "en" else plain_words(question))


def language_in(question: str) -> str | None:
    """The language of a question, in whatever case and signs; where a greeting blurs it, of what is left without."""
    found = language_of(" ".join(plain_words(question)))
    if found is None and language_of(" ".join(words(question))) == "en":
        return "en"
    return found


@lru_cache(maxsize=256)
def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text in any language, in lower case. Not case-folded: "Maße" and "Masse" are two words."""
    found = WORD.findall(_unified(text).lower())
    while found and PICTURE.fullmatch(found[-1]):
        found.pop()
    while found and PICTURE.fullmatch(found[0]):
        found.pop(0)
    return tuple(found)


@lru_cache(maxsize=256)  # a question is looked at from several sides, one soon after the other
def words(text: str) -> tuple[str, ...]:
    """The canonical words of an English text in their order."""
    found = _once(text)
    while (again := _once(" ".join(found))) != found:  # what was left out may bring new neighbours together
        found = again
    return found


def _once(text: str) -> tuple[str, ...]:
    text = _unified(text)
    if not _is_shouted(text):
        text = CAPITALS.sub(lambda match: ".".join(match.group()), text)
    text = THOUSANDS.sub("", expand_contractions(text.lower()))
    found = list(plain_words(_without_greetings(text)) or plain_words(text))
    found = _without_politeness(found)
    return tuple(CURRENCIES.get(word, word) for word in _join_units(list(_numerals_to_digits(found))))


def _unified(text: str) -> str:
    """One way to write what looks the same: compatibility forms, quotes, dashes, signs before numbers."""
    spaced = FRACTION.sub(" ", INVISIBLE.sub("", text))  # 1½ is not 11/2
    return BELOW_ZERO.sub("minus ", composed(spaced).translate(APOSTROPHES))


def _is_shouted(text: str) -> bool:
    return sum(char.isupper() for char in text) > sum(char.islower() for char in text)


def expand_contractions(text: str) -> str:
    for pattern, full in CONTRACTIONS:
        text = pattern.sub(full, text)
    return text


def _without_greetings(text: str) -> str:
    """Without "Hi," before and ", thanks" behind: only what punctuation sets apart, as thanks may be asked about."""
    bare = text.strip(SIGNS_BETWEEN)
    while match := GREETING_BEFORE.match(bare):
        bare = bare[match.end() :].lstrip(SIGNS_BETWEEN)
    while match := GREETING_BEHIND.search(bare, max(0, len(bare) - GREETING_MAX_CHARS)):
        bare = bare[: match.start()].rstrip(SIGNS_BETWEEN)
    return bare


def _without_politeness(found: list[str]) -> list[str]:
    """Without "please" and, before a whole question, "could you tell me", "so", "hi"."""
    found = [w for n, w in enumerate(found) if w not in PLEASE or (n > 0 and found[n - 1] in NAMES_A_WORD)] or found
    found = [w for w in found if w not in HESITATIONS] or found
    shorter = True
    while shorter:
        shorter = False
        for frame, follows in ((POLITE_FRAMES, QUESTION_WORDS), (GREETING_WORDS, OPENERS)):
            size = next((size for size in range(6, 0, -1) if tuple(found[:size]) in frame), 0)
            if size and len(found) > size and found[size] in follows:
                found, shorter = found[size:], True
    return found


def _numerals_to_digits(found: list[str]) -> Iterator[str]:
    """ "two" becomes "2", "twenty five" "25", "two hundred and" "200 and"; "one" only where something is measured."""
    value: int | None = None
    for place, word in enumerate(found):
        number = NUMBER_WORDS.get(word)
        if word == "one" and not _measures(found, place):
            number = None
        if number is None:
            if value is not None:
                yield str(value)
            value = None
            yield word
        elif value is not None and (joined := _joined(value, number)) is not None:
            value = joined
        else:
            if value is not None:
                yield str(value)
            value = number
    if value is not None:
        yield str(value)


def _joined(value: int, number: int) -> int | None:
    """The number that two number words make together, if they make one."""
    if number >= 100 and 0 < value < number:
        return value * number
    if number < 10 and value % 100 >= 20 and value % 10 == 0:
        return value + number
    return value + number if number < 100 <= value and value % 100 == 0 else None


def _measures(found: list[str], place: int) -> bool:
    after = found[place + 1] if place + 1 < len(found) else ""
    before = found[place - 1] if place else ""
    return after in UNITS or after in MEASURED or after in NUMBER_WORDS or before in NUMBER_WORDS


def _join_units(found: list[str]) -> list[str]:
    """One spelling of each unit: "kgs" and "kilograms" are "kg", "7 pm" is "7pm". "min" is one after a number only."""
    joined: list[str] = []
    for word in found:
        after_number = bool(joined) and joined[-1][0].isdigit()
        if word in HALVES_OF_DAY and after_number and joined[-1][-1].isdigit():
            joined[-1] += word[0] + "m"
        elif word in UNITS and (after_number or word in MEASURED):
            joined.append(UNITS[word])
        else:
            joined.append(word)
    return joined


def key(form: str) -> str:
    """What a canonical form is looked up by: 64 hexadecimal digits."""
    return hashlib.sha256(form.encode()).hexdigest()
