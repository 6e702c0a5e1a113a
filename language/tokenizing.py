"""Text into the terms that BM25 counts: stems by language, identifiers as they are written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from language import stemming
from language.characters import composed
from language.stop_words import STOP_WORDS

_STEMMERS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}
_TOKEN = re.compile(r"[^\W_]+(?:[-_./+#'’][^\W_]+)*[+#]*")
_PART = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
TERM_MAX_CHARS = 64
VERSION = 2  # of what follows: an index made by another one is made anew
_JOINED_PARTS_MAX = 4
# Han, Hiragana and Katakana: written without spaces, so two signs at a time are a term.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+")
# "2,500", "2.500" and "2 500" as people write thousands; the spaces are those that do not break.
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:[,.'’\u00a0\u202f]\d{3}){1,5}(?![\w])")
# "How long" asks for a measure; the adjective names no topic. An article about long cables is not meant.
_MEASURE = re.compile(
    r"\b(?:how (long|often|far|big|large|small|tall|heavy|old|fast|soon|late|early|quickly|high|wide|deep|loud)"
    r"|wie (lange?|oft|weit|groß|schwer|alt|schnell|hoch|breit|tief|laut|spät|früh))\b",
    re.IGNORECASE,
)


def language_of(locale: str) -> str:
    """`de-AT` is German; a language we have no stemmer for is left unstemmed, under its own name."""
    return locale.replace("_", "-").split("-")[0].lower()


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    return stemming.stem(word, _STEMMERS[language]) if language in _STEMMERS else word


def looks_like_identifier(token: str) -> bool:
    """Error codes, model numbers, versions: E-1234, SM-G973F, 404, v2.1, ERR_TIMEOUT."""
    return any(c.isdigit() for c in token) or ("_" in token and token.isascii())


def measures(text: str, locale: str) -> frozenset[str]:
    """The terms that only say of which kind the answer is: "long" in "How long does it take?"."""
    return frozenset(term for match in _MEASURE.finditer(text) for term in terms(match[1] or match[2], locale))


def terms(text: str, locale: str) -> list[str]:
    """Return the terms of plain text in order, with repeats, without stop words."""
    language = language_of(locale)
    stop = STOP_WORDS.get(language, frozenset())
    found: list[str] = []
    for match in _THOUSANDS.finditer(text):
        found.append("".join(_PART.findall(match[0])))
    for match in _TOKEN.finditer(composed(text)):
        found += _terms_of(match.group(), language, stop)
    return found


@lru_cache(maxsize=50_000)
def _terms_of(token: str, language: str, stop: frozenset[str]) -> tuple[str, ...]:
    """One token gives its stem; a joined one ("e-mail", "PowerShare", "SM-G973") its whole and its parts."""
    if _UNSPACED.search(token):
        return tuple(_unspaced(token, language, stop))
    token = token.replace("’", "'")
    folded = token.casefold()
    if folded in stop:
        return ()
    if looks_like_identifier(token):
        return _unique([folded[:TERM_MAX_CHARS], *_runs(folded), *_parts(folded, language, stop)])
    parts = _parts(folded, language, stop)
    if len(_PART.findall(folded)) > 1:
        joined = "".join(_PART.findall(folded))
        whole = [] if "'" in folded else [stem(joined, language)[:TERM_MAX_CHARS]]
        return _unique([*whole, *parts])
    return _unique([*parts, *_camel_parts(token, language, stop)])


def _runs(folded: str) -> list[str]:
    """Parts of an identifier that follow one another, as people type them: "tx4471b" of "TX-4471B-EU"."""
    parts = _PART.findall(folded)
    runs = [parts]
    if len(parts) <= _JOINED_PARTS_MAX:
        runs = [parts[start:end] for start in range(len(parts)) for end in range(start + 2, len(parts) + 1)]
    short = ("".join(run) for run in runs if len(run) > 1)
    return [run for run in short if len(run) <= TERM_MAX_CHARS and not run.isdigit() and not run.isalpha()]


def _unspaced(token: str, language: str, stop: frozenset[str]) -> Iterator[str]:
    """Every two neighbouring signs of Chinese or Japanese, and the terms of what stands between them."""
    end = 0
    for run in _UNSPACED.finditer(token):
        yield from _others(token[end : run.start()], language, stop)
        signs, end = run[0], run.end()
        yield from (signs[at : at + 2] for at in range(max(1, len(signs) - 1)))
    yield from _others(token[end:], language, stop)


def _others(text: str, language: str, stop: frozenset[str]) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        yield from _terms_of(match[0], language, stop)


def _parts(folded: str, language: str, stop: frozenset[str]) -> list[str]:
    """The words a token is joined of. Single letters stay only beside digits, where they mean something."""
    words = [w for w in _PART.findall(folded) if w not in stop]
    if "'" in folded:
        words = [w for w in words if len(w) > 2]
    return [_stem_word(w, language) for w in words]


def _stem_word(word: str, language: str) -> str:
    return (word if any(c.isdigit() for c in word) else stem(word, language))[:TERM_MAX_CHARS]


def _camel_parts(token: str, language: str, stop: frozenset[str]) -> list[str]:
    parts = [part.casefold() for part in _CAMEL.split(token)]
    if len(parts) < 2 or min(map(len, parts)) < 3:
        return []
    return [stem(part, language) for part in parts if part not in stop]


def _unique(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w for w in words if w))
