"""A user of a browser: what she does and sees, and what the page did in the background."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Dialog, Locator, Page, Request, Route, expect

# A shop with a policy as strict as it can be: the widget must live under it.
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
PAGE = """<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title></head><body><h1>A shop</h1><button id="before">Before</button>
{settings}<script async src="/widget.js" data-widget="wk_acme"></script></body></html>"""


@dataclass
class Shopper:
    page: Page
    server: str  # host:port
    dialogs: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # requests to anybody but the server
    errors: list[str] = field(default_factory=list)
    policy_reports: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("dialog", self.dismiss)
        self.page.on("request", self.note_request)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self.note_console)

    async def dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != self.server:
            self.foreign.append(request.url)

    def note_console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.policy_reports.append(message.text)

    async def goto(self, path: str = "/shop.html") -> None:
        await self.page.goto(f"http://{self.server}{path}")

    async def open_chat(self) -> None:
        await self.page.locator(".launcher").click()
        await expect(self.panel).to_be_visible()

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.page.keyboard.press("Enter")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".panel")

    @property
    def input(self) -> Locator:
        return self.page.locator(".composer textarea")

    @property
    def said(self) -> Locator:
        """What the customer said."""
        return self.page.locator(".thread article.customer")

    @property
    def replies(self) -> Locator:
        return self.page.locator(".thread article.assistant")

    @property
    def people(self) -> Locator:
        return self.page.locator(".thread article.person")

    @property
    def status(self) -> Locator:
        return self.page.locator(".status")

    async def stored(self) -> str | None:
        """What the widget keeps on the device."""
        return await self.page.evaluate("JSON.stringify(localStorage) === '{}' ? null : JSON.stringify(localStorage)")


async def shop_tab(context: BrowserContext, server: str, **settings: Any) -> Shopper:
    """Open a tab of the shop, with the widget of this server; keyword arguments become `brevitySettings`."""
    page = await context.new_page()
    shopper = Shopper(page, server)
    shopper.watch()

    async def shop_page(route: Route) -> None:
        await route.fulfill(
            content_type="text/html",
            headers={"Content-Security-Policy": POLICY},
            body=PAGE.format(settings='<script src="/settings.js"></script>'),
        )

    async def settings_script(route: Route) -> None:
        body = f"window.brevitySettings = {json.dumps(settings)};"
        await route.fulfill(content_type="text/javascript", body=body)

    await page.route("**/shop.html", shop_page)
    await page.route("**/settings.js", settings_script)
    await shopper.goto()
    return shopper
