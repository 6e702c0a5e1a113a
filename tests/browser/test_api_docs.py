"""The API docs work under a content security policy without inline scripts (row C10)."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_docs_of_the_api_are_drawn_and_tried_without_breaking_the_policy(server, browser):
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(f"http://{server}/api/v1/docs/")
    await expect(page.get_by_role("heading", name="Brevity")).to_be_visible()
    await page.locator("#operations-widget-widget_sessions_create").get_by_role("button").first.click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()

    await expect(page.get_by_text("widget_unknown").first).to_be_visible()
    assert [each for each in complaints if "404" not in each] == []
