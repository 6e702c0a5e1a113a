"""What staff are told that the cache would do is what it does, and nothing comes of their asking."""

import pytest

from assistant.redis.client import redis_client
from caching import answers, counters
from caching.answers import Evidence
from caching.dry_run import peek
from caching.models import CachedAnswer, ShadowCheck, Verdict
from tests.caching.conftest import QUESTION, RETURNS, direction

pytestmark = pytest.mark.django_db
GERMAN = "Wie lange dauert der Versand nach Wien?"


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        (QUESTION, "what is your RETURNS policy"),
        (QUESTION, "What is the policy on returns?"),
        (QUESTION, "What is your warranty policy?"),
        (QUESTION, "Where is my order 4711?"),
        (GERMAN, "Wie lange dauert der Versand nach Bonn?"),
    ],
)
@pytest.mark.parametrize("visitors", [1, 2])
def test_a_dry_run_decides_as_the_reply_does(scope, remember, settings, kept, asked, visitors):
    """It told staff of answers that too few had asked for, and of ones in other languages than English."""
    remember(kept)
    settings.CACHE_MIN_VISITORS = visitors
    evidence = Evidence((RETURNS,))

    tried = peek(scope, asked, direction(1.0), evidence)
    hit = answers.find_exact(scope, asked)
    lookup = answers.find_similar(scope, asked, direction(1.0), evidence)

    served = hit or lookup.hit
    assert (tried.entry and tried.entry.pk, tried.tier) == (served and served.entry_id, served.tier if served else "")
    assert served or tried.reason == lookup.reason


def test_nothing_comes_of_a_dry_run(scope, remember, settings):
    settings.CACHE_SHADOW_FIRST_HITS = 100
    entry = remember()
    redis_client().delete(counters.PENDING)

    for asked in (QUESTION, "What is the policy on returns?", "Where is my order 4711?"):
        peek(scope, asked, direction(1.0), Evidence((RETURNS,)))

    assert CachedAnswer.objects.get(pk=entry.pk).hits == 0
    assert not redis_client().exists(counters.PENDING)
    assert not ShadowCheck.objects.exists()
    assert not Verdict.objects.exists()


def test_a_dry_run_in_other_words_names_the_question_it_would_answer_by(scope, remember):
    """The letter is not known here: that entry was found by its vector."""
    entry = remember()
    entry.wordings.update(key="of another question")

    tried = peek(scope, QUESTION, direction(1.0), Evidence((RETURNS,)))

    assert (tried.entry, tried.tier, tried.reason) == (entry, "semantic_cache", f"similar to: {QUESTION}")
    assert CachedAnswer.objects.get().hits == 0


def test_without_a_vector_only_the_letter_counts(scope, remember):
    remember()
    exact = peek(scope, QUESTION, None, Evidence((RETURNS,)))
    other = peek(scope, "What is the policy on returns?", None, Evidence((RETURNS,)))

    assert exact.tier == "exact_cache"
    assert (other.entry, other.reason) == (None, "no_vector")
