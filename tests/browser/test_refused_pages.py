"""A page that may not use the widget shows none, and its console gives the reason (row C8)."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from assistant.workspaces.models import Widget

pytestmark = pytest.mark.django_db(transaction=True)
LISTENING = (
    """window.told = []; document.addEventListener("brevity:error", (event) => window.told.push(event.detail));"""
)


class Ear:
    """What a page's console and its listeners hear."""

    def __init__(self, page: Any) -> None:
        self.page, self.lines, self.sockets = page, [], []
        page.on("console", lambda line: self.lines.append(line.text) if line.text.startswith("Brevity") else None)
        page.on("websocket", lambda socket: self.sockets.append(socket))

    def line(self) -> Any:
        return self.page.expect_console_message(lambda line: line.text.startswith("Brevity"))

    async def told(self) -> list[dict[str, Any]]:
        return await self.page.evaluate("window.told")


async def until_told(page: Any) -> None:
    async with asyncio.timeout(20):
        while not await page.evaluate("window.told.length"):  # noqa: ASYNC110  the page's policy allows nothing else
            await asyncio.sleep(0.05)


async def test_a_page_of_another_origin_has_no_bubble_and_one_line_that_names_the_cure(
    tab, context, widget, shop_server
):
    await Widget.objects.filter(pk=widget.pk).aupdate(origins=["https://shop.example"])
    await context.add_init_script(LISTENING)
    ana = await tab()
    await until_told(ana.page)  # the first time that it is loaded
    ear = Ear(ana.page)
    async with ear.line():
        await ana.page.reload()
    told = await ear.told()

    assert [each["code"] for each in told] == ["origin_refused"]
    assert f"http://{shop_server}" in told[0]["message"]
    assert "Add it to the widget's origins" in told[0]["message"]
    assert ear.lines == [f"Brevity: {told[0]['message']}"]
    assert ear.sockets == []
    await expect(ana.page.locator("#brevity-widget")).to_have_count(0)


async def test_a_key_that_no_widget_has_shows_no_bubble_either(tab, context, widget):
    await Widget.objects.filter(pk=widget.pk).aupdate(enabled=False)
    await context.add_init_script(LISTENING)
    ana = await tab()
    await until_told(ana.page)  # the first time that it is loaded
    ear = Ear(ana.page)
    async with ear.line():
        await ana.page.reload()
    told = await ear.told()

    assert [each["code"] for each in told] == ["widget_unknown"]
    assert len(ear.lines) == 1
    await expect(ana.page.locator("#brevity-widget")).to_have_count(0)


@pytest.mark.parametrize("registered_elsewhere", [False, True])
async def test_an_origin_that_is_taken_away_meanwhile_ends_the_widget(
    tab, context, widget, workspace, registered_elsewhere
):
    """Refused at the handshake, of which a browser tells no reason, or after hello, where another widget has it."""
    if registered_elsewhere:
        await Widget.objects.acreate(workspace=workspace, public_key="wk_other", origins=list(widget.origins))
    await context.add_init_script(LISTENING)
    ana = await tab()
    ear = Ear(ana.page)
    await expect(ana.page.locator(".launcher")).to_be_visible()
    await Widget.objects.filter(pk=widget.pk).aupdate(origins=["https://shop.example"])

    async with ear.line():
        await ana.page.locator(".launcher").click()
    told = await ear.told()

    assert {each["code"] for each in told} == {"origin_refused"}
    assert len(ear.lines) == 1
    assert len(ear.sockets) == 1
    await expect(ana.page.locator("#brevity-widget")).to_have_count(0)
