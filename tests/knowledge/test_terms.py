import pytest

from knowledge.terms import terms


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
