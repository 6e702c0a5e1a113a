"""The language of a text: told from the text, or admitted to be uncertain."""

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from language.detection import CANDIDATES, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How many days does shipping to Austria take?", "en"),
        ("where r my stuff", "en"),
        ("Wann kommt meine Bestellung an?", "de"),
        ("Où est ma commande ?", "fr"),
        ("¿Dónde está mi pedido?", "es"),
        ("Quanto costa la spedizione?", "it"),
        ("Ik wil mijn bestelling retourneren", "nl"),
        ("Posso devolver um produto?", "pt"),
        ("Gdzie jest moja paczka?", "pl"),
        ("ありがとう", "ja"),
        ("配送要多久", "zh"),
        ("반품하고 싶어요", "ko"),
        ("Kuinka kauan toimitus kestää?", "fi"),
    ],
)
def test_a_text_shows_its_language(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "?", "ok", "48231", "hm", "🙂", "TX-4471B", "xq zrt"])
def test_what_could_be_any_language_is_given_none(text):
    assert language_of(text) is None


def test_capitals_do_not_change_the_language():
    assert language_of("WHERE IS MY ORDER?") == language_of("where is my order?") == "en"


def test_the_detector_knows_every_candidate_and_gives_probabilities():
    """What we rely on in py3langid."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    language, confidence = identifier.classify("where is my order?")

    assert set(CANDIDATES.split()) <= set(identifier.labels)
    assert language == "en"
    assert 0 < confidence <= 1
