"""The gate learns from verdicts where they prove it better, and forgets what it learned when told to."""

from typing import Any

import pytest
from django.utils import timezone

from conversations.gate import classifier, retraining, tasks
from conversations.gate.decision import decide
from conversations.gate.models import GateModel, HeldMessage
from conversations.gate.retraining import Figures, is_better
from conversations.models import Contact, Conversation, Message

pytestmark = pytest.mark.django_db
THINGS = ["the oak table", "two chairs", "a red lamp", "our sofa", "the blue rug", "a desk", "my shelf", "the mirror"]
# What this shop's visitors write and the shipped weights know nothing of.
UNWANTED = [
    f"Barter offer: swap {thing} for my pigeons, coop included, {number}" for number in (1, 2, 3) for thing in THINGS
]
HARMLESS = [f"Does {thing} come assembled, and in size {number}?" for number in (1, 2, 3) for thing in THINGS]


def judge(workspace: Any, texts: list[str], verdict: str) -> None:
    contact = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=contact)
    for seq, text in enumerate(texts, start=1):
        message = Message.objects.create(conversation=conversation, seq=seq, role="customer", text=text)
        HeldMessage.objects.create(
            message=message, workspace=workspace, reason="spam", verdict=verdict, decided_at=timezone.now()
        )


def test_verdicts_that_prove_it_better_change_the_gate_and_can_be_rolled_back(workspace: Any):
    judge(workspace, UNWANTED, "spam")
    judge(workspace, HARMLESS, "released")
    unseen = "Barter offer: swap the wardrobe for my pigeons, coop included, 9"
    before = decide(unseen).chances["spam"]

    tasks.learn_from_verdicts()

    model = GateModel.objects.get()
    stopped = model.figures["stopped"]

    assert (model.state, model.labels) == ("in_use", len(UNWANTED) + len(HARMLESS))
    assert stopped[1] > stopped[0]
    assert decide(unseen).chances["spam"] > before
    assert decide(unseen).verdict == "hold"

    assert retraining.roll_back(model) is None
    assert decide(unseen).chances["spam"] == before


def test_nothing_changes_while_there_are_few_verdicts(workspace: Any):
    judge(workspace, UNWANTED[:5], "spam")

    tasks.learn_from_verdicts()

    assert GateModel.objects.get().state == "too_few"
    assert classifier.in_use() is classifier.shipped()


def test_nothing_is_learned_twice_from_the_same_verdicts(workspace: Any):
    judge(workspace, UNWANTED[:5], "spam")

    tasks.learn_from_verdicts()
    tasks.learn_from_verdicts()

    assert GateModel.objects.count() == 1


def test_what_is_learned_is_erased_with_its_message(workspace: Any):
    judge(workspace, UNWANTED[:5], "spam")
    Contact.objects.all().delete()

    assert len(retraining.labels_of_installation()) == 0


@pytest.mark.parametrize(
    ("after", "better"),
    [
        (Figures(stopped=0.9, passed=0.99, control_stopped=0.9, control_passed=1.0), True),
        (Figures(stopped=0.8, passed=0.99, control_stopped=0.9, control_passed=1.0), False),  # no gain
        (Figures(stopped=1.0, passed=0.99, control_stopped=0.8, control_passed=1.0), False),  # misses what it knew
        (Figures(stopped=1.0, passed=0.99, control_stopped=0.9, control_passed=0.99), False),  # stops the harmless
    ],
)
def test_new_weights_have_to_be_better_on_verdicts_and_no_worse_on_the_control_set(after: Figures, better: bool):
    before = Figures(stopped=0.8, passed=0.99, control_stopped=0.9, control_passed=1.0)

    assert is_better(before, after) == better


def test_the_weights_that_ship_do_well_on_the_control_set():
    on = retraining.figures_of([(classifier.shipped(), retraining.control_set())])

    assert on.passed >= 0.99
    assert on.stopped >= 0.85
