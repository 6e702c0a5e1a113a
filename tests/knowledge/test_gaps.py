import uuid

import pytest

from assistant import embeddings
from assistant.workspaces.models import Workspace
from knowledge import gaps
from knowledge.models import Gap

pytestmark = pytest.mark.django_db


def ask(workspace: Workspace, question: str) -> Gap:
    return gaps.record(workspace, question, embeddings.embed([question])[0], uuid.uuid4())


def test_questions_of_one_meaning_are_one_gap(workspace: Workspace) -> None:
    first = ask(workspace, "Do you rent out e-bikes?")
    again = ask(workspace, "Can I rent an e-bike from you?")
    other = ask(workspace, "Is the hopper dishwasher safe?")

    assert again.pk == first.pk != other.pk
    assert again.count == 2
    assert [example["question"] for example in again.examples] == [
        "Can I rent an e-bike from you?",
        "Do you rent out e-bikes?",
    ]


def test_a_gap_belongs_to_one_workspace(workspace: Workspace) -> None:
    other = Workspace.objects.create(slug="globex", name="Globex")

    assert ask(workspace, "Do you rent out bikes?").pk != ask(other, "Do you rent out bikes?").pk


def test_without_a_vector_the_same_words_are_the_same_gap(workspace: Workspace) -> None:
    first = gaps.record(workspace, "Do you rent bikes?", None)
    again = gaps.record(workspace, "do you  rent bikes?", None)

    assert (again.pk, again.count) == (first.pk, 2)


def test_a_dismissed_gap_is_not_counted_on(workspace: Workspace) -> None:
    gap = ask(workspace, "Do you rent out bikes?")
    Gap.objects.filter(pk=gap.pk).update(status=Gap.Status.DISMISSED)

    assert ask(workspace, "Do you rent out bikes?").pk != gap.pk
