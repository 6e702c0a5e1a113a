"""A curator previews an edit and tries a question by keyboard, on desktop and phone."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.async_api import Browser, Page, expect

from assistant.llm import embeddings
from knowledge.gaps import gaps
from knowledge.search.weights.models import LabelledQuestion

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How many days do I have to return something?"
desk_and_phone = pytest.mark.parametrize(
    "size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"]
)


async def editor_of(article: Any, server: str, browser: Browser, size: dict[str, int]) -> Page:
    """The article's page, opened by Rosa."""
    page = await (await browser.new_context(viewport=size)).new_page()
    address = f"/admin/knowledge/article/{article.pk}/change/"
    await page.goto(f"http://{server}/admin/login/?next={address}")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"http://{server}{address}")  # with its scripts
    return page


@pytest.fixture
async def rosa(in_database: Any) -> Any:
    return await in_database(get_user_model().objects.create_superuser, "rosa", password="rosa-works-here")


@desk_and_phone
async def test_what_would_change_is_shown_beside_the_text_without_a_mouse(
    server: str,
    browser: Browser,
    in_database: Any,
    workspace: Any,
    returns_article: Any,
    rosa: Any,
    size: dict[str, int],
):
    await in_database(lambda: gaps.record(workspace, QUESTION, embeddings.embed([QUESTION])[0]))
    page = await editor_of(returns_article, server, browser, size)

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


@desk_and_phone
async def test_a_curator_says_without_a_mouse_that_a_passage_answers_and_takes_it_back(
    server: str, browser: Browser, in_database: Any, returns_article: Any, rosa: Any, size: dict[str, int]
):
    page = await editor_of(returns_article, server, browser, size)
    await page.focus("[data-tab=preview]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Tab")
    await page.keyboard.type(QUESTION)
    await page.keyboard.press("Enter")
    button = page.get_by_role("button", name="This answers it").first
    await button.focus()

    await page.keyboard.press("Enter")
    await expect(button).to_have_attribute("aria-pressed", "true")
    said = await in_database(lambda: LabelledQuestion.objects.values_list("question", "by__username", "source").get())
    is_narrow = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(button).to_be_focused()  # so that the same key takes it back
    await page.keyboard.press("Space")
    await expect(button).to_have_attribute("aria-pressed", "false")

    assert said == (QUESTION, "rosa", "staff")
    assert is_narrow
    assert await in_database(LabelledQuestion.objects.count) == 0
