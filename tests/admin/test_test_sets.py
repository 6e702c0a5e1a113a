"""Curators create cases, run test sets and read the results."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant import celery_app
from assistant.workspaces.models import Workspace
from conversations.test_sets import cases
from conversations.test_sets.models import Case, Run
from conversations.test_sets.models import TestSet as Cases
from knowledge.models import Article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def test_set(workspace: Workspace) -> Cases:
    return workspace.test_sets.create(name="Returns")


@pytest.fixture
def curator(staff: Any) -> Client:
    return staff("curator")


def typed(test_set: Cases, **fields: Any) -> dict[str, Any]:
    return {"test_set": str(test_set.pk), "kind": "question", "message": "Can I send it back?", **fields}


def test_a_set_is_made_and_its_cases_are_typed(curator: Client, workspace: Workspace):
    curator.post(reverse("admin:test_sets_testset_add"), {"name": "Returns", "workspace": str(workspace.pk)})
    history = "customer: Do you sell lamps?\r\nassistant: Yes.\r\nTwo of them."
    fields = {"articles": "returns\r\nrefunds", "answer": "30 days", "history": history, "lang": "en"}

    saved = curator.post(reverse("admin:test_sets_case_add"), typed(Cases.objects.get(), **fields))

    case = Case.objects.get()
    assert saved.status_code == 302
    assert (case.number, case.source, case.by.first_name) == (1, "typed", "Rosa")
    assert (case.articles, case.answer, case.lang) == (["returns", "refunds"], "30 days", "en")
    assert case.history == [
        {"role": "customer", "text": "Do you sell lamps?"},
        {"role": "assistant", "text": "Yes.\nTwo of them."},
    ]


def test_an_edited_case_keeps_its_number_and_is_told_to_be_another(curator: Client, test_set: Cases):
    _, case = cases.add(test_set, [cases.checked({"message": text}) for text in ("One?", "Two?")])
    before, address = case.key, reverse("admin:test_sets_case_change", args=[case.pk])

    curator.post(address, typed(test_set, message="Three?"))

    case.refresh_from_db()
    assert (case.number, case.message) == (2, "Three?")
    assert case.key != before


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"message": " "}, "This field is required."),
        ({"message": "x" * 4_001}, "at most 4,000 are allowed"),
        ({"history": "Do you sell lamps?"}, "start each message with"),
        ({"kind": "riddle"}, "riddle is not one of the available choices"),
    ],
)
def test_what_is_wrong_with_a_case_is_said_in_the_form(
    curator: Client, test_set: Cases, fields: dict[str, str], complaint: str
):
    page = curator.post(reverse("admin:test_sets_case_add"), typed(test_set, **fields))

    assert complaint in page.content.decode()
    assert not Case.objects.exists()


def test_what_is_full_is_said_in_the_form(curator: Client, workspace: Workspace, test_set: Cases, settings: Any):
    settings.TEST_SETS_MAX = settings.TEST_SET_MAX_CASES = 1
    cases.add(test_set, [cases.checked({"message": "One?"})])

    case = curator.post(reverse("admin:test_sets_case_add"), typed(test_set))
    another = curator.post(reverse("admin:test_sets_testset_add"), {"name": "More", "workspace": str(workspace.pk)})

    assert "A test set has at most 1 cases" in case.content.decode()
    assert "A workspace has at most 1 test sets" in another.content.decode()


@pytest.mark.parametrize("name", ["add", "change"])
def test_a_name_is_given_once_in_a_workspace(curator: Client, workspace: Workspace, test_set: Cases, name: str):
    other = workspace.test_sets.create(name="Other")
    address = reverse(f"admin:test_sets_testset_{name}", args=[other.pk] if name == "change" else [])

    page = curator.post(address, {"name": "Returns", "workspace": str(workspace.pk)})

    assert "The workspace has a test set of this name." in page.content.decode()


@pytest.mark.usefixtures("no_engine")
def test_a_run_is_ordered_with_a_click_and_its_page_tells_each_row(
    curator: Client, test_set: Cases, returns_article: Article
):
    right = {"message": "How do I send something back?", "articles": ["returns"], "answer": "Print the label"}
    cases.add(test_set, [cases.checked(right), cases.checked({"message": "Can you fly it to the moon?"})])

    page = curator.post(reverse("admin:test_sets_testset_admin_action", args=[test_set.pk, "run"]), follow=True)

    shown = " ".join(page.content.decode().split())
    run = Run.objects.get()
    assert page.redirect_chain[-1][0] == reverse("admin:test_sets_run_change", args=[run.pk])
    assert "<strong>50% right</strong>" in shown
    assert "the reply contains the expected answer" in shown
    assert 'data-verdict="right"' in shown
    assert 'data-verdict="declined"' in shown
    assert (run.by.first_name, run.done) == ("Rosa", 2)
    wrong = curator.get(reverse("admin:test_sets_run_change", args=[run.pk]), {"show": "wrong"})
    assert [row.result.verdict for row in wrong.context["rows"]] == ["declined"]


def test_a_run_is_cancelled_with_a_click(curator: Client, test_set: Cases):
    celery_app.conf.task_always_eager = False
    cases.add(test_set, [cases.checked({"message": "One?"})])
    curator.post(reverse("admin:test_sets_testset_admin_action", args=[test_set.pk, "run"]))

    page = curator.post(reverse("admin:test_sets_run_admin_action", args=[Run.objects.get().pk, "cancel"]), follow=True)

    assert "Cancelled." in page.content.decode()
    assert Run.objects.get().state == "cancelled"


def test_an_empty_set_offers_no_run(curator: Client, test_set: Cases):
    page = curator.post(reverse("admin:test_sets_testset_admin_action", args=[test_set.pk, "run"]), follow=True)

    assert "This test set has no cases yet." in page.content.decode()


def test_a_run_whose_worker_is_gone_says_so(curator: Client, test_set: Cases):
    long_ago = timezone.now() - timezone.timedelta(hours=1)
    run = test_set.runs.create(total=3, done=1, right=1, state="running", leased_until=long_ago)

    page = curator.get(reverse("admin:test_sets_run_progress", args=[run.pk]))

    assert "Its worker stopped." in page.content.decode()
    assert "1 of 3" in page.content.decode()


def test_an_article_offers_the_test_sets_before_it_is_published(
    curator: Client, test_set: Cases, returns_article: Article
):
    cases.add(test_set, [cases.checked({"message": "One?"})])
    address = reverse("admin:knowledge_article_change", args=[returns_article.pk])
    never = curator.get(address).content.decode()
    test_set.runs.create(total=10, done=10, right=8, state="done", finished_at=timezone.now())

    now = " ".join(curator.get(address).content.decode().split())

    assert "Run a test set first." in never
    assert "not run yet" in never
    assert "80% right of 10 (95% interval 49% to 94%)" in now
    assert reverse("admin:test_sets_testset_change", args=[test_set.pk]) in now


def test_a_workspace_offers_its_test_sets_before_its_prompt_is_changed(staff: Any, test_set: Cases):
    cases.add(test_set, [cases.checked({"message": "One?"})])

    page = staff("admin").get(reverse("admin:workspaces_workspace_change", args=[test_set.workspace_id]))

    assert "Run a test set first." in page.content.decode()


def test_an_article_of_another_shop_offers_none_of_ours(superuser: Client, test_set: Cases, other_shop: Workspace):
    cases.add(test_set, [cases.checked({"message": "One?"})])
    article = Article.objects.create(workspace=other_shop)

    page = superuser.get(reverse("admin:knowledge_article_change", args=[article.pk])).content.decode()

    assert "Run a test set first." not in page


def test_a_set_says_when_the_prompt_has_changed_since_its_last_run(curator: Client, test_set: Cases):
    test_set.runs.create(total=1, done=1, right=1, state="done", release="another")

    page = curator.get(reverse("admin:test_sets_testset_change", args=[test_set.pk]))

    assert "The prompt or the models have changed since the last run." in page.content.decode()


@pytest.mark.parametrize("kind", ["case", "run"])
def test_filters_name_no_set_of_another_shop(curator: Client, test_set: Cases, other_shop: Workspace, kind: str):
    theirs = other_shop.test_sets.create(name="Secret plans")
    cases.add(theirs, [cases.checked({"message": "One?"})])
    theirs.runs.create()
    cases.add(test_set, [cases.checked({"message": "One?"})])

    listed = curator.get(reverse(f"admin:test_sets_{kind}_changelist")).content.decode()
    form = curator.get(reverse("admin:test_sets_case_add")).content.decode()

    assert "Secret plans" not in listed + form


def test_nothing_of_another_shop_s_set_can_be_reached(curator: Client, other_shop: Workspace):
    theirs = other_shop.test_sets.create(name="Secret plans")
    run = theirs.runs.create()

    assert curator.get(reverse("admin:test_sets_testset_import", args=[theirs.pk])).status_code == 404
    assert curator.get(reverse("admin:test_sets_run_progress", args=[run.pk])).status_code == 404
    assert curator.post(reverse("admin:test_sets_case_add"), typed(theirs)).status_code == 200
    assert not Case.objects.exists()


def test_a_viewer_imports_nothing_into_a_set(staff: Any, test_set: Cases):
    assert staff("viewer").post(reverse("admin:test_sets_testset_import", args=[test_set.pk])).status_code == 403
