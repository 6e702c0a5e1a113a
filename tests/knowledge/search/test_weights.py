"""A workspace with labels finds by weights of its own, where they prove better on labels that they did not see."""

from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from caching.feedback import verdict
from caching.models import Verdict
from conversations.models import Contact, Conversation
from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.search import search
from knowledge.search.fusion import LEG_WEIGHTS
from knowledge.search.types import Found, Query
from knowledge.search.weights import labels, tasks, training
from knowledge.search.weights.labels import labels_of
from knowledge.search.weights.models import LabelledQuestion, LegWeights
from knowledge.search.weights.optimizer import Example, fit, held_out, reciprocal_ranks
from tests.admin.conftest import cached_answer_of

NAMES = (
    "Aurora",
    "Bergen",
    "Castor",
    "Dorian",
    "Elara",
    "Fjord",
    "Gotland",
    "Halley",
    "Isolde",
    "Juno",
    "Kepler",
    "Lyra",
)
SHIPPED = np.array([0.5, 0.5])


# --- fitting ---


def example(group: int, *scores: tuple[float, float]) -> Example:
    """A question that its first candidate answers."""
    count = len(scores)
    return Example(str(group), np.array(scores), np.arange(count), np.arange(count) == 0)


def test_a_leg_that_tells_right_from_wrong_gains_weight():
    helpful = [example(group, (0.6, 0.2), (0.5, 0.7)) for group in range(20)]

    weights = fit(helpful, SHIPPED)

    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 0.7
    assert reciprocal_ranks(helpful, SHIPPED).mean() == 0.5
    assert reciprocal_ranks(helpful, weights).mean() == 1


def test_few_and_undecided_labels_leave_the_weights_near_those_that_ship():
    undecided = [example(0, (0.60, 0.5), (0.59, 0.5)), example(1, (0.5, 0.60), (0.5, 0.59))]

    assert fit(undecided, SHIPPED) == pytest.approx(SHIPPED, abs=0.05)


def test_without_a_candidate_that_answers_nothing_is_learned():
    hopeless = Example("0", np.array([[0.6, 0.2]]), np.array([0]), np.array([False]))

    assert fit([hopeless], SHIPPED) is SHIPPED
    assert reciprocal_ranks([hopeless], SHIPPED) == [0]


def test_an_article_is_as_good_as_its_best_passage_and_found_behind_the_tenth_is_not_found():
    two_passages = Example(
        "0", np.array([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]), np.array([0, 1, 0]), np.array([1, 0, 1]) > 0
    )
    crowded = example(1, (0.1, 0.1), *[(0.5, 0.5)] * 10)

    assert list(reciprocal_ranks([two_passages, crowded], SHIPPED)) == [1, 0]


def test_labels_are_judged_by_weights_that_did_not_see_them():
    """Twenty questions of one article: whatever is learned from them could not be judged by any of them."""
    alike = [example(0, (0.6, 0.2), (0.5, 0.7)) for _ in range(20)]

    assert held_out(alike, SHIPPED).gains.sum() == 0
    assert held_out([*alike, *(example(g, (0.6, 0.2), (0.5, 0.7)) for g in range(1, 9))], SHIPPED).gains.mean() > 0


# --- a shop whose titles say more than its texts ---


@pytest.fixture
def lamps(workspace: Workspace, settings: Any) -> dict[str, Article]:
    """One short article a lamp, and a long one that speaks of every lamp in its own words."""
    settings.SEARCH_LABELS_MIN = 10
    told = dict.fromkeys(NAMES, "Made in our workshop since the spring, of oak and brass.")
    told["Newsletter"] = "\n\n".join(f"How do I care for {n}, somebody asked, and how do I clean {n}?" for n in NAMES)
    drafts = {title: publishing.save_draft(workspace, title=title, body=body) for title, body in told.items()}
    return {title.rsplit(" ")[-1]: publishing.publish(draft).article for title, draft in drafts.items()}


@pytest.fixture
def labelled(lamps: dict[str, Article]) -> dict[str, Article]:
    for name in NAMES:
        labels.add(lamps[name], question_about(name), source="staff")
    return lamps


def question_about(name: str) -> str:
    return f"How do I care for {name}?"


def asked(workspace: Workspace, question: str) -> Found:
    return search.passages_for(workspace, Query(question), embeddings.embed([question])[0])


@pytest.mark.django_db
def test_search_goes_by_what_the_labels_taught(workspace: Workspace, labelled: dict[str, Article]):
    before = asked(workspace, question_about("Juno"))

    row = training.learn(workspace)
    after = asked(workspace, question_about("Juno"))

    assert row.state == LegWeights.State.IN_USE
    assert row.labels == len(NAMES)
    assert row.gain > 0
    assert sum(row.weights.values()) == pytest.approx(1, abs=0.001)
    assert before.passages[0].title == "Newsletter"
    assert after.passages[0].title == "Juno"
    assert (after.confidence, after.declined) == (before.confidence, before.declined)  # what was fitted on the shipped


@pytest.mark.django_db
def test_labels_that_teach_nothing_change_nothing(workspace: Workspace, lamps: dict[str, Article]):
    """What they call for is first already."""
    for name in NAMES:
        labels.add(lamps["Newsletter"], question_about(name), source="staff")

    row = training.learn(workspace)

    assert (row.state, row.gain) == (LegWeights.State.NO_BETTER, 0)


@pytest.mark.django_db
def test_with_too_few_labels_the_shipped_weights_hold(
    workspace: Workspace, labelled: dict[str, Article], settings: Any
):
    training.learn(workspace)
    settings.SEARCH_LABELS_MIN = len(NAMES) + 1

    row = training.learn(workspace)

    assert (row.state, row.labels, row.weights, row.gain) == (LegWeights.State.TOO_FEW, len(NAMES), {}, None)
    assert asked(workspace, question_about("Juno")).passages[0].title == "Newsletter"


@pytest.mark.django_db
def test_what_staff_put_back_stays_until_they_resume(workspace: Workspace, labelled: dict[str, Article]):
    training.learn(workspace)
    training.reset(workspace)

    tasks.learn_all_weights()
    put_back = LegWeights.objects.get(workspace=workspace).state
    training.resume(workspace)
    tasks.learn_all_weights()

    assert put_back == LegWeights.State.RESET
    assert LegWeights.objects.get(workspace=workspace).state == LegWeights.State.IN_USE


@pytest.mark.django_db
def test_without_vectors_the_shipped_weights_hold(workspace: Workspace, lamps: dict[str, Article]):
    by_meaning_alone = dict.fromkeys(LEG_WEIGHTS, 0.0) | {"vector": 1.0}
    LegWeights.objects.create(workspace=workspace, state=LegWeights.State.IN_USE, weights=by_meaning_alone)

    found = search.passages_for(workspace, Query("Who liked Juno?"), None)

    assert found.passages[0].score > 0


@pytest.mark.django_db
def test_another_shops_labels_teach_nothing_here(workspace: Workspace, labelled: dict[str, Article]):
    other = Workspace.objects.create(slug="globex", name="Globex")

    tasks.learn_all_weights()

    assert labels_of(other) == []
    assert list(LegWeights.objects.values_list("workspace__slug", flat=True)) == ["acme"]


# --- where labels come from ---


@pytest.mark.django_db
def test_answers_that_ana_liked_and_verdicts_of_staff_are_labels(
    workspace: Workspace, lamps: dict[str, Article], django_user_model: Any
):
    cites = [{"n": 1, "title": "t", "url": "", "article_id": str(lamps["Juno"].pk)}]
    doubted = [{**cites[0], "article_id": str(lamps["Lyra"].pk), "supported": False}]
    talk = Conversation.objects.create(workspace=workspace, contact=Contact.objects.create(workspace=workspace))
    said(talk, "Tell me of Juno", rating="like", citations=cites + doubted)
    said(talk, "Tell me of Lyra", rating="dislike", citations=cites)
    entry = cached_answer_of(workspace)
    entry.citations = cites
    entry.save()
    rosa = django_user_model.objects.create_user("rosa")
    verdict(entry.pk, Verdict.Opinion.RIGHT, by=rosa, asked="Is Juno easy to clean?")
    verdict(entry.pk, Verdict.Opinion.WRONG, by=rosa, asked="Is Juno red?")
    verdict(entry.pk, Verdict.Opinion.RIGHT, source=Verdict.Source.SHADOW, asked="Is Juno blue?")

    found = labels_of(workspace)

    assert {label.question for label in found} == {"Tell me of Juno", "Is Juno easy to clean?"}
    assert {label.articles for label in found} == {frozenset({lamps["Juno"].pk})}


def said(talk: Conversation, question: str, **reply: Any) -> None:
    seq = talk.messages.count()
    told = talk.messages.create(seq=seq + 1, role="customer", text=question)
    talk.messages.create(seq=seq + 2, role="assistant", text="So it is [1].", in_reply_to=told, **reply)


@pytest.mark.django_db
def test_a_question_told_twice_is_one_label_with_all_its_articles(workspace: Workspace, lamps: dict[str, Article]):
    assert labels.add(lamps["Juno"], "Which lamp is red?", source="staff")
    assert labels.add(lamps["Lyra"], "which lamp is  red?", source="file")
    assert not labels.add(lamps["Juno"], "Which lamp is red?", source="file")

    [label] = labels_of(workspace)

    assert label.articles == {lamps["Juno"].pk, lamps["Lyra"].pk}


@pytest.mark.django_db
def test_what_is_no_longer_live_answers_nothing(workspace: Workspace, lamps: dict[str, Article]):
    labels.add(lamps["Juno"], "Which lamp is red?", source="staff")
    publishing.archive(lamps["Juno"])

    assert labels_of(workspace) == []


@pytest.mark.django_db
def test_a_file_of_labels_is_taken_and_learned_from(
    workspace: Workspace, lamps: dict[str, Article], tmp_path: Any, capsys: Any
):
    rows = [f'{{"question": "{question_about(name)}", "gold": ["{lamps[name].pk}"]}}\n' for name in NAMES]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(rows) + '{"question": "Of what no article tells", "gold": ["elsewhere"]}\n')

    call_command("learn_search", file, workspace="acme", verbosity=0)
    said = capsys.readouterr().out
    call_command("learn_search", workspace="acme", reset=True, verbosity=0)

    assert "12 labels" in said
    assert "In use" in said
    assert "1 row names no article of this workspace" in said
    assert LabelledQuestion.objects.count() == len(NAMES)
    assert LegWeights.objects.get(workspace=workspace).state == LegWeights.State.RESET
