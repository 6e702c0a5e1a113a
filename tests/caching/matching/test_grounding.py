"""An answer is shared only where every value in it stands in a passage that it cites (finding A1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.matching.grounding import Known, ungrounded
from caching.matching.value_extraction import values
from caching.models import CachedAnswer
from tests.caching.conftest import RETURNS

SHIPPING = """What shipping costs
Shipping > Abroad
Parcels within Denmark cost €4.90 and take 1–2 working days. Above €60 they are free.

| Country | Price | Days |
|---|---|---|
| Austria | €7.90 | 3–4 |

Order before 14:00 and Nordpak brings it the next day. Up to 2,500 g. Write to help@shop.test or see
https://shop.test/shipping. Ask for the Mill Pro or TX-4471B-EU. We are closed on Monday and on 24 December.
"""
VERSAND = """Was der Versand kostet
Pakete nach Österreich kosten 7,90 Euro und sind in 3 bis 4 Tagen da. Die Lieferung nach Wien übernimmt Nordpak,
und wir senden eine Nachricht mit dem Link, wenn das Paket nicht ankommt. Bestellungen über 2.500 Euro sind frei."""

RETOURS = "Vous pouvez renvoyer un article sous 30 jours. Imprimez l'étiquette depuis votre compte."
DEVOLUCIONES = (
    "Puede devolver un artículo en 30 días. Imprima la etiqueta desde su cuenta. Tiene un mes para el reembolso."
)


def missing(text: str, sources: str) -> str | None:
    return ungrounded(text, Known.of(sources))


@pytest.mark.parametrize(
    "answer",
    [
        "Parcels to Austria take 3 to 4 days [1].",
        "Shipping to Austria costs 7.90 EUR [1].",
        "Shipping to Austria costs € 7,90. [1][2]",
        "It is free above 60 euros [1].",
        "Within Denmark it takes one to two days [1].",
        "You can send up to 2500 g, that is 2.500 g or two thousand five hundred.".partition(" or ")[0],
        "Order before 2 pm [1].",
        "Vor 14 Uhr [1].",
        "1. Order before 14:00.\n2. Nordpak brings it.\n3. Done. [1]",
        "Write to [help@shop.test](mailto:help@shop.test) [1].".replace("mailto:", ""),
        "See https://shop.test/shipping/ for more [1].",
        "The TX-4471B-EU and the tx4471beu are one.",
        "The Mill Pro is sent too. Unfortunately, we are closed on Monday. You can't order then. [1]",
        "**Austria**: 3–4 days\n- Denmark: 1–2 days [1]",
        "We are closed on 24 December.",
        "WRITE TO HELP@SHOP.TEST",
        "",
    ],
)
def test_what_differs_in_form_alone_stands_in_the_source(answer: str):
    assert missing(answer, SHIPPING) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Of course, Trillian, it takes 3 days [1].", "name"),
        ("Trillian, it takes 3 days [1].", "name"),
        ("Trillian: it takes 3 days [1].", "name"),
        ("Dear Mark, it takes 3 days [1].", "name"),
        ("Mark, it takes 3 days [1].", "name"),
        ("TRILLIAN ASTRA, IT TAKES 3 DAYS", "name"),
        ("Parcels are carried by Vogon Freight [1].", "name"),
        ("We are closed on Tuesday [1].", "name"),
        ("Tuesday is free [1].", "name"),
        ("We are closed on 25 December [1].", "number"),
        ("Your order 48231 takes 3 days [1].", "number"),
        ("It takes five days [1].", "number"),
        ("It takes twenty-five days [1].", "number"),
        ("The pin is 4711 [1].", "number"),
        ("Shipping to Austria costs $7.90 [1].", "number"),
        ("Shipping to Austria costs 7.95 EUR [1].", "number"),
        ("Order before 3 pm [1].", "number"),
        ("Call 0664 123 4567 [1].", "number"),
        ("48231. Order before 14:00.", "number"),
        ("Your password is hunter2 [1].", "code"),
        ("Your account is AT61 1904 3002 3457 3201 [1].", "code"),
        ("Take the TX-4471B-US [1].", "code"),
        ("Write to trillian@heart.test [1].", "address"),
        ("See https://shop.test/other [1].", "address"),
        ("See evil.example/pay [1].", "address"),
        ("Send it to Rosenweg 3 [1].", "name"),
        ("He said @zaphod knows [1].", "address"),
    ],
)
def test_a_value_that_stands_in_no_source_is_found(answer: str, kind: str):
    assert missing(answer, SHIPPING) == kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Die Lieferzeit nach Österreich beträgt drei bis vier Tage [1].", None),
        ("Sie erhalten eine Nachricht, wenn Ihr Paket nicht ankommt [1].", None),
        ("Der Versand kostet 7.90 € [1].", None),
        ("Gern, Trillian, das kostet 7,90 Euro [1].", "name"),
        ("Das Paket geht an Herrn Müller in Graz [1].", "name"),
        ("Das dauert fünf Tage [1].", "number"),
    ],
)
def test_german_nouns_are_no_names(answer: str, kind: str | None):
    assert missing(answer, VERSAND) == kind


@pytest.mark.parametrize(
    ("answer", "source", "kind"),
    [
        ("Imprimez l'étiquette. Vous avez trente jours [1].", RETOURS, None),
        ("Bien sûr, Trillian, vous avez 30 jours [1].", RETOURS, "name"),
        ("Vous avez soixante jours [1].", RETOURS, "number"),
        ("Usted tiene treinta días. Imprima la etiqueta [1].", DEVOLUCIONES, None),
        ("Claro, Trillian, tiene 30 días [1].", DEVOLUCIONES, "name"),
        ("Tiene quince días [1].", DEVOLUCIONES, "number"),
    ],
)
def test_french_and_spanish_are_read_too(answer: str, source: str, kind: str | None):
    assert missing(answer, source) == kind


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("2,500", {"2500"}),
        ("2.500,50", {"2500.5"}),
        ("1'000", {"1000"}),
        ("2 500 g", {"2500"}),
        ("4,90", {"4.9"}),
        ("007", {"007", "7"}),
        ("twenty five", {"25"}),
        ("soixante-cinq", {"65"}),
        ("30th", {"30"}),
        ("14h30", {"14:30"}),
    ],
)
def test_a_number_is_read_in_any_spelling(text: str, keys: set[str]):
    assert keys <= values(text)[0].keys


@given(st.text(max_size=200))
def test_every_text_stands_in_itself(text: str):
    assert missing(text, text) is None


@given(st.integers(10, 10**9).filter(lambda number: number not in (10, 24, 60, 2500, 4471, 790)))
def test_no_number_is_grounded_by_chance(number: int):
    assert missing(f"Your order is {number}.", SHIPPING) == "number"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        "Of course, Trillian, you can return it within 30 days of delivery. [1]",
        "You can return order 48231 within 30 days of delivery. [1]",
        "You can return it within 30 days. Write to trillian@heart.test. [1]",
    ],
)
def test_an_answer_with_a_value_of_its_own_is_not_kept(remember, answer: str):
    assert remember(answer=answer) is None
    assert not CachedAnswer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "question", ["What is your returns policy for Trillian Astra?", "What is your returns policy in the 48231 area?"]
)
def test_a_question_with_a_value_of_its_own_is_no_key(remember, question: str):
    assert remember(question, sources=[RETURNS]) is None
    assert not CachedAnswer.objects.exists()
