"""Hits are checked behind the customer's back, and what was nearly a hit is put before a person."""

import base64
import json

import pytest

from assistant import celery_app, tombstones
from assistant.redis.client import redis_client
from caching import answers, shadow
from caching.answers import Candidate, Evidence
from caching.lookup import Question, note_near_miss
from caching.models import ShadowCheck, Verdict
from tests.caching.conftest import ANSWER, QUESTION, RETURNS, direction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fresh", "opinion"),
    [
        ("Items can be returned within 30 days of delivery.", "right"),
        ("You can return an item within 14 days of delivery.", "undecided"),
        ("We open at nine on Mondays.", "wrong"),
    ],
)
def test_a_fresh_answer_agrees_or_is_put_before_a_person(fresh, opinion):
    assert shadow.opinion(ANSWER, fresh) == opinion


def test_the_first_hits_of_an_entry_are_answered_again_and_compared(scope, remember, engine):
    entry = remember()
    engine.script = [json.dumps({"text": "We open at nine on Mondays.", "action": None})]

    lookup = answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,)))

    assert lookup.hit is not None
    said = entry.verdicts.get()
    assert (said.source, said.opinion) == (Verdict.Source.SHADOW, Verdict.Opinion.WRONG)


def test_without_redis_a_hit_goes_out_unchecked(scope, remember, engine, settings):
    entry = remember()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_client.cache_clear()

    try:
        lookup = answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,)))
    finally:
        redis_client.cache_clear()

    assert lookup.hit is not None
    assert engine.asked == []
    assert not entry.verdicts.exists()


def test_no_model_means_no_shadow_check(scope, remember, no_engine):
    entry = remember()

    answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,)))

    assert not entry.verdicts.exists()


@pytest.mark.parametrize("meanwhile", ["written anew", "dropped"])
def test_a_check_does_not_judge_an_answer_that_is_no_longer_given(scope, remember, engine, meanwhile):
    """Finding A5: a check takes seconds, and comes back to an entry that holds another answer or none."""
    entry = remember()
    if meanwhile == "dropped":
        answers.forget_citing(scope.workspace_id, [RETURNS.key])
    else:
        remember(answer="You can return an item, unworn, within 30 days. [1]")
    engine.script = [json.dumps({"text": "We open at nine on Mondays.", "action": None})]

    assert shadow.check(entry, QUESTION, []) is None

    entry.refresh_from_db()
    assert (entry.judged, entry.verdicts.count()) == (0, 0)


def test_a_check_waits_as_a_row_and_carries_the_name_of_who_asked(scope, remember, engine):
    """C9: the queue has no words in it, and what comes of the check is forgotten with the person."""
    celery_app.conf.task_always_eager = False  # no worker comes
    entry = remember()

    answers.find_similar(scope, QUESTION, direction(1.0), Evidence((RETURNS,)), visitor="bob")
    queued = redis_client().lrange("celery", 0, -1)
    waiting = ShadowCheck.objects.get()
    engine.script = [json.dumps({"text": ANSWER, "action": None})]
    shadow.carry_out(waiting)
    shadow.carry_out(waiting)  # handed out twice

    assert len(queued) == 1
    assert f"[{waiting.pk}]" in base64.b64decode(json.loads(queued[0])["body"]).decode()
    said = entry.verdicts.get()
    assert (said.visitor, said.asked, said.opinion) == ("bob", QUESTION, "right")
    answers.forget_contributor("bob")
    said.refresh_from_db()
    assert (said.visitor, said.asked, said.fresh_answer, said.opinion) == ("", "", "", "right")


@pytest.mark.parametrize("erased", [True, False])
def test_a_near_miss_of_somebody_who_was_erased_meanwhile_is_taken_back(remember, erased):
    """C9: it is noted while the person's question is being answered."""
    entry = remember()
    unsure = Candidate(entry, QUESTION, 0.9, fits=False, reason="unsure", probability=0.7)
    if erased:
        tombstones.lay(["bob"])

    note_near_miss([unsure], Question("May I return it, says Bob?", "bob"), Evidence((RETURNS,)))

    assert entry.verdicts.filter(visitor="bob").exists() is not erased
