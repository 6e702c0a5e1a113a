"""A question that the verifier doubts against each kept one alone, and what several of them together say."""

from dataclasses import replace

import pytest

from caching import answers
from caching.answers import Evidence, Source
from caching.matching.candidates import same_answer
from caching.matching.consensus import vouched_for
from tests.caching.conftest import ANSWER, RETURNS, direction

ASKED = "What is the deadline for returning a purchase?"
FIRST = "How long do I have to send an order back?"
SECOND = "How long is the return period for an order?"
REWORDED = "You can return any item within 30 days of its delivery. [1]"
DENIED = "You can not return an item within 30 days of delivery. [1]"
OTHER = "You can return an item within 14 days of delivery. [1]"


@pytest.mark.parametrize(
    ("probabilities", "answered", "place"),
    [
        ([0.8, 0.75], "aa", 0),
        ([0.72, 0.85], "aa", 1),
        ([0.8, 0.75, 0.6], "aaa", 0),
        ([0.8, 0.75, 0.4], "aab", 0),
        ([0.8, 0.75, 0.6], "aab", None),
        ([0.8, 0.75], "ab", None),
        ([0.8, 0.65], "aa", None),
        ([0.9], "a", None),
        ([], "", None),
    ],
)
def test_two_that_nearly_fit_vouch_for_one_answer_unless_another_is_near(probabilities, answered, place):
    assert vouched_for(probabilities, lambda i, j: answered[i] == answered[j]) == place


@pytest.mark.django_db
def test_one_kept_question_alone_does_not_answer_what_is_doubted(scope, remember):
    remember(FIRST)

    lookup = answers.find_similar(scope, ASKED, direction(1.0), Evidence((RETURNS,)))

    assert (lookup.hit, lookup.reason) == (None, "unsure")


@pytest.mark.django_db
def test_two_kept_questions_with_one_answer_do(scope, remember):
    remember(FIRST)
    remember(SECOND, answer=REWORDED)

    lookup = answers.find_similar(scope, ASKED, direction(1.0), Evidence((RETURNS,)))

    assert lookup.hit is not None
    assert lookup.hit.answer in {ANSWER, REWORDED}


@pytest.mark.django_db
@pytest.mark.parametrize("other", [OTHER, DENIED])
def test_two_kept_questions_with_different_answers_do_not(scope, remember, other):
    remember(FIRST)
    remember(SECOND, answer=other, sources=[replace(RETURNS, text=OTHER)])

    lookup = answers.find_similar(scope, ASKED, direction(1.0), Evidence((RETURNS,)))

    assert lookup.hit is None


@pytest.mark.django_db
def test_agreement_does_not_stand_against_the_evidence(scope, remember):
    remember(FIRST)
    remember(SECOND, answer=REWORDED)
    shipping = Source("article:shipping", 1, "hash-shipping", "Parcels take 2 days.")

    lookup = answers.find_similar(scope, ASKED, direction(1.0), Evidence((shipping,)))

    assert lookup.hit is None


@pytest.mark.django_db
def test_answers_from_two_articles_are_not_one_even_in_the_same_words(remember):
    warranty = Source("article:warranty", 1, "hash-warranty", RETURNS.text)

    assert not same_answer(remember(FIRST), remember(SECOND, sources=[warranty]))
