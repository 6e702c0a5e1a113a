"""The widget's admin page previews the unsaved form, and saves what it previews."""

import io

import pytest
from django.conf import settings as project
from PIL import Image, ImageDraw
from playwright.async_api import expect

from assistant.workspaces import logos
from tests.browser.test_looks import PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", SIZES)
async def test_the_preview_follows_the_form_and_the_form_is_saved(signed_in, widget, size):
    page = await signed_in(f"workspaces/widget/{widget.pk}/change/", SIZES[size])
    preview = page.locator("#widget-preview")
    await expect(preview.locator(".panel")).to_be_visible()

    await page.fill("#id_greeting", "Welcome to Fjordlight!")
    await page.fill("#id_suggestions", "When do I get my refund?\nWhere is my parcel?")
    await page.fill("#id_accent", "#0f5c4f")
    await page.select_option("#id_dark", "dark")

    await expect(preview.locator(".intro .bubble")).to_have_text("Welcome to Fjordlight!")
    await expect(preview.locator(".suggestions button")).to_have_count(2)
    await expect(preview.locator(".root")).to_have_attribute("data-theme", "dark")
    colour = await preview.locator(".launcher").evaluate("node => getComputedStyle(node).backgroundColor")
    assert colour == "rgb(15, 92, 79)"
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{size}-widget-admin.png", full_page=True, animations="disabled")
    await page.locator("button[name=_continue], input[name=_continue]").first.click()
    await page.wait_for_load_state()
    await widget.arefresh_from_db()
    assert widget.greeting == "Welcome to Fjordlight!"
    assert (widget.theme["accent"], widget.theme["dark"], widget.theme["attachments"]) == ("#0f5c4f", "dark", True)
    assert page.refused == []


def drawn_logo() -> bytes:
    logo = Image.new("RGBA", (300, 120))
    pen = ImageDraw.Draw(logo)
    pen.ellipse((10, 10, 110, 110), fill="#0f5c4f")
    pen.polygon([(140, 110), (190, 10), (240, 110)], fill="#e8a33d")
    file = io.BytesIO()
    logo.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
async def test_a_logo_is_tried_in_the_preview_saved_and_shown_to_customers(
    signed_in, tab, browser, widget, size, scheme
):
    page = await signed_in(f"workspaces/widget/{widget.pk}/change/", SIZES[size])
    in_preview = page.locator("#widget-preview .logo canvas")
    await expect(page.locator("#widget-preview .avatar")).to_be_visible()
    await page.set_input_files("#id_logo", {"name": "l.png", "mimeType": "image/png", "buffer": drawn_logo()})
    await expect(in_preview).to_be_visible()
    await page.locator("button[name=_continue], input[name=_continue]").first.click()
    await page.wait_for_load_state()
    await expect(in_preview).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{size}-logo-admin.png", full_page=True, animations="disabled")

    ana = await tab(context=await browser.new_context(viewport=SIZES[size], color_scheme=scheme))
    await ana.open_chat()

    shown = ana.page.locator("header .logo canvas")
    await expect(shown).to_be_visible()
    await expect(shown).to_have_css("height", "36px")  # a box measured while the panel opens is a little smaller
    left, middle = await shown.evaluate(
        "at => [[20, 54], [120, 5]].map(([x, y]) => [...at.getContext('2d').getImageData(x, y, 1, 1).data])"
    )
    assert (left, middle[3]) == ([15, 92, 79, 255], 0)
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-logo.png", animations="disabled")
    assert (ana.errors, ana.foreign, ana.policy_reports, page.refused) == ([], [], [], [])


async def test_a_logo_that_cannot_be_had_leaves_our_own_mark(tab, context, widget, in_database):
    await in_database(logos.keep, widget, drawn_logo())
    await context.route("**/api/v1/widget/logo/**", lambda route: route.abort())
    ana = await tab()

    async with ana.page.expect_event("requestfailed"):
        await ana.open_chat()

    await expect(ana.page.locator("header .avatar")).to_be_visible()
    await expect(ana.page.locator("header .logo")).to_have_count(0)
    assert ana.errors == []


async def test_the_snippet_to_copy_names_the_widget(signed_in, widget):
    page = await signed_in(f"workspaces/widget/{widget.pk}/change/", SIZES["desktop"])

    snippet = f'<script async src="{project.PUBLIC_URL}/widget.js" data-widget="wk_acme"></script>'
    await expect(page.locator("[data-copy-text]")).to_have_text(snippet)
