"""Whose displeasure counts against an answer, and how much."""

import uuid

import pytest

from caching import answers, shadow
from caching.models import CachedAnswer, Verdict
from tests.caching.conftest import QUESTION

pytestmark = pytest.mark.django_db


def complain(entry: CachedAnswer, visitor: str, *, verified: bool = True) -> uuid.UUID:
    message_id = uuid.uuid4()
    answers.complain(entry.pk, visitor, verified=verified, message_id=message_id)
    return message_id


# A9
def test_one_customer_counts_once_however_often_they_complain(scope, remember):
    entry = remember()

    for _ in range(3):
        complain(entry, "ana")

    entry.refresh_from_db()
    assert (entry.wrong, entry.state) == (1, "live")
    assert Verdict.objects.count() == 3


def test_two_customers_take_an_answer_out_of_service(scope, remember):
    entry = remember()

    complain(entry, "ana")
    complain(entry, "bob")

    assert answers.find_exact(scope, QUESTION) is None


def test_nobody_knows_how_many_anonymous_visitors_are_one(scope, remember):
    entry = remember()

    for number in range(20):
        complain(entry, f"visitor {number}", verified=False)

    entry.refresh_from_db()
    assert (entry.wrong, entry.judged) == (0, 0)
    assert answers.find_exact(scope, QUESTION) is not None
    assert list(CachedAnswer.objects.to_review()) == [entry]


def test_one_customer_cannot_stop_the_cache_of_a_shop(scope, remember):
    entry = remember()
    for number in range(12):
        complain(remember(f"Do you repair shoes of kind {number}?"), "ana")

    assert CachedAnswer.objects.filter(wrong=1).count() == 2
    assert answers.find_exact(scope, QUESTION).entry_id == entry.pk


def test_what_was_complained_of_is_checked_at_its_next_hit(remember, engine):
    entry = remember()
    CachedAnswer.objects.filter(pk=entry.pk).update(hits=100_000)
    complain(entry, "somebody", verified=False)
    entry.refresh_from_db()
    assert all(shadow.is_due(entry) for _ in range(50))

    answers.verdict(entry.pk, Verdict.Opinion.RIGHT, source=Verdict.Source.SHADOW)
    assert not all(shadow.is_due(entry) for _ in range(50))


def test_a_complaint_that_is_taken_back_counts_no_longer(scope, remember):
    entry = remember()
    complain(entry, "ana")
    message_id = complain(entry, "bob")
    assert answers.find_exact(scope, QUESTION) is None

    answers.withdraw(entry.pk, message_id)

    entry.refresh_from_db()
    assert (entry.wrong, entry.judged, entry.state) == (1, 1, "live")


def test_who_is_forgotten_leaves_no_name_on_a_complaint(remember):
    remember()
    entry = remember(contributor="bob")
    complain(entry, "ana")

    answers.forget_contributor("ana")

    assert Verdict.objects.get().visitor == ""
