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
        ("What is the policy on those?", "follow_up"),
        ("Is that included?", "follow_up"),
        ("And if it has already left?", "follow_up"),
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


@pytest.mark.parametrize(
    "question",
    [
        "How many days do I have to return something?",
        "I can't log in because I don't remember my password any more",
        "My grinder shows an error, what now?",
        "How do I check my balance?",
        "How can I change the current time on the TV?",
        "How long does the money take if I paid with PayPal?",
        "I bought a mug as a present, can I have a gift receipt?",
        "Is there a discount for students?",
        "Could you wrap it as a present with a little card?",
        "I dropped the lamp and the shade is cracked, is that covered?",
        "How do I find mails that have no label?",
        "Is it necessary to keep the box?",
    ],
)
def test_what_holds_for_everyone_is_static_however_it_is_told(question):
    assert classify(question).kind == "static"


@pytest.mark.parametrize(
    "question",
    [
        "I ordered a mug and it still has not arrived, what can I do?",
        "Can you check my balance?",
        "I ordered a mug, can you look where it is?",
        "I returned a jacket, how can I see when my money arrives?",
        "I paid an hour ago, can you send it now?",
        "How many points do I have?",
        "Did you receive my return?",
        "Which plan am I on?",
        "Why was I charged twice?",
    ],
)
def test_a_customers_own_state_is_never_for_others(question):
    assert classify(question).kind == "personal"


@pytest.mark.parametrize(
    "question", ["Who is the mayor of Oslo?", "When did Norway last win a medal?", "Which tower is the tallest?"]
)
def test_what_holds_only_until_it_is_replaced_is_kept_for_minutes(question):
    assert (classify(question).kind, classify(question).may_be_kept) == ("dynamic", True)


def test_every_kind_comes_with_its_reason():
    assert classify("Is the blue mug in stock?").why == "asks what is in stock"
