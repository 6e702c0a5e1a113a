"""One key for "What is X?" and "what is x": the canonical form of a question, and its bag of words."""

import hashlib
import re
import unicodedata

from caching.vocabulary import CONTRACTIONS, COURTESIES, CURRENCIES, NUMBER_WORDS, UNITS

APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
# Numbers with their separators; words with inner apostrophes, dots or hyphens (e.g. "two-factor", "t.co",
# "c++"); signs that mean something on their own.
WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['.&][^\W\d_]+)*[+#]*|[€£$¥%]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
COURTESY = re.compile(r"\b(?:" + "|".join(sorted(COURTESIES, key=len, reverse=True)) + r")\b[\s,.!:;-]*")
NUMERAL = re.compile(r"\b(?:" + "|".join(NUMBER_WORDS) + r")\b")
# "Which one", "the one", "one of": a pronoun, not a number.
PRONOUN_ONE = re.compile(r"\b(which|the|this|that|no|any|every|another|new|old|other) one\b|\bone (of|another)\b")


def canonical(question: str) -> str:
    """The question without what does not change its answer; equal forms share an answer.

    Folds Unicode compatibility forms, case, white space, punctuation, contractions, courtesies
    ("please", "quick question"), number words and the signs of currencies. Never empty unless the
    question holds no word at all. Applying it twice changes nothing.
    """
    return " ".join(words(question))


def words(question: str) -> list[str]:
    """The canonical words in their order."""
    text = unicodedata.normalize("NFKC", question).translate(APOSTROPHES).casefold()
    text = THOUSANDS.sub("", expand_contractions(text))
    stripped = COURTESY.sub(" ", text)
    found = WORD.findall(stripped) or WORD.findall(text)
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
    """One spelling of each unit: "kgs" and "kilograms" are "kg", "10gb" is "10 gb"."""
    return [UNITS.get(word, word) for word in found]


def key(form: str) -> str:
    """What a canonical form or a bag is looked up by: 64 hexadecimal digits."""
    return hashlib.sha256(form.encode()).hexdigest()
