"""Tokenise text into BM25 terms: stems by language, identifiers as written. Pure."""

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
VERSION = 2  # of this tokenizer: an index made with another version is rebuilt
_JOINED_PARTS_MAX = 4
# Han, Hiragana and Katakana: written without spaces, so every two characters form a term.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+")
# Thousands as people write them: "2,500", "2.500" and "2 500"; the spaces are non-breaking.
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:[,.'’\u00a0\u202f]\d{3}){1,5}(?![\w])")
# "How long" asks for a measure; the adjective is no topic, and articles about long cables are not relevant.
_MEASURE = re.compile(
    r"\b(?:how (long|often|far|big|large|small|tall|heavy|old|fast|soon|late|early|quickly|high|wide|deep|loud)"
    r"|wie (lange?|oft|weit|groß|schwer|alt|schnell|hoch|breit|tief|laut|spät|früh))\b",
    re.IGNORECASE,
)


def language_of(locale: str) -> str:
    """Return the language of a locale: `de-AT` is German. Languages without a stemmer stay as they are, unstemmed."""
    return locale.replace("_", "-").split("-")[0].lower()


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    return stemming.stem(word, _STEMMERS[language]) if language in _STEMMERS else word


def looks_like_identifier(token: str) -> bool:
    """Return whether this is an error code, model number or version: E-1234, SM-G973F, 404, v2.1, ERR_TIMEOUT."""
    return any(c.isdigit() for c in token) or ("_" in token and token.isascii())


def measures(text: str, locale: str) -> frozenset[str]:
    """Return the terms that only say which kind of answer is wanted: "long" in "How long does it take?"."""
    return frozenset(term for match in _MEASURE.finditer(text) for term in terms(match[1] or match[2], locale))


def terms(text: str, locale: str) -> list[str]:
    """Return the terms of plain text in order, with repetitions, without stop words."""
    language = language_of(locale)
    stop = STOP_WORDS.get(language, frozenset())
    result: list[str] = []
    for match in _THOUSANDS.finditer(text):
        result.append("".join(_PART.findall(match[0])))
    for match in _TOKEN.finditer(composed(text)):
        result += _terms_of(match.group(), language, stop)
    return result


@lru_cache(maxsize=50_000)
def _terms_of(token: str, language: str, stop: frozenset[str]) -> tuple[str, ...]:
    """Return a token's stem; for a joined token ("e-mail", "PowerShare", "SM-G973") the whole and its parts."""
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
        merged = "".join(_PART.findall(folded))
        whole = [] if "'" in folded else [stem(merged, language)[:TERM_MAX_CHARS]]
        return _unique([*whole, *parts])
    return _unique([*parts, *_camel_parts(token, language, stop)])


def _runs(folded: str) -> list[str]:
    """Return adjacent parts of an identifier as people type them: "tx4471b" of "TX-4471B-EU"."""
    parts = _PART.findall(folded)
    runs = [parts]
    if len(parts) <= _JOINED_PARTS_MAX:
        runs = [parts[start:end] for start in range(len(parts)) for end in range(start + 2, len(parts) + 1)]
    short = ("".join(run) for run in runs if len(run) > 1)
    return [run for run in short if len(run) <= TERM_MAX_CHARS and not run.isdigit() and not run.isalpha()]


def _unspaced(token: str, language: str, stop: frozenset[str]) -> Iterator[str]:
    """Return every two adjacent Chinese or Japanese characters, and the terms of the text between them."""
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
    """Return the words that a token consists of. Single letters count only next to digits."""
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
