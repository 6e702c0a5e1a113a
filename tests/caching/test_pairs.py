"""What two questions must agree in before they share an answer: tables of cases, and the laws of the form."""

import math

import pytest

from caching.cacheability import concerns_differ
from caching.guards import compare, veto
from caching.pairs import judge
from caching.reading import read


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("Can I return it after 14 days?", "Can I return it after 30 days?", "numbers"),
        ("Call me at 7am", "Call me at 7pm", "numbers"),
        ("Do you ship 5 kg parcels?", "Do you ship 5 g parcels?", "units"),
        ("Are you open on Monday?", "Are you open on Sunday?", "times"),
        ("What is included in the price?", "What is not included in the price?", "negation"),
        ("Which foods should I eat?", "Which foods should I avoid?", "negation"),
        ("How do I lock my card?", "How do I unlock my card?", "opposites"),
        ("How do I turn on alerts?", "How do I turn off alerts?", "opposites"),
        ("Is parking permitted here?", "Is parking barred, or permitted nowhere?", "negation"),
        ("Does it work with Python?", "Does it work with Ruby?", "names"),
        ("Do you ship abroad?", "Do you ship abroad to Canada?", "name_added"),
        ("How do I move money from savings to checking?", "How do I move money from checking to savings?", "direction"),
        ("How do I convert a Word document to PDF?", "How do I convert a PDF to a Word document?", "direction"),
        ("Why do I pay a fee?", "How do I pay a fee?", "question_word"),
        ("When does delivery happen?", "How much is delivery?", "question_word"),
        ("Can I use points to buy vouchers?", "Can I use vouchers to buy points?", "direction"),
        ("The parcel was damaged", "When was the parcel damaged?", "question_word"),
        ("I do not know how to stop it, can I pause it?", "How do I not stop it, can I pause it?", "negation"),
    ],
)
def test_questions_that_differ_in_this_do_not_share_an_answer(a, b, reason):
    assert veto(compare(read(a), read(b))) == reason
    assert veto(compare(read(b), read(a))) == reason


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("How do I reset my password?", "What's the best way to reset my password?"),
        ("Do you do takeaway?", "Just wondering, do you do take away?"),
        ("My card isn't working", "My card is broken"),
        ("How do I buy a ticket?", "How can I purchase a ticket?"),
        ("Where is the nearest pharmacy?", "where is the nearest pharmcy"),
        ("Why is a transfer still pending?", "I can't figure out why a transfer is still pending"),
        ("Why was the payment declined?", "The payment was declined"),
        ("When I topped up, the app reverted it", "The app reverted it as I topped up"),
        ("How much longer does a delivery take?", "How long does a delivery take?"),
        ("Does a seller know whether I read a message?", "Does a seller know if I read a message or not?"),
        ("Where can I order a virtual card?", "I would like a virtual card, where can I order one?"),
        ("Can I hold several currencies?", "Can I hold more than one currency?"),
        ("Can I top up with cash?", "Can I use cash to top up?"),
        ("How do I link to a place inside a document?", "How do I link to a place within a document?"),
        ("How do I find mails with no reply?", "How do I find mails without reply?"),
    ],
)
def test_another_wording_meets_no_objection(a, b):
    assert veto(compare(read(a), read(b))) is None


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("Why did my exchange rate change?", "Why do your exchange rates change?", "own_case"),
        ("My transfer has not gone through yet", "A transfer did not go through", "own_case"),
        ("Why has a transfer not gone through yet?", "Why did a transfer not go through?", "moment"),
        ("How do I reset my password?", "How can I reset my password?", None),
    ],
)
def test_ones_own_case_and_this_moment_are_not_what_holds_in_general(a, b, reason):
    assert concerns_differ(a, b) == reason
    assert concerns_differ(b, a) == reason


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("สินค้าคืนได้ไหม", "จัดส่งกี่วัน"),
        ("你好吗", "你好嗎"),
        ("Do you sell the red mug สินค้า here?", "Do you sell the red mug here?"),
        ("🎉", "🚚"),
        ("?", "Do you ship abroad?"),
        ("", ""),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_the_same(a, b):
    for judged in (judge(a, b), judge(b, a)):
        assert not judged.served
        assert not math.isnan(judged.similarity or 0)
