"""What may be kept for others, and what must not."""

import pytest

from caching.cacheability import classify

TALK = [("user", "I want to leave my gym contract."), ("assistant", "Your contract runs until May.")]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How do I reset my password?", "static"),
        ("What is your returns policy?", "static"),
        ("Can I return an item if I lost its receipt?", "static"),
        ("When was the company founded?", "static"),
        ("How much is express shipping?", "dynamic"),
        ("Is the blue mug in stock?", "dynamic"),
        ("Are you open right now?", "dynamic"),
        ("Where is my order?", "personal"),
        ("My refund has not arrived", "personal"),
        ("Track order 48213", "personal"),
        ("Mail me at ana@example.com", "personal"),
        ("Cancel my subscription", "side_effect"),
        ("I want to speak to a human", "side_effect"),
        ("How do I cancel it?", "follow_up"),
        ("What about the second one?", "follow_up"),
        ("Thanks a lot!", "small_talk"),
        ("hello", "small_talk"),
    ],
)
def test_a_first_question_is_of_one_kind(question, kind):
    assert classify(question).kind == kind


@pytest.mark.parametrize(
    "question", ["How much notice do I need to give?", "so what do I owe?", "how long does it take?"]
)
def test_a_later_question_on_the_same_matter_is_a_follow_up(question):
    assert not classify(question, TALK).may_be_kept


def test_a_later_question_on_a_new_matter_stands_alone():
    assert classify("Do you offer swimming lessons for children?", TALK).kind == "static"


def test_every_kind_comes_with_its_reason():
    assert classify("Is the blue mug in stock?").why == "asks what is in stock"
