import uuid

import pytest
from django.contrib.auth.models import User

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from knowledge.gaps import drafting, gaps
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


def test_whoever_asked_first_is_forgotten_however_many_asked_since(workspace: Workspace) -> None:
    """C9: the gap is called by their words, so their example is kept to be found by."""
    first = uuid.uuid4()
    gaps.record(workspace, "Do you rent out bikes to Ana?", None, first)
    for _ in range(30):
        gap = gaps.record(workspace, "do you rent out bikes to ana?", None, uuid.uuid4())
    assert len(gap.examples) == gaps.EXAMPLES_KEPT

    gaps.forget(workspace.pk, {str(first)})

    gap.refresh_from_db()
    assert gap.question == "do you rent out bikes to ana?"
    assert len(gap.examples) == gaps.EXAMPLES_KEPT - 1


def test_words_whose_example_was_dropped_are_known_by_what_the_person_said(workspace: Workspace) -> None:
    """C9: gaps that were recorded before the first example was kept."""
    example = {"question": "Do you rent bikes?", "conversation": str(uuid.uuid4())}
    gap = Gap.objects.create(workspace=workspace, question="Is there a bike for Ana?", examples=[example])

    gaps.forget(workspace.pk, {str(uuid.uuid4())}, ["Is there a  bike for Ana?"])

    gap.refresh_from_db()
    assert gap.question == "Do you rent bikes?"


def test_a_draft_loses_the_words_of_an_erased_person_and_keeps_those_of_others(workspace: Workspace) -> None:
    """C9: staff go on writing it."""
    ana, bob = uuid.uuid4(), uuid.uuid4()
    gaps.learn(workspace, "Is there a bike for Ana?", None, ana, "Rosa: yes, dear Ana.")
    gap = Gap.objects.get()
    gap.examples = [{"question": "Do you rent bikes?", "conversation": str(bob)}, *gap.examples]
    gap.save()
    article = drafting.draft_from(gap, User.objects.create(username="rosa"))

    gaps.forget(workspace.pk, {str(ana)})

    article.refresh_from_db()
    written = [article.title, *article.revisions.values_list("title", "body")[0]]
    assert not any("Ana" in text for text in written)
    assert "> Do you rent bikes?" in written[2]
