"""One key for "What is X?" and "what is x": the canonical form of a question, and its bag of words."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from caching.vocabulary import CONTRACTIONS, COURTESIES, CURRENCIES, NUMBER_WORDS, UNITS

APOSTROPHES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
)
# Numbers with their separators; words with inner apostrophes, dots or hyphens (e.g. "two-factor", "t.co",
# "c++"); signs that mean something on their own.
WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['.&][^\W\d_]+)*[+#]*|[€£$¥%]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
COURTESY = re.compile(r"\b(?:" + "|".join(sorted(COURTESIES, key=len, reverse=True)) + r")\b[\s,.!:;-]*")
NUMERAL = re.compile(r"\b(?:" + "|".join(NUMBER_WORDS) + r")\b")
HALVES_OF_DAY = {"am", "pm", "a.m", "p.m"}
# "Which one", "one of", "where can I get one", "from one to another": a pronoun, not a number.
PRONOUN_ONE = re.compile(
    r"\b(?:which|the|this|that|no|any|every|another|new|old|other) one\b|\bone (?:of|another|by one)\b|\bone$"
    r"|\bone (?:\w+ )?to (?:another|the other)\b"
)


LEADING = {"so", "but", "and", "also", "ok", "okay", "well", "then"}


def canonical(question: str) -> str:
    """The question without what does not change its answer; equal forms share an answer.

    Folds Unicode compatibility forms, case, white space, punctuation, contractions, courtesies
    ("please", "quick question"), number words and the signs of currencies. Never empty unless the
    question holds no word at all. Applying it twice changes nothing.
    """
    return " ".join(words(question))


@lru_cache(maxsize=256)  # a question is looked at from several sides, one soon after the other
def words(question: str) -> tuple[str, ...]:
    """The canonical words in their order."""
    found = once(question)
    while (again := once(" ".join(found))) != found:  # what was left out may bring new neighbours together
        found = again
    return tuple(found)


def once(question: str) -> list[str]:
    text = unicodedata.normalize("NFKC", question).translate(APOSTROPHES).casefold()
    text = THOUSANDS.sub("", expand_contractions(text))
    found = WORD.findall(COURTESY.sub(" ", text)) or WORD.findall(text)
    while len(found) > 1 and found[0] in LEADING:
        found = found[1:]
    return [CURRENCIES.get(word, word) for word in join_units(numerals_to_digits(found))]


def expand_contractions(text: str) -> str:
    for pattern, full in CONTRACTIONS:
        text = pattern.sub(full, text)
    return text


def numerals_to_digits(found: list[str]) -> list[str]:
    """ "two" becomes "2" and "twenty five" "25"; "which one" keeps its pronoun."""
    text = PRONOUN_ONE.sub(lambda match: match.group().replace("one", "\0"), " ".join(found))
    digits: list[str] = []
    for word in text.replace("\0", "one#").split():
        value = NUMBER_WORDS.get(word)
        if value is None:
            digits.append(word.replace("one#", "one"))
        elif digits and digits[-1].isdigit() and 20 <= int(digits[-1]) < 100 and value < 10:
            digits[-1] = str(int(digits[-1]) + value)
        elif digits and digits[-1].isdigit() and value in {100, 1000, 1000000}:
            digits[-1] = str(int(digits[-1]) * value)
        else:
            digits.append(str(value))
    return digits


def join_units(found: list[str]) -> list[str]:
    """One spelling of each unit: "kgs" and "kilograms" are "kg", "10gb" is "10 gb", "7 pm" is "7pm"."""
    joined: list[str] = []
    for word in found:
        if word in HALVES_OF_DAY and joined and joined[-1][-1].isdigit():
            joined[-1] += word[0] + "m"
        else:
            joined.append(UNITS.get(word, word))
    return joined


def key(form: str) -> str:
    """What a canonical form or a bag is looked up by: 64 hexadecimal digits."""
    return hashlib.sha256(form.encode()).hexdigest()
