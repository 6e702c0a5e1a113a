"""Detect the language of a text, or return None if it is uncertain.

The classifier is py3langid (BSD, trained on 140 languages): deterministic, offline, a tenth of a millisecond per text.
Short texts look alike in many languages, so a doubtful one gets no language, and callers must be careful rather than
guess.
"""

import re
from functools import cache, lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# What people write to a shop. Leaving out rare languages (Lombard, Nigerian Pidgin, ...) makes the common ones easier
# to distinguish; keeping their neighbours prevents Czech from being detected as Polish.
CANDIDATES = """
en de fr es it nl pt pl da sv no fi cs sk sl hr sr hu ro bg el ru uk tr ca gl eu et lv lt is ga cy sq mk mt be az id ms
vi th ja zh ko ar he fa hi bn ur ta
"""
MIN_CONFIDENCE = 0.6
# If the classifier is unsure, function words unique to one language decide: at least two, a third of all words.
SMALL_WORDS = {
    "en": "the what how does do you your can could is are my when where which i of and for it with have get not this",
    "de": "ich nicht wie wann kann eine einen mein meine ist wird wo der das und mit fur für ihr habt muss gibt",
    "fr": "je est ce que vous les des mon ma une pour avec où quand comment puis pas votre quel quelle combien",
    "es": "el los las mi una para con cómo cuándo dónde qué puedo está hay su cuánto como cuando donde del",
    "it": "il gli mio mia una per con come quando dove posso è sono che quanto non della di",
    "nl": "ik het een mijn jullie kan niet hoe wanneer waar de van voor met zijn wordt",
    "pl": "jak czy mój moja gdzie kiedy się nie jest mogę dla ile",
    "pt": "o os meu minha uma para com não quando onde posso está como você quanto é",
}
SMALL_WORDS_MIN, SMALL_WORDS_MIN_SHARE = 2, 1 / 3
WORD = re.compile(r"[^\W\d_]+")
# The beginning is enough to detect the language, and the time grows with the length.
MAX_CHARS = 400


@lru_cache(maxsize=1024)
def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language ("en", "de", ...), or None if it is uncertain."""
    beginning = text[:MAX_CHARS].lower()
    if (by_script := _by_script(beginning)) is not None:
        return by_script
    if not any(char.isalpha() for char in beginning):
        return None
    language, confidence = _identifier().classify(beginning)
    return str(language) if confidence >= MIN_CONFIDENCE else _by_small_words(beginning)


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(CANDIDATES.split())
    return identifier


def _by_script(text: str) -> str | None:
    """Detect Japanese, Korean and Chinese by a few characters. Kana is checked before Han, as Japanese uses both."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return "ja"
    if any("\uac00" <= char <= "\ud7a3" for char in text):
        return "ko"
    return "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else None


def _by_small_words(text: str) -> str | None:
    tokens = WORD.findall(text)
    counts = {language: sum(word in words for word in tokens) for language, words in _small_words().items()}
    first, second = sorted(counts, key=lambda language: -counts[language])[:2]
    enough = counts[first] >= max(SMALL_WORDS_MIN, SMALL_WORDS_MIN_SHARE * len(tokens))
    return first if enough and 3 * counts[second] <= counts[first] else None


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}
