"""Values are found as they are said, and two spellings of one value are one fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.context.entity_patterns import key_of, keys_in, numbers_in
from conversations.context.fact_extraction import extract
from conversations.context.fact_ledger import Ledger


def values(text: str) -> list[tuple[str, str]]:
    return [(fact.kind, fact.value) for fact in extract(text, "1", "customer")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My order #48213 is late", ("reference", "48213")),
        ("Where is #A77-2?", ("reference", "#A77-2")),
        ("the order number is A-1042-77", ("reference", "A-1042-77")),
        ("It shows error E-42", ("reference", "E-42")),
        ("paid with the card ending in 4242", ("reference", "4242")),
        ("the model is WH-1000XM4", ("reference", "WH-1000XM4")),
        ("I paid 49,99 € for it", ("money", "49,99 €")),
        ("it costs $1,299.00 now", ("money", "$1,299.00")),
        ("You get 12 % off", ("percent", "12 %")),
        ("It ships on 23 November 2026", ("date", "23 November 2026")),
        ("by Nov 30th at the latest", ("date", "Nov 30th")),
        ("it was due on 2026-11-23", ("date", "2026-11-23")),
        ("call me next Friday", ("date", "next Friday")),
        ("call me at 2 pm please", ("time", "2 pm")),
        ("write to ana@example.com.", ("email", "ana@example.com")),
        ("my number is +49 170 1234567", ("phone", "+49 170 1234567")),
        ("within 3-5 business days", ("quantity", "3-5 business days")),
        ("after two weeks nothing came", ("quantity", "two weeks")),
        ("send it to 14 Oak Street", ("address", "14 Oak Street")),
        ("it runs version 2.1.7", ("reference", "2.1.7")),
        ("My name is Rosa Weber", ("name", "Rosa Weber")),
    ],
)
def test_a_value_is_found_with_its_kind(text, expected):
    assert expected in values(text)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("money", "$49.90", "49.90 dollars"),
        ("money", "1.299,00 €", "EUR 1299"),
        ("date", "23 November", "Nov 23rd"),
        ("time", "2 pm", "14:00"),
        ("quantity", "two weeks", "2 weeks"),
        ("phone", "+49 170 1234567", "+49 (170) 123-4567"),
        ("reference", "#48213", "48213"),
        ("percent", "12 %", "12 percent"),
    ],
)
def test_two_spellings_of_one_value_are_one_fact(kind, one, other):
    assert key_of(kind, one) == key_of(kind, other)


@pytest.mark.parametrize("text", ["@115850 hello there", "it works 1/2", "Thanks, We will see", "I'm fine. OK?"])
def test_handles_parts_and_first_words_are_no_facts(text):
    assert values(text) == []


def test_products_are_found_by_the_catalogue_whatever_their_capitals():
    found = extract("my brewmaster pro leaks", "1", "customer", ["Brewmaster Pro"])

    assert [(fact.kind, fact.value) for fact in found] == [("product", "brewmaster pro")]


def test_a_correction_in_one_message_keeps_the_new_value_and_names_the_old():
    (fact,) = extract("Sorry, 48231, not 48213.", "5", "customer")

    assert (fact.value, fact.supersedes) == ("48231", "id:48213")


@pytest.mark.parametrize(
    ("said", "new", "old"),
    [
        (["My order number is 48213.", "Sorry, typo: 48231"], "48231", "48213"),
        (
            ["My e-mail is ana@example.com", "That e-mail is wrong, it is ana.s@example.com"],
            "ana.s@example.com",
            "ana@",
        ),
        (["It should come on Friday", "Sorry, I meant Thursday"], "Thursday", "Friday"),
        (["Please ship to 12 Elm Street", "Sorry, ship to 14 Oak Street instead"], "14 Oak Street", "12 Elm Street"),
    ],
)
def test_a_later_message_corrects_an_earlier_one(said, new, old):
    ledger = Ledger()
    for number, text in enumerate(said, start=1):
        ledger = ledger.folded(text, str(number), "customer")

    current = [fact.value for fact in ledger.current()]

    assert new in current
    assert not any(value.startswith(old) for value in current)
    assert any("corrected; was" in line for line in ledger.lines())
    assert "was later corrected to " + new in ledger.marked(said[0])


def test_a_second_order_takes_nothing_back():
    ledger = Ledger().folded("My order number is 48213.", "1", "customer")

    ledger = ledger.folded("Actually I also have another order, 48231.", "2", "customer")

    assert [fact.value for fact in ledger.current()] == ["48213", "48231"]


def test_a_ledger_comes_back_from_json_as_it_was():
    ledger = Ledger().folded("Order 48213 for $20", "1", "customer").folded("Sorry, 48231 not 48213", "2", "customer")

    assert Ledger.from_json(ledger.as_json()) == ledger


def test_a_ledger_of_a_long_conversation_stays_bounded_and_keeps_what_is_dearest():
    ledger = Ledger().folded("My order number is 48213.", "0", "customer")
    for number in range(400):
        ledger = ledger.folded(f"I waited {number + 100} minutes.", str(number + 1), "customer")

    assert len(ledger.facts) <= 160
    assert ledger.facts[0].value == "48213"


@given(st.text(max_size=300))
def test_every_value_found_stands_in_the_text(text):
    for fact in extract(text, "1", "customer"):
        assert fact.value in text


@given(st.text(alphabet="ab 0123456789.,€$%:-#@/", max_size=120))
def test_every_digit_of_a_key_was_in_the_text(text):
    told = "".join(key for key in keys_in(text) if not key.startswith(("money", "percent", "time")))
    assert {digit for digit in told if digit.isdigit()} <= {digit for digit in text if digit.isdigit()}


@given(st.integers(min_value=0, max_value=10**12))
def test_a_number_is_the_same_with_leading_zeros(number):
    assert numbers_in(f"it is {number:016}") == numbers_in(str(number))
