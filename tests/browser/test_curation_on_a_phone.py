"""The pages of articles fit on a phone, and everything on them works."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.async_api import Browser

from knowledge.articles import publishing
from knowledge.gaps import gaps
from knowledge.imports.models import Import
from knowledge.search.weights import labels

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
REFUSED = {"name": f"{LONG}.pdf", "code": "unreadable_pdf", "reason": f"The PDF cannot be read: {LONG}"}


def curated(article: Any) -> list[str]:
    """Fill the workspace with long words; return the addresses of its pages."""
    workspace = article.workspace
    get_user_model().objects.create_superuser("rosa", password="rosa-works-here")
    publishing.revise(article, title=LONG, body=f"{article.body}\n\n{LONG}\n\n| {LONG} | b |\n|---|---|\n| a | b |")
    gap = gaps.record(workspace, LONG, None)
    labels.add(article, LONG, source="staff")
    tried = Import.objects.create(
        workspace=workspace, name=f"{LONG}.zip", status="done", dry_run=True, report={"refused": [REFUSED]}
    )
    lists = ("knowledge_article", "knowledge_gap", "imports_import", "learning_labelledquestion")
    return [
        *(reverse(f"admin:{name}_changelist") for name in lists),
        reverse("admin:knowledge_article_change", args=[article.pk]),
        reverse("admin:knowledge_article_add"),
        reverse("admin:knowledge_article_revisions", args=[article.pk]),
        reverse("admin:knowledge_article_try") + f"?q={LONG}&workspace={workspace.pk}",
        reverse("admin:knowledge_article_try") + f"?q=How+do+I+return+something&workspace={workspace.pk}",
        reverse("admin:knowledge_gap_change", args=[gap.pk]),
        reverse("admin:imports_import_change", args=[tried.pk]),
        reverse("admin:imports_import_add"),
    ]


async def test_no_page_of_curation_is_wider_than_a_phone(
    server: str, browser: Browser, in_database: Any, returns_article: Any
):
    addresses = await in_database(curated, returns_article)
    page = await (await browser.new_context(viewport={"width": 390, "height": 844})).new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"http://{server}/admin/login/?next={addresses[0]}")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"http://{server}{addresses[0]}")

    too_wide = []
    for address in addresses:
        await page.goto(f"http://{server}{address}")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(address)

    assert (too_wide, complaints) == ([], [])
