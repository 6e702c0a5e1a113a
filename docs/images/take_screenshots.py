"""Take the README's screenshots from a running demo shop (`make run`).

Run: PYTHONPATH=. .venv/bin/python docs/images/take_screenshots.py http://127.0.0.1:8000 PASSWORD
The password is rosa's, as `make run` prints it. Images are reduced to 256 colours.
"""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from assistant.embedded.browser import find_browser

HERE = Path(__file__).parent
COLOURS = 256
QUESTIONS = ("My Mill Pro shows E5, what does that mean?", "Do you ship to Austria, and what does it cost?")


def take_widget(browser: Browser, shop: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 780})
    page.goto(shop)
    page.locator(".launcher").click()
    for count, question in enumerate(QUESTIONS, start=1):
        page.locator(".panel textarea").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator(".panel .sources")).to_have_count(count, timeout=20_000)
    page.mouse.move(5, 5)
    page.screenshot(path=HERE / "widget.png")


def take_admin(browser: Browser, shop: str, password: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 780})
    page.goto(f"{shop}/admin/login/?next=/admin/conversations/conversation/")
    page.fill("[name=username]", "rosa")
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.locator("a[href$='/change/']").first.click()
    expect(page.get_by_text(QUESTIONS[0])).to_be_visible(timeout=20_000)
    page.screenshot(path=HERE / "admin.png")


def main() -> None:
    shop, password = sys.argv[1].rstrip("/"), sys.argv[2]
    chromium = find_browser()  # starts Playwright itself, so before ours
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take_widget(browser, shop)
        take_admin(browser, shop, password)
        browser.close()
    for path in HERE.glob("*.png"):
        Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main()
