"""An answer that turns its source round is doubted; one that says the same in other words is not."""

import pytest

from conversations.replies import grounding
from conversations.replies.contradiction import is_turned_round
from tests.conversations.replies.test_checked_answers import Passage

SOURCE = """
## Can I pay by cheque?

You can return anything within 30 days of delivery. Lamps that were opened cannot be returned, cables can.
Gift cards never expire. We do not ship batteries by air; by road we do.
The warranty of the grinder covers the motor.

The burrs of a grinder are not covered by the warranty.
"""


@pytest.mark.parametrize(
    "said",
    [
        "You can not return anything within 30 days of delivery.",
        "You can't return anything within 30 days of delivery.",
        "Lamps that were opened can be returned.",
        "We do ship batteries by air.",
        "We ship batteries by air.",
        "Our warranty does not cover the motor of the grinder.",
        "Your grinder burrs are covered by our warranty.",
    ],
)
def test_the_opposite_of_a_source_is_noticed(said: str):
    assert is_turned_round(said, [SOURCE])


@pytest.mark.parametrize(
    "said",
    [
        "You can return anything within 30 days of delivery.",
        "Opened lamps can't be returned.",
        "Lamps that were opened can never be returned.",
        "Cables can be returned.",
        "After 30 days of delivery you can not return anything.",
        "Your gift card does not expire.",
        "Batteries are not shipped by air.",
        "The burrs of the grinder are excluded from the warranty.",
        "We do not take cheques.",
        "Not at all.",
        "",
    ],
)
def test_what_a_source_says_in_other_words_is_not_its_opposite(said: str):
    assert not is_turned_round(said, [SOURCE])


def test_what_one_of_two_sources_says_is_no_opposite():
    assert not is_turned_round(
        "Cables can be returned for free.", ["Cables cannot be returned for free.", "Cables can be returned for free."]
    )
    assert is_turned_round("Cables can be returned for free.", ["Cables cannot be returned for free.", SOURCE])


def test_an_opposite_is_doubted_in_english_alone():
    german = Passage("Geöffnete Lampen können nicht zurückgegeben werden.", locale="de")
    source = Passage(SOURCE)

    assert len(grounding.doubts("Lamps that were opened can be returned [1].", [source], locale="en-GB")) == 1
    assert grounding.doubts("Lamps that were opened cannot be returned [1].", [source], locale="en-GB") == []
    assert grounding.doubts("Geöffnete Lampen können zurückgegeben werden [1].", [german], locale="de") == []
