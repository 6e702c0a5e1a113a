"""The staff admin without a mouse."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.async_api import Browser, expect

pytestmark = pytest.mark.django_db(transaction=True)
IN_CONTENT = "document.getElementById('content').contains(document.activeElement)"


async def test_one_key_leads_past_the_menu_and_what_a_mouse_opens_a_key_opens(
    server: str, browser: Browser, in_database: Any, returns_article: Any
):
    await in_database(get_user_model().objects.create_superuser, "rosa", password="rosa-works-here", first_name="Rosa")
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(f"http://{server}/admin/login/?next=/admin/knowledge/article/")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"http://{server}/admin/knowledge/article/")

    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")

    assert await page.evaluate(IN_CONTENT)
    for name, shown in (("Filters", "Past its review date"), ("Rosa", "Log out")):
        opener = page.get_by_role("button", name=name)
        await opener.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(shown)).to_be_visible()
        await expect(opener).not_to_be_focused()  # the focus is in what was opened, wherever that stands
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(page.get_by_text(shown)).to_be_hidden()
        await expect(opener).to_be_focused()
