import pytest

from knowledge.search.query_expansion import alternatives
from language.tokenizing import measures, terms


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("How do I return the shoes?", "en", ["return", "shoe"]),
        ("Wie kann ich meine Schuhe zurückschicken?", "de-AT", ["schuh", "zuruckschick"]),
        ("Comment renvoyer l'article ?", "fr", ["renvoi", "articl"]),
        ("¿Cómo devuelvo los zapatos?", "es", ["devuelv", "zapat"]),
        ("Error E-104", "en", ["error", "e-104", "e104", "e", "104"]),
        ("SM-G973F", "en", ["sm-g973f", "smg973f", "sm", "g973f"]),
        ("PowerShare", "en", ["powershar", "power", "share"]),
        ("don't", "en", []),
        ("for 2,500 euros", "en", ["2500", "2", "500", "euro"]),
        ("IP 10.0.0.1", "en", ["ip", "10.0.0.1", "10", "0", "1"]),
        ("退货政策", "zh", ["退货", "货政", "政策"]),
        ("iPhoneの保証", "ja", ["iphone", "の保", "保証"]),
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


@pytest.mark.parametrize(
    ("typed", "written", "locale"),
    [
        ("tx4471b", "The TX-4471B-EU has a screw at the back.", "en"),
        ("TX 4471B EU", "The TX-4471B-EU has a screw at the back.", "en"),
        ("2500", "Orders over 2,500 euros ship for free.", "en"),
        ("2500", "Ab 2.500 Euro liefern wir gratis.", "de"),
        ("2 500", "Ab 2.500 Euro liefern wir gratis.", "de"),
        ("返品", "商品の返品は30日以内です。", "ja"),
        ("退货", "如何退货", "zh"),
    ],
)
def test_a_number_or_a_word_without_spaces_is_found_however_it_is_typed(typed: str, written: str, locale: str) -> None:
    assert set(terms(typed, locale)) & set(terms(written, locale))
