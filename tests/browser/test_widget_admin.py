"""The page where a widget is set up: it shows the widget as the form says, and saves what it shows."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as project
from django.test import Client
from playwright.async_api import expect

from tests.browser.test_looks import PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def signed_in(browser, server, django_user_model, settings):
    """Open a page of the admin as rosa: `await signed_in(path, size)`."""
    rosa = await django_user_model.objects.acreate(username="rosa", first_name="Rosa", is_staff=True, is_superuser=True)
    client = Client()
    await sync_to_async(client.force_login)(rosa)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    async def opened(path, size):
        context = await browser.new_context(viewport=size)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": f"http://{server}"}
        await context.add_cookies([cookie])
        page = await context.new_page()
        page.refused = []
        page.on("console", lambda said: page.refused.append(said.text) if "Content Security" in said.text else None)
        await page.goto(f"http://{server}/admin/{path}")
        return page

    return opened


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


async def test_the_snippet_to_copy_names_the_widget(signed_in, widget):
    page = await signed_in(f"workspaces/widget/{widget.pk}/change/", SIZES["desktop"])

    snippet = f'<script async src="{project.PUBLIC_URL}/widget.js" data-widget="wk_acme"></script>'
    await expect(page.locator("[data-copy-text]")).to_have_text(snippet)
