"""Curators run a test set, watch its progress and compare results, on a phone too."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from playwright.async_api import Browser, Page, expect

from assistant import celery_app
from assistant.workspaces.models import Workspace
from conversations.models import Contact, Conversation
from conversations.test_sets import cases, runner
from conversations.test_sets.models import Case, Run
from knowledge.articles import publishing
from knowledge.models import Article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_engine")]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ROWS = [
    {"message": "How do I send something back?", "articles": ["returns"], "answer": "Print the label"},
    {"kind": "unanswerable", "message": "Can you fly my parcel to the moon?"},
    {"message": f"{LONG}?", "articles": [LONG], "history": [["customer", LONG], ["assistant", LONG]]},
]


def filled_set(workspace: Workspace) -> Any:
    get_user_model().objects.create_superuser("rosa", password="rosa-works-here")
    test_set = workspace.test_sets.create(name="Returns")
    cases.add(test_set, [cases.checked(row) for row in ROWS])
    return test_set


def carry_on_with_the_newest() -> bool:
    return runner.carry_on(Run.objects.select_related("test_set__workspace").first())


async def logged_in(browser: Browser, server: str, address: str, width: int = 1280) -> Page:
    page = await (await browser.new_context(viewport={"width": width, "height": 844})).new_page()
    await page.goto(f"http://{server}/admin/login/?next={address}")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"http://{server}{address}")
    return page


async def test_a_run_is_watched_until_it_is_done_and_tells_what_changed(
    server: str, browser: Browser, in_database: Any, returns_article: Article, workspace: Workspace, settings: Any
):
    settings.TEST_RUN_SLICE_S = 0
    celery_app.conf.task_always_eager = False  # the test is the worker
    test_set = await in_database(filled_set, workspace)
    page = await logged_in(browser, server, reverse("admin:test_sets_testset_change", args=[test_set.pk]))

    await page.get_by_role("button", name="Run").click()
    await expect(page.get_by_role("heading", name="Queued …")).to_be_visible()
    await page.evaluate("window.notReloaded = true")
    await in_database(carry_on_with_the_newest)
    await expect(page.get_by_role("heading", name="1 of 3")).to_be_visible()
    assert await page.evaluate("window.notReloaded")
    while await in_database(carry_on_with_the_newest):
        pass
    await expect(page.get_by_role("heading", name="Done")).to_be_visible()
    await expect(page.get_by_text("No earlier run")).to_be_visible()

    await in_database(publishing.unpublish, returns_article)
    await page.get_by_role("button", name="Run again").click()
    await expect(page.get_by_role("heading", name="Queued …")).to_be_visible()
    while await in_database(carry_on_with_the_newest):
        pass
    await page.get_by_role("link", name="Changed (1)").click()
    broken = page.locator("[data-change=broken]")
    await expect(broken).to_have_count(1)
    await broken.locator("summary").click()
    await expect(broken).to_contain_text("Print the label from your account")
    await expect(broken).to_contain_text("No longer right")


def everything(workspace: Workspace, article: Article) -> list[str]:
    """A set with long words and two runs, and a conversation; the addresses of the pages that show them."""
    test_set = filled_set(workspace)
    for text in ("Print it", LONG):
        run = test_set.runs.create(total=3, done=3, right=1, state="done", finished_at=timezone.now(), totals=[LONG])
        for case in test_set.cases.all():
            run.results.create(case=case, key=case.key, reply=f"{text} [1]", cited=[LONG], right=case.number == 1)
    failed = test_set.runs.create(total=3, state="failed", why_failed=f"{LONG} ended its worker")
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation.objects.create(workspace=workspace, contact=ana, last_seq=1)
    conversation.messages.create(seq=1, role="customer", text="Can I send it back?")
    return [
        *(reverse(f"admin:test_sets_{name}_changelist") for name in ("testset", "case", "run")),
        reverse("admin:test_sets_testset_change", args=[test_set.pk]),
        reverse("admin:test_sets_testset_add"),
        reverse("admin:test_sets_testset_import", args=[test_set.pk]),
        reverse("admin:test_sets_case_change", args=[Case.objects.last().pk]),
        reverse("admin:test_sets_case_add"),
        reverse("admin:test_sets_run_change", args=[run.pk]),
        reverse("admin:test_sets_run_change", args=[failed.pk]),
        reverse("admin:conversations_conversation_change", args=[conversation.pk]),
        reverse("admin:knowledge_article_change", args=[article.pk]),
        reverse("admin:workspaces_workspace_change", args=[workspace.pk]),
    ]


@pytest.mark.parametrize("width", [390, 1280])
async def test_no_page_of_test_sets_is_wider_than_the_screen(
    server: str, browser: Browser, in_database: Any, returns_article: Article, workspace: Workspace, width: int
):
    addresses = await in_database(everything, workspace, returns_article)
    page = await logged_in(browser, server, addresses[0], width)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    too_wide = []
    for address in addresses:
        await page.goto(f"http://{server}{address}")
        await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        if tab := await page.query_selector("#tab-check"):
            await tab.click()
            await expect(page.get_by_text("Run a test set first.")).to_be_visible()
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(address)

    assert (too_wide, complaints) == ([], [])
