"""Answers given before: who gets them, and what ends their life."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F

from assistant.redis.client import redis_client
from assistant.workspaces.models import Workspace
from caching import answers, feedback, invalidation
from caching.answers import Evidence, Source
from caching.models import CachedAnswer, Verdict
from tests.caching.conftest import ANSWER, QUESTION, RETURNS, direction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "asked",
    [
        "what is your returns policy",
        "Hi, what's your RETURNS policy please??",
        "so: what is your returns policy. Thanks!",
    ],
)
def test_the_same_question_in_another_form_gets_the_same_answer(scope, remember, asked):
    remember()

    hit = answers.find_exact(scope, asked)

    assert hit is not None
    assert (hit.answer, hit.tier) == (ANSWER, "exact_cache")


# A6: the same content words in another order, by another person, with another modal: not the same question.
@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("Do you pay for the return?", "Do I pay for the return?"),
        ("Can I return flights from India to Pakistan?", "Can I return flights from Pakistan to India?"),
        ("Can I return vouchers with points?", "Can I return points with vouchers?"),
        ("Why won't the lamp connect?", "Why can't the lamp connect?"),
        ("Must I return the box?", "May I return the box?"),
        ("Do you offer an IT job?", "Do you offer a job?"),
        ("What is your mechanics policy?", "What is your mechanism policy?"),
        ("What is your returns policy?", "Your returns policy, what is it?"),
    ],
)
def test_nothing_but_the_same_words_in_the_same_order_is_served_unverified(scope, remember, kept, asked):
    assert remember(kept) is not None

    assert answers.find_exact(scope, asked) is None
    assert answers.find_exact(scope, kept) is not None


# A4: the widget says one language, the text is another's.
def test_a_question_in_another_language_is_served_only_to_the_letter(scope, remember):
    assert remember("Wie lange dauert der Versand nach Wien?") is not None

    assert answers.find_exact(scope, "wie lange dauert der versand nach wien") is not None
    alike = answers.find_similar(scope, "Wie lange dauert der Versand nach Bonn?", direction(1.0), Evidence((RETURNS,)))
    assert (alike.hit, alike.reason) == (None, "bypass_language")


def test_a_hit_is_counted_with_what_it_saved(scope, remember):
    entry = remember(cost_usd="0.002")

    answers.find_exact(scope, QUESTION)
    answers.find_exact(scope, QUESTION)

    entry.refresh_from_db()
    assert entry.hits == 2
    assert float(entry.saved_usd) == pytest.approx(0.004)


def test_an_answer_that_was_written_anew_meanwhile_is_not_served_in_its_old_words(remember):
    """Finding A5: read, dropped by an edit, written anew, and only then counted."""
    read = remember()
    remember(answer="You can return an item, unworn, within 30 days. [1]")

    assert not read.count_hit()
    assert CachedAnswer.objects.get().count_hit()


@pytest.mark.parametrize("changed", ["workspace_id", "locale", "audience", "release"])
def test_nothing_is_served_outside_its_scope_even_at_similarity_one(scope, remember, changed):
    remember()
    other = Workspace.objects.create(slug="globex", name="Globex")
    elsewhere = replace(scope, **{changed: other.pk if changed == "workspace_id" else "en-other"})

    exact = answers.find_exact(elsewhere, QUESTION)
    alike = answers.find_similar(elsewhere, QUESTION, direction(1.0), Evidence((RETURNS,)))

    assert exact is None
    assert (alike.hit, alike.reason) == (None, "nothing_near")


def test_a_question_to_the_letter_is_looked_up_in_one_trip(scope, remember, django_assert_num_queries):
    remember()
    answers.find_exact(scope, QUESTION)

    with django_assert_num_queries(1):
        assert answers.offered(scope, QUESTION) is not None


def test_a_source_that_was_edited_takes_its_answers_along(scope, remember):
    remember()
    answers.find_exact(scope, QUESTION)

    dropped = answers.forget_citing(scope.workspace_id, [RETURNS.key])

    assert dropped == 1
    assert answers.find_exact(scope, QUESTION) is None


def test_an_edit_leaves_answers_on_untouched_passages_alone(scope, remember):
    entry = remember()

    dropped = answers.forget_citing(scope.workspace_id, [RETURNS.key], unchanged=[RETURNS.content_hash], revision=2)

    assert dropped == 0
    assert answers.find_exact(scope, QUESTION) is not None
    assert entry.dependencies.get().revision == 2


def test_an_edit_elsewhere_drops_nothing(scope, remember):
    remember()

    assert answers.forget_citing(scope.workspace_id, ["article:shipping"]) == 0
    assert answers.find_exact(scope, QUESTION) is not None


def test_a_new_article_near_a_question_takes_its_answer_out_until_it_is_asked_anew(scope, remember):
    remember()

    assert answers.forget_near(scope.workspace_id, []) == 0
    assert answers.forget_near(scope.workspace_id, [direction(0.1, 0.9)]) == 0
    elsewhere = [direction(0.1, 0.9)] * invalidation.VECTORS_AT_ONCE
    assert answers.forget_near(scope.workspace_id, [*elsewhere, direction(0.9, 0.3)]) == 1
    assert answers.find_exact(scope, QUESTION) is None

    remember()
    assert answers.find_exact(scope, QUESTION) is not None


def test_an_answer_expires(scope, remember):
    entry = remember()

    CachedAnswer.objects.filter(pk=entry.pk).update(expires_at=F("expires_at") - timedelta(days=3))

    assert answers.find_exact(scope, QUESTION) is None


@pytest.mark.parametrize(("question", "lives_s"), [(QUESTION, 7_000), ("How much is a gift card?", 60)])
def test_an_answer_lives_as_long_as_the_settings_say(remember, settings, question, lives_s):
    settings.CACHE_TTL_S, settings.CACHE_DYNAMIC_TTL_S, settings.CACHE_TTL_JITTER_SHARE = 7_000, 60, 0

    entry = remember(question)

    assert (entry.expires_at - entry.created_at).total_seconds() == pytest.approx(lives_s, abs=10)


def test_a_pinned_answer_does_not_age_but_still_goes_with_its_source(scope, remember):
    entry = remember()
    answers.pin(entry.pk)
    CachedAnswer.objects.filter(pk=entry.pk).update(expires_at=F("expires_at") - timedelta(days=3))

    assert answers.find_exact(scope, QUESTION) is not None

    answers.forget_citing(scope.workspace_id, [RETURNS.key])
    assert answers.find_exact(scope, QUESTION) is None


def test_a_banned_question_is_neither_served_nor_kept_again(scope, remember):
    entry = remember()
    answers.ban(entry.pk)

    assert remember() is None
    assert answers.find_exact(scope, QUESTION) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"finish_reason": "length"}, "cut off"),
        ({"finish_reason": "stopped"}, "stopped by the customer"),
        ({"answer": "I'm sorry, I can't find that."}, "refused"),
        ({"answer": ""}, "empty"),
        ({"citations": []}, "cites nothing"),
        ({"sources": []}, "stands on nothing"),
        ({"question": "Where is my order?"}, "personal"),
        ({"question": "How do I cancel it?"}, "leans on what was said before"),
        ({"kind": "personal"}, "held to be personal"),
    ],
)
def test_only_whole_cited_answers_to_common_questions_are_kept(remember, changes, why):
    assert remember(**changes) is None, why
    assert not CachedAnswer.objects.exists()


def test_two_wrong_verdicts_quarantine_an_entry(scope, remember, settings):
    settings.CACHE_MAX_WRONG = 0.5  # the quarantine alone is looked at
    entry = remember()

    answers.verdict(entry.pk, Verdict.Opinion.WRONG)
    assert answers.find_exact(scope, QUESTION) is not None
    answers.verdict(entry.pk, Verdict.Opinion.WRONG)

    assert answers.find_exact(scope, QUESTION) is None
    assert list(CachedAnswer.objects.to_review()) == [entry]


def test_a_near_miss_that_staff_approve_becomes_an_alias(scope, remember):
    entry = remember()
    asked = "May I return things?"
    assert answers.find_exact(scope, asked) is None
    said = answers.verdict(entry.pk, Verdict.Opinion.UNDECIDED, source=Verdict.Source.NEAR_MISS, asked=asked)

    feedback.settle(said, Verdict.Opinion.RIGHT)

    hit = answers.find_exact(scope, asked)
    assert hit is not None
    assert hit.entry_id == entry.pk


def test_what_one_person_alone_asked_for_goes_with_them(scope, remember):
    remember()
    remember("Do you ship abroad?")
    remember("Do you ship abroad?", contributor="bob")

    assert answers.forget_contributor("ana") == 1
    assert answers.find_exact(scope, QUESTION) is None
    assert answers.find_exact(scope, "Do you ship abroad?") is not None


def test_an_answer_may_have_to_wait_for_a_second_visitor(scope, remember, settings):
    settings.CACHE_MIN_VISITORS = 2
    remember()
    assert answers.find_exact(scope, QUESTION) is None

    remember(contributor="bob")
    assert answers.find_exact(scope, QUESTION) is not None


def test_a_dead_redis_is_a_slower_hit_not_an_error(scope, remember, settings):
    remember()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_client.cache_clear()

    try:
        assert answers.find_exact(scope, QUESTION) is not None
    finally:
        redis_client.cache_clear()


def test_other_evidence_is_a_miss(scope, remember):
    remember()
    shipping = Source("article:shipping", 1, "hash-shipping", "Parcels take 2 days.")

    lookup = answers.find_similar(scope, QUESTION, direction(1.0), Evidence((shipping,)))

    assert (lookup.hit, lookup.reason) == (None, "other_sources")


def test_the_same_evidence_is_a_hit(scope, remember):
    remember()

    lookup = answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,)))

    assert lookup.hit is not None
    assert lookup.reason == "semantic_cache"
