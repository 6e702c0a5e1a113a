"""A curator labels the article that answers a tried question, and search learns from it."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.search.weights import labels
from knowledge.search.weights.models import LabelledQuestion, LegWeights
from tests.admin.conftest import article_of

pytestmark = pytest.mark.django_db
QUESTION = "How long does delivery take?"
BUTTON = 'aria-pressed="{}">This answers it'


@pytest.fixture
def delivery(workspace: Workspace) -> Article:
    return publishing.publish(article_of(workspace, body="Delivery takes two working days.")).article


def say(client: Client, article: Article, question: str = QUESTION, answers: str = "on") -> Any:
    asked = {"question": question, "answers": answers}
    return client.post(reverse("admin:knowledge_article_answers", args=[article.pk]), asked)


def tried(client: Client, workspace: Workspace, **asked: Any) -> str:
    asked = {"q": QUESTION, "workspace": workspace.pk, "fragment": "1", **asked}
    return client.get(reverse("admin:knowledge_article_try"), asked).content.decode()


def test_a_curator_says_that_an_article_answers_and_takes_it_back(staff: Any, workspace: Workspace, delivery: Article):
    client = staff("curator")
    before = tried(client, workspace)

    said = say(client, delivery).content.decode()
    label = LabelledQuestion.objects.get()
    learned_from = labels.labels_of(workspace)
    after = tried(client, workspace, q=QUESTION.upper())
    taken_back = say(client, delivery, answers="").content.decode()

    assert BUTTON.format("false") in before
    assert BUTTON.format("true") in said
    assert "Marked by curator-rosa" in said
    assert (label.article, label.source, label.by.username) == (delivery, "staff", "curator-rosa")
    assert learned_from == [labels.Label(QUESTION, (), frozenset({delivery.pk}))]
    assert BUTTON.format("true") in after
    assert BUTTON.format("false") in taken_back
    assert not LabelledQuestion.objects.exists()


def test_who_said_it_and_who_took_it_back_stays_on_record(staff: Any, workspace: Workspace, delivery: Article):
    say(staff("curator"), delivery)
    say(staff("admin"), delivery, answers="")

    told = LogEntry.objects.filter(object_id=str(delivery.pk)).order_by("pk")
    assert list(told.values_list("user__username", "change_message")) == [
        ("curator-rosa", f"Labelled as the answer to “{QUESTION}”."),
        ("admin-rosa", f"Removed the label for “{QUESTION}”."),
    ]


def test_what_is_said_twice_is_kept_once(staff: Any, workspace: Workspace, delivery: Article):
    labels.add(delivery, QUESTION, source="file")
    client = staff("curator")

    say(client, delivery)
    shown = say(client, delivery, question=f"  {QUESTION} ").content.decode()

    assert LabelledQuestion.objects.get().source == "file"
    assert "From a file" in shown
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_curate_sees_what_was_said_and_changes_nothing(
    staff: Any, workspace: Workspace, delivery: Article, role: str
):
    client = staff(role)
    labels.add(delivery, QUESTION, source="file")

    page = tried(client, workspace)
    answer = say(client, delivery, question="When do you open?")

    assert "This answers it" not in page
    assert "From a file" in page
    assert answer.status_code == 403
    assert LabelledQuestion.objects.count() == 1


def test_nobody_labels_another_shops_article(staff: Any, other_shop: Workspace):
    foreign = article_of(other_shop)

    assert say(staff("curator"), foreign).status_code == 404
    assert not LabelledQuestion.objects.exists()


def test_no_question_or_an_endless_one_is_not_noted(staff: Any, delivery: Article):
    client = staff("curator")

    assert [say(client, delivery, question=text).status_code for text in ("", "   ", "x" * 1001)] == [400] * 3
    assert client.get(reverse("admin:knowledge_article_answers", args=[delivery.pk])).status_code == 405


def test_who_sees_one_workspace_need_not_name_it(staff: Any, workspace: Workspace, delivery: Article):
    page = staff("viewer").get(reverse("admin:knowledge_article_try"), {"q": QUESTION})

    assert page.context["trial"].found.passages[0].article_id == delivery.pk


@pytest.mark.parametrize("page", ["knowledge_article_try", "imports_import_add"])
def test_of_several_workspaces_none_is_chosen_for_you(superuser: Client, workspace: Workspace, page: str):
    alone = superuser.get(reverse(f"admin:{page}")).content.decode()
    Workspace.objects.create(slug="globex", name="Globex")
    of_two = superuser.get(reverse(f"admin:{page}")).content.decode()

    assert "Choose one" not in alone
    assert '<option value="" selected>Choose one</option>' in of_two


def test_what_is_missing_is_said_once(staff: Any, superuser: Client, workspace: Workspace, other_shop: Workspace):
    address = reverse("admin:knowledge_article_try")

    no_workspace = superuser.get(address, {"q": QUESTION}).content.decode()
    no_question = staff("viewer").get(address, {"q": ""}).content.decode()
    beside_an_article = superuser.get(address, {"q": QUESTION, "fragment": "1"}).content.decode()

    for page in (no_workspace, no_question, beside_an_article):
        assert page.count("This field is required.") == 1


def test_beside_its_editor_an_article_that_was_not_found_can_be_named_too(
    staff: Any, workspace: Workspace, other_shop: Workspace, delivery: Article
):
    client, draft, foreign = staff("curator"), article_of(workspace, title="Lead times"), article_of(other_shop)

    beside_it = tried(client, workspace, article=draft.pk)
    beside_what_was_found = tried(client, workspace, article=delivery.pk)
    beside_a_foreign_one = tried(client, workspace, article=foreign.pk)
    beside_nonsense = tried(client, workspace, article="x")

    assert "This article, “Lead times”, was not found" in beside_it
    assert reverse("admin:knowledge_article_answers", args=[draft.pk]) in beside_it
    for page in (beside_what_was_found, beside_a_foreign_one, beside_nonsense):
        assert "was not found" not in page
        assert page.count("This answers it</button>") == 1


def test_the_search_weights_tell_how_many_labels_are_missing(staff: Any, workspace: Workspace, settings: Any):
    settings.SEARCH_LABELS_MIN = 40
    row = LegWeights.objects.create(workspace=workspace, state=LegWeights.State.TOO_FEW, labels=3)

    page = staff("viewer").get(reverse("admin:learning_legweights_change", args=[row.pk])).content.decode()

    assert "3, 37 more needed" in page
