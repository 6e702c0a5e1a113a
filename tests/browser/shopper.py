"""Somebody in front of a browser: what she does, what she sees, and what the page did behind her back."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Dialog, Locator, Page, Request, expect


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
