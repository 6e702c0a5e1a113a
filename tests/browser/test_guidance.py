"""Staff edit guidance, compare its answers with the live one, publish it and roll back."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.async_api import Browser, expect

from assistant.guidance import versions
from assistant.guidance.content import Content, Topic
from assistant.guidance.models import Guidance
from assistant.workspaces.models import Workspace
from conversations.guidance import preview
from conversations.test_sets import cases
from knowledge.models import Article
from tests.browser.test_test_sets import LONG, logged_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_engine")]
QUESTION = "How do I send something back?"
CLOSED = "Our press office is closed."


def a_superuser() -> None:
    get_user_model().objects.create_superuser("rosa", password="rosa-works-here")


async def test_guidance_is_edited_previewed_taken_live_and_taken_back(
    server: str, browser: Browser, in_database: Any, returns_article: Article, workspace: Workspace, chat: Any
):
    """One server all the while: nothing is restarted."""
    await in_database(a_superuser)
    page = await logged_in(browser, server, reverse("admin:guidance_guidance_changelist"))

    await page.goto(f"http://{server}{reverse('admin:guidance_guidance_add')}")
    await page.locator("summary", has_text="Add").first.click()
    await page.get_by_label("Topic").first.fill("Press")
    await page.get_by_label("Words").first.fill("interview")
    await page.get_by_label("Reply", exact=True).first.fill(CLOSED)
    await page.get_by_label("What changed").fill("Press goes elsewhere")
    await page.get_by_role("button", name="Save as draft").click()
    await expect(page.get_by_text("Version 1 is the draft.")).to_be_visible()
    async with chat() as ana:
        assert (await ana.ask("May I have an interview?"))["text"] != CLOSED

    await page.get_by_role("link", name="Preview").click()
    await page.get_by_label("Question 1").fill("May I have an interview?")
    await page.get_by_label("Question 2").fill(QUESTION)
    await page.get_by_role("button", name="Answer both").click()
    await expect(page.get_by_role("heading", name="Done")).to_be_visible()
    await expect(page.locator("section[aria-label=draft]").first).to_contain_text(CLOSED)
    await expect(page.locator("section[aria-label=live]").first).not_to_contain_text(CLOSED)
    await expect(page.locator("section[aria-label=draft]").last).to_contain_text("Print the label")

    await page.get_by_role("link", name="Back to version 1").click()
    await page.get_by_role("button", name="Go live").click()
    await expect(page.get_by_text("Version 1 is live.")).to_be_visible()
    async with chat() as ana:
        assert (await ana.ask("May I have an interview?"))["text"] == CLOSED

    await page.get_by_role("link", name="Edit", exact=True).click()
    await page.get_by_label("Remove").first.check()
    await page.get_by_role("button", name="Save as draft").click()
    await expect(page.get_by_role("heading", name="Version 1 (live) → version 2")).to_be_visible()
    await page.get_by_role("button", name="Go live").click()
    await expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    async with chat() as ana:
        assert (await ana.ask("May I have an interview?"))["text"] != CLOSED

    first = await in_database(Guidance.objects.get, number=1)
    await page.goto(f"http://{server}{reverse('admin:guidance_guidance_change', args=[first.pk])}")
    await page.get_by_role("button", name="Go back to this version").click()
    await expect(page.get_by_text("Version 3 is live, with the texts of version 1.")).to_be_visible()
    async with chat() as ana:
        assert (await ana.ask("May I have an interview?"))["text"] == CLOSED


def everything(workspace: Workspace) -> list[str]:
    """Versions with long words, a preview and a test set; the addresses of the pages that show them."""
    a_superuser()
    Workspace.objects.create(slug="other", name=LONG[:120])
    test_set = workspace.test_sets.create(name=LONG)
    cases.add(test_set, [cases.checked({"message": QUESTION})])
    topic = Topic(LONG[:120], (LONG[:150],), (LONG[:150],), reply=LONG)
    long = Content(LONG, LONG, "short", (LONG,), (LONG,), (topic,), (topic,), ("en",), LONG)
    first = versions.go_live(versions.save_draft(workspace, long, seen=None, comment=LONG))
    changed = Content(
        "Warm", LONG[::-1], "detailed", ("Be exact",), (), (topic, Topic("Law", ("lawsuit",), reply="No."))
    )
    draft = versions.save_draft(workspace, changed, seen=first.pk)
    asked = preview.start(draft, [QUESTION, LONG])
    while preview.carry_on(asked):
        pass
    run = test_set.runs.create(total=1, done=1, right=1, state="done", guidance=draft, totals=["question 1 of 1"])
    return [
        reverse("admin:guidance_guidance_changelist"),
        reverse("admin:guidance_guidance_add"),
        reverse("admin:guidance_guidance_edit", args=[workspace.pk]),
        reverse("admin:guidance_guidance_change", args=[draft.pk]),
        reverse("admin:guidance_guidance_change", args=[first.pk]),
        reverse("admin:guidance_guidance_preview", args=[draft.pk]),
        reverse("admin:guidance_guidance_previewed", args=[draft.pk, asked]),
        reverse("admin:test_sets_testset_change", args=[test_set.pk]),
        reverse("admin:test_sets_run_change", args=[run.pk]),
        reverse("admin:workspaces_workspace_change", args=[workspace.pk]),
    ]


@pytest.mark.parametrize("width", [390, 1280])
async def test_no_page_of_guidance_is_wider_than_the_screen(
    server: str, browser: Browser, in_database: Any, returns_article: Article, workspace: Workspace, width: int
):
    addresses = await in_database(everything, workspace)
    page = await logged_in(browser, server, addresses[0], width)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    too_wide = []
    for address in addresses:
        await page.goto(f"http://{server}{address}")
        await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(address)

    assert not too_wide
    assert not complaints
