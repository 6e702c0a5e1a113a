"""A browser, a shop's page with the widget, and people who use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from assistant.embedded.browser import CURE, find_browser
from assistant.workspaces.models import Widget
from knowledge.articles import publishing
from tests.browser.shopper import Shopper, shop_tab
from tests.faults.conftest import articles_about_things as articles_about_things
from tests.faults.conftest import processes as processes
from tests.faults.conftest import upstream as upstream

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The shop page comes from the test itself, so Chromium does not know that it is on this machine too.
    "--disable-features=LocalNetworkAccessChecks",
)
RETURNS = """You can return anything within 30 days of delivery, unused and in its packaging.

## How to send something back

Print the label from your account, put it on the parcel and hand it in at any post office.
The refund reaches you within five working days after we have the parcel."""

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
Opener = Callable[..., Awaitable[Shopper]]


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_browser()
    assert found, CURE
    return found


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    """One visitor's browser: her tabs share what is stored."""
    return await browser.new_context(viewport={"width": 1280, "height": 800})


@pytest.fixture
async def shop_server(server: str, widget: Widget) -> str:
    widget.origins = [f"http://{server}"]
    await widget.asave()
    return server


@pytest.fixture
def tab(shop_server: str, context: BrowserContext) -> Opener:
    """Open a tab of the shop: `ana = await tab()`; keyword arguments become `brevitySettings`."""

    async def opened(context: BrowserContext = context, **settings: Any) -> Shopper:
        return await shop_tab(context, shop_server, **settings)

    return opened


@pytest.fixture
def returns_article(transactional_db: None, workspace: Any) -> Any:
    article = publishing.save_draft(
        workspace, external_id="returns", title="Returns and refunds", body=RETURNS, url="/help/returns"
    )
    publishing.publish(article)
    return article


@pytest.fixture
def many_messages(settings: Any) -> None:
    """Limits out of the way of a test that says much in a short time."""
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = 1000


@pytest.fixture
def in_database() -> Callable[..., Awaitable[Any]]:
    """Call a synchronous function of ours from an async test."""
    return lambda function, *given, **named: sync_to_async(function)(*given, **named)


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
