"""One wrong answer is its entry's matter; many are the workspace's."""

import pytest

from caching import answers, error_bound, shadow
from caching.answers import Evidence
from caching.models import CachedAnswer, Verdict
from tests.caching.conftest import QUESTION, RETURNS, direction

pytestmark = pytest.mark.django_db


@pytest.fixture
def found_wrong(remember):
    """So many other entries, each found wrong so many times."""

    def judge(entries: int, verdicts: int = 1) -> None:
        for number in range(entries):
            entry = remember(f"Do you repair shoes of kind {number}?")
            for _ in range(verdicts):
                answers.verdict(entry.pk, Verdict.Opinion.WRONG)

    return judge


def serves(scope) -> bool:
    """In other words: the stricter tier."""
    return answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,))).hit is not None


def test_one_wrong_answer_takes_nothing_from_the_others(scope, remember, found_wrong):
    remember()
    found_wrong(1, verdicts=5)

    assert serves(scope)


def test_many_wrong_answers_stop_a_workspace_that_nothing_speaks_for(scope, remember, found_wrong):
    remember()
    found_wrong(8)

    assert not serves(scope)
    assert answers.find_exact(scope, QUESTION) is None


def test_hits_that_nobody_complained_of_speak_for_a_workspace(scope, remember, found_wrong):
    remember()
    found_wrong(8)

    trusted = remember("Do you ship abroad?")
    CachedAnswer.objects.filter(pk=trusted.pk).update(hits=30_000)
    error_bound.forget()

    assert serves(scope)


def test_an_entry_found_wrong_once_is_checked_at_every_hit(remember, engine):
    entry = remember()
    CachedAnswer.objects.filter(pk=entry.pk).update(hits=1000, judged=1, wrong=1)
    entry.refresh_from_db()

    assert all(shadow.is_due(entry) for _ in range(50))


def test_the_bound_grows_with_what_was_wrong_and_falls_with_what_was_right():
    nothing = error_bound.Observations(0, 0)
    fresh = error_bound.bound("semantic_cache", nothing, nothing, nothing)

    assert error_bound.bound("semantic_cache", error_bound.Observations(0, 3), nothing, nothing) > fresh
    assert (
        error_bound.bound("semantic_cache", error_bound.Observations(0, 0), nothing, error_bound.Observations(0, 1))
        > fresh
    )
    assert error_bound.bound("semantic_cache", nothing, nothing, error_bound.Observations(500, 0)) < fresh
