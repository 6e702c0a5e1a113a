"""The widget in a sandboxed frame, whose page has no origin and no storage (row F)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import FrameLocator, Page, Route, expect

from tests.browser.test_refused_pages import LISTENING

pytestmark = pytest.mark.django_db(transaction=True)
TAG = '<script async src="http://{server}/widget.js" data-widget="wk_acme"></script>'
OUTSIDE = '<!doctype html><title>A portal</title><iframe name="shop" sandbox="{sandbox}" {source}></iframe>'
INSIDE = "<!doctype html><html lang='en'><title>A shop</title><body>{tag}</body></html>"
SOURCES = {"of its own address": 'src="/framed.html"', "written into the page": 'srcdoc="{inside}"'}


class Portal:
    """A page with the shop in a frame, and everything that its console says."""

    def __init__(self, page: Page) -> None:
        self.page, self.lines, self.uncaught, self.sockets = page, [], [], []
        page.on("console", lambda line: self.lines.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.uncaught.append(str(error)))
        page.on("websocket", lambda socket: self.sockets.append(socket))

    @property
    def shop(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    async def told(self) -> list[dict[str, Any]]:
        frame = self.page.frame(name="shop")
        assert frame is not None
        async with asyncio.timeout(10):
            while not await frame.evaluate("window.told.length"):  # noqa: ASYNC110 - as in test_refused_pages
                await asyncio.sleep(0.02)
        return await frame.evaluate("window.told")


Framed = Callable[..., Awaitable[Portal]]


@pytest.fixture
def framed(context: Any, shop_server: str) -> Framed:
    """Open a page that has the shop in a frame: `await framed("allow-scripts")`."""

    async def opened(sandbox: str, source: str = "of its own address", until: str | None = None) -> Portal:
        inside = INSIDE.format(tag=TAG.format(server=shop_server))
        outside = OUTSIDE.format(sandbox=sandbox, source=SOURCES[source].format(inside=inside.replace('"', "&quot;")))
        page = await context.new_page()
        portal = Portal(page)
        for path, body in (("portal", outside), ("framed", inside)):
            await page.route(f"**/{path}.html", answering(body))
        await context.add_init_script(LISTENING)
        if until is None:
            await page.goto(f"http://{shop_server}/portal.html")
            return portal
        async with page.expect_console_message(lambda line: line.text.startswith(until)):
            await page.goto(f"http://{shop_server}/portal.html")
        return portal

    return opened


def answering(body: str) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=body)

    return answer


@pytest.mark.parametrize("source", SOURCES)
async def test_a_frame_without_an_origin_has_no_bubble_and_one_line_that_names_the_cure(framed, source):
    portal = await framed("allow-scripts", source, until="Brevity")
    told = await portal.told()

    assert [each["code"] for each in told] == ["origin_refused"]
    assert "sandbox" in told[0]["message"]
    assert "allow-same-origin" in told[0]["message"]
    assert [line for line in portal.lines if not line.startswith("Failed to load")] == [
        f"Brevity: {told[0]['message']}"
    ]
    assert portal.uncaught == portal.sockets == []
    await expect(portal.shop.locator("#brevity-widget")).to_have_count(0)


async def test_a_frame_that_keeps_its_origin_has_a_widget_that_works(framed, returns_article, no_engine):
    portal = await framed("allow-scripts allow-same-origin")

    await ask(portal, "How do I send something back?")

    assert portal.uncaught == []


async def test_where_the_shop_allows_pages_without_an_origin_the_widget_works_without_storage(
    framed, widget, returns_article, no_engine
):
    widget.origins = [*widget.origins, "null"]
    await widget.asave()
    portal = await framed("allow-scripts")

    await ask(portal, "How do I send something back?")

    assert portal.uncaught == []


async def ask(portal: Portal, text: str) -> None:
    await portal.shop.locator(".launcher").click()
    await portal.shop.locator(".composer textarea").fill(text)
    await portal.page.keyboard.press("Enter")
    await expect(portal.shop.locator(".thread article.assistant").last).to_contain_text("Print the label")
