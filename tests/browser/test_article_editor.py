"""A curator checks an edit by keyboard, on a desk and on a phone."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.async_api import Browser, expect

from assistant import embeddings
from knowledge import gaps

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How many days do I have to return something?"


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"])
async def test_what_would_change_is_shown_beside_the_text_without_a_mouse(
    server: str, browser: Browser, in_database: Any, workspace: Any, returns_article: Any, size: dict[str, int]
):
    rosa = get_user_model().objects
    await in_database(rosa.create_superuser, "rosa", password="rosa-works-here")
    await in_database(lambda: gaps.record(workspace, QUESTION, embeddings.embed([QUESTION])[0]))
    page = await (await browser.new_context(viewport=size)).new_page()
    await page.goto(f"http://{server}/admin/login/?next=/admin/knowledge/article/{returns_article.pk}/change/")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")

    await page.fill("textarea[name=body]", "You can return anything within 77 days of delivery.")
    await page.focus("[data-tab=check]")
    await page.keyboard.press("Enter")
    await page.focus("[data-check]")
    await page.keyboard.press("Enter")

    result = page.locator("[data-check-result]")
    await expect(result).to_contain_text("1 of 1 past question would be answered differently")
    await expect(result).to_contain_text("77 days")
    assert await page.evaluate("document.activeElement.dataset.check !== undefined")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
