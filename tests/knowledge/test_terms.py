import pytest

from knowledge.terms import measures, terms
from knowledge.thesaurus import alternatives


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("How do I return the shoes?", "en", ["return", "shoe"]),
        ("Wie kann ich meine Schuhe zurückschicken?", "de-AT", ["schuh", "zuruckschick"]),
        ("Comment renvoyer l'article ?", "fr", ["renvoi", "articl"]),
        ("¿Cómo devuelvo los zapatos?", "es", ["devuelv", "zapat"]),
        ("Error E-104", "en", ["error", "e-104", "e", "104"]),
        ("SM-G973F", "en", ["sm-g973f", "sm", "g973f"]),
        ("PowerShare", "en", ["powershar", "power", "share"]),
        ("don't", "en", []),
    ],
)
def test_text_becomes_stems_and_identifiers(text: str, locale: str, expected: list[str]) -> None:
    assert terms(text, locale) == expected


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert terms("Hvordan returnerer jeg skoene", "da") == ["hvordan", "returnerer", "jeg", "skoene"]


@pytest.mark.parametrize(
    ("question", "locale", "measured"),
    [
        ("How long does delivery take?", "en", {"long"}),
        ("Do you have a long cable?", "en", set()),
        ("Wie lange dauert die Lieferung?", "de", {"lang"}),
        ("How do I pay?", "en", set()),
    ],
)
def test_the_word_of_a_measure_is_no_topic(question: str, locale: str, measured: set[str]) -> None:
    assert measures(question, locale) == measured


@pytest.mark.parametrize(
    "question",
    ["Can I send it back?", "What about sending my order back?", "I sent the lamp back", "send back a lamp"],
)
def test_a_verb_and_its_particle_are_understood_apart(question: str) -> None:
    assert "return" in alternatives(question, "en")["send back"]
    assert "send" not in alternatives(question, "en")  # nothing is to be delivered


def test_a_particle_far_from_the_verb_belongs_to_something_else() -> None:
    assert "send back" not in alternatives("Send me a mail when the shop that I like is back", "en")
