"""Check that every value in a text appears in the sources that it cites. Pure.

A value that no source contains may belong to one customer, come from an attacker or be invented, so the text is not
shared. Only the notation may differ: "2,500" is 2500, "thirty" 30, "49 EUR" €49, "2 pm" 14:00.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from caching.matching.value_extraction import Kind, Value, values
from language import stemming
from language.negation import NEGATORS
from language.numbers import MONTHS, WEEKDAYS
from language.stop_words import FUNCTION_WORDS
from language.wordnet import opposites, synonym_groups
from language.wordnet import stem as english_stem
from language.words import LIGHT_WORDS, words_of

# Words that begin a sentence without being a name, beyond the closed classes of English.
_OPENERS = words_of(
    "yes no sure bien claro gern gerne natürlich unfortunately however please thanks hello hi hey sorry "
    "once already another until unless "
    "although otherwise therefore additionally instead currently usually generally simply alternatively whether "
    "everything everyone whichever whoever wherever whenever depending since despite regarding remember note tip "
    "ja nein bitte leider danke hallo sie ihr ihre ihren ihrem ihrer ihnen ich die der das den dem des ein eine "
    "einen einem einer wir uns unser unsere unseren unserem es er ist sind war hat haben kann können darf dürfen "
    "muss müssen wird werden wenn falls sobald solange nachdem bevor weil da denn nach vor bei mit ohne für auf "
    "aus in im an am zu zum zur von vom über unter bis ab als auch nur noch nicht kein keine so dann danach dazu "
    "dafür davon dort hier wie was wann wo wer welche welcher welches warum wohin woher alle alles jede jeder "
    "jedes innerhalb außerdem mein meine oui non merci désolé bonjour vous votre vos nous notre nos mon ma mes le "
    "la les un une du de en à au aux pour par avec sans dans sur sous si quand dès après avant il elle ils elles "
    "ce cet cette ces est sont pas ne on tout tous toute toutes comment où quel quelle quels quelles combien "
    "pourquoi qui que je peut pouvez puis quoi sí gracias usted ustedes su sus nosotros nuestro nuestra el los "
    "las una unos unas del al con sin sobre desde hasta cuando después antes son puede pueden hay lo siento hola "
    "todo todos toda todas cómo como dónde donde cuándo cuánto cuánta cuántos cuántas qué quién cuál cuáles por "
    "para mi mis yo se y o"
)
_NO_NAMES = FUNCTION_WORDS | words_of("ok id faq pdf url tv asap") | words_of("sie ihr ihre ihren ihrem ihrer ihnen")
_ORDINARY = FUNCTION_WORDS | LIGHT_WORDS | NEGATORS | _OPENERS
_DATES = (MONTHS - {"may", "march"}) | WEEKDAYS
# German capitalises every noun. Nouns with these endings, and common shop words, are not names.
_GERMAN = words_of("und der die das nicht ist für mit oder wird")
_GERMAN_ENDINGS = ("ung", "ungen", "heit", "keit", "heiten", "keiten", "schaft", "tion", "tionen", "ität")
_GERMAN_NOUNS = words_of(
    "tag tage tagen woche wochen monat monate monaten jahr jahre jahren stunde stunden minute minuten uhr euro "
    "kunde kunden konto artikel ware waren paket pakete paketen preis preise kosten geld versand anfrage fall frage "
    "fragen hilfe mail e-mail adresse name nummer shop geschäft laden produkt produkte produkten frist garantie"
)
_GERMAN_SHARE = 0.25
_SHOUTED_SHARE, _SHOUTED_WORDS = 0.6, 3
_ABSTRACT_CHARS = 8  # shorter words may be names: Hartung
_SAME_BEGINNING = 5  # characters that German compounds share: "Lieferzeit" where the source has "Lieferung"


@dataclass(slots=True)
class Known:
    """The values and words in the sources."""

    numbers: dict[str, set[str]]  # each with the currencies it appears with
    codes: set[str]
    addresses: set[str]
    names: set[str]  # capitalised words
    words: set[str]
    stem: Callable[[str], str]
    is_german: bool
    stems: set[str]

    @classmethod
    def of(cls, sources: str) -> Known:
        parsed = values(sources)
        plain = [value for value in parsed if value.kind in ("name", "word")]
        words = {value.key for value in plain}
        is_german = len(words & _GERMAN) > 1 and _large_share(plain) > _GERMAN_SHARE
        stem = partial(stemming.stem, algorithm="german") if is_german else english_stem
        result = cls(defaultdict(set), set(), set(), set(), words, stem, is_german, {stem(word) for word in words})
        for value in parsed:
            result.add(value)
        return result

    def add(self, value: Value) -> None:
        if value.kind == "number":
            for key in value.keys:
                self.numbers[key].add(value.currency)
        elif value.kind == "code":
            self.codes |= value.keys
            for part in value.parts:
                self.add(part)
        elif value.kind == "address":
            self.addresses |= value.keys
        elif value.kind == "name":
            self.names |= value.keys

    def holds(self, value: Value) -> bool:
        if value.kind == "number":
            return self._holds_number(value)
        if value.kind == "code":
            apart = bool(value.parts) and all(self._holds_part(part) for part in value.parts)
            return apart or not self.codes.isdisjoint(value.keys)
        if value.kind == "address":
            return not self.addresses.isdisjoint(value.keys)
        return value.kind == "word" or self._holds_name(value)

    def _holds_part(self, value: Value) -> bool:
        """Check a part of a code; no word counts as ordinary here."""
        return not self.names.isdisjoint(value.keys) if value.kind == "name" else self.holds(value)

    def _holds_number(self, value: Value) -> bool:
        """Check a number. An amount may appear without its currency, as in a table cell, but not with another."""
        beside = {currency for key in value.keys for currency in self.numbers.get(key, ())}
        if not value.currency or value.currency in beside:
            return bool(beside)
        elsewhere = any(value.currency in currencies for currencies in self.numbers.values())
        return "" in beside and (elsewhere or value.currency in self.words)

    def _holds_name(self, value: Value) -> bool:
        name = value.key
        if name in self.names or name in _NO_NAMES or max(map(len, name.split("."))) == 1:
            return True
        if self.is_german and self._is_german_noun(name):
            return True
        return value.begins and self.is_ordinary(name, called=value.called)

    def _is_german_noun(self, word: str) -> bool:
        is_abstract = len(word) >= _ABSTRACT_CHARS and word.endswith(_GERMAN_ENDINGS)
        if is_abstract or word in _GERMAN_NOUNS or self.stem(word) in self.stems:
            return True
        start = word[:_SAME_BEGINNING]
        return len(start) == _SAME_BEGINNING and any(word_in_source.startswith(start) for word_in_source in self.words)

    def is_ordinary(self, word: str, *, called: bool) -> bool:
        """Return whether a word at the beginning of a sentence is no name. An addressed name is followed by a comma."""
        if word.endswith("n't"):
            return True
        parts = [part for part in word.split("'") if len(part) > 2] or [word]
        return all(
            part in self.words
            or part in _ORDINARY
            or (not called and part not in _DATES and (self.stem(part) in self.stems or _is_english(part)))
            for part in parts
        )


def ungrounded(text: str, known: Known) -> Kind | None:
    """Return the kind of the first value in the text that is missing in the sources, or None."""
    parsed = values(text)
    shouted = _is_shouted(parsed)
    for value in parsed:
        ordinary = shouted and value.kind == "name" and known.is_ordinary(value.key, called=False)
        if not (ordinary or known.holds(value)):
            return value.kind
    return None


def _is_shouted(parsed: Sequence[Value]) -> bool:
    """Return whether the text is in capitals or in Title Case: then capitals do not mark names."""
    plain = [value for value in parsed if value.kind in ("name", "word") and len(value.key) > 2]
    return len(plain) >= _SHOUTED_WORDS and sum(value.kind == "name" for value in plain) > _SHOUTED_SHARE * len(plain)


def _large_share(plain: Sequence[Value]) -> float:
    inside = [value for value in plain if not value.begins]
    return sum(value.kind == "name" for value in inside) / max(1, len(inside))


def _is_english(word: str) -> bool:
    stem = english_stem(word)
    return stem in synonym_groups() or stem in opposites()
