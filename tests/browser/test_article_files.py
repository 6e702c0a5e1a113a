"""A curator adds a picture to an article, on desktop and phone."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from playwright.async_api import Browser, expect

from knowledge.articles import publishing
from tests.assistant.uploads.test_images import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"])
async def test_a_picture_is_added_put_into_the_text_and_seen_in_the_preview(
    server: str,
    browser: Browser,
    in_database: Any,
    returns_article: Any,
    settings: Any,
    tmp_path: Any,
    size: dict[str, int],
):
    settings.MEDIA_ROOT = tmp_path
    await in_database(get_user_model().objects.create_superuser, "rosa", password="rosa-works-here")
    page = await (await browser.new_context(viewport=size)).new_page()
    await page.goto(f"http://{server}/admin/login/?next=/admin/knowledge/article/{returns_article.pk}/change/")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")

    await page.click("[data-tab=files]")
    content = picture(size=(900, 600))
    await page.set_input_files("[data-add]", {"name": "label.png", "mimeType": "image/png", "buffer": content})
    await expect(page.locator("[data-files] .b-file")).to_have_count(1)
    await page.set_input_files("[data-add]", {"name": "run.png", "mimeType": "image/png", "buffer": b"MZ\x90\x00"})
    await expect(page.locator("[data-files] [role=alert]")).to_contain_text("is not allowed")
    await page.evaluate("document.querySelector('textarea[name=body]').setSelectionRange(7, 7)")
    await page.click("[data-insert]")
    await page.click("[data-tab=preview]")

    shown = page.locator("[data-pane=preview] img")
    await expect(shown).to_have_js_property("naturalWidth", 900)
    assert re.match(
        r"You can\n\n!\[label\]\(/article-files/[0-9a-f-]{36}\)\n\n return",
        await page.input_value("textarea[name=body]"),
    )
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.click("[data-tab=files]")
    await page.click("[data-delete]")
    await expect(page.locator("[data-files]")).to_contain_text("No files yet.")


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"])
async def test_a_description_is_suggested_and_goes_into_the_draft_by_a_click_alone(
    server: str,
    browser: Browser,
    in_database: Any,
    workspace: Any,
    returns_article: Any,
    size: dict[str, int],
):
    body = "## Where the label is\n\nLook at the back.\n\n![](/article-files/0b5c)\n\n## Cleaning\n\n![](https://shop.example/a.png)\n"
    await in_database(publishing.save_draft, workspace, external_id="returns", title="Returns", body=body)
    await in_database(get_user_model().objects.create_superuser, "rosa", password="rosa-works-here")
    page = await (await browser.new_context(viewport=size)).new_page()
    await page.goto(f"http://{server}/admin/login/?next=/admin/knowledge/article/{returns_article.pk}/change/")
    await page.fill("[name=username]", "rosa")
    await page.fill("[name=password]", "rosa-works-here")
    await page.keyboard.press("Enter")

    suggested = page.locator(".b-alts")
    await expect(suggested).to_contain_text("Where the label is")
    await page.screenshot(path=settings.BASE_DIR / "tests" / "artefacts" / f"alts-{size['width']}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    written = page.locator("textarea[name=body]")
    await expect(written).to_have_value(re.compile(r"!\[\]\(/article-files/0b5c\)"))
    await suggested.get_by_role("button", name="picture 1").click()

    await expect(written).to_have_value(re.compile(r"!\[Where the label is\]\(/article-files/0b5c\)"))
    assert await page.evaluate("getSelection().toString()") == "Where the label is"
    await expect(suggested.get_by_role("button")).to_have_count(1)
    await suggested.get_by_role("button").press("Enter")
    await expect(written).to_have_value(re.compile(r"!\[Cleaning\]\(https://shop.example/a.png\)"))
    await expect(suggested).to_have_count(0)
    newest = await in_database(returns_article.revisions.order_by("-number").first)
    assert "![]" in newest.body
