"""axe finds no serious accessibility problems."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.test_looks import PICTURES

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How many days do I have to return something?"


async def serious(page):
    found = (await Axe().run(page)).response["violations"]
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_widget_with_an_answer_and_the_demo_page_behind_it(
    tab, browser, no_engine, returns_article, workspace, scheme
):
    workspace.slug = "demo"
    await workspace.asave()
    context = await browser.new_context(color_scheme=scheme, bypass_csp=True)  # axe itself is an inline script
    ana = await tab(context=context)
    await ana.goto("/")
    closed = await serious(ana.page)
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await ana.page.get_by_role("button", name="Not helpful").click()

    assert closed == []
    assert await serious(ana.page) == []


async def test_right_to_left(tab, browser, no_engine, returns_article):
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    ana = await tab(context=context, dir="rtl")
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await ana.page.screenshot(path=PICTURES / "desktop-rtl-answered.png", animations="disabled")

    assert (await ana.panel.bounding_box())["x"] < 100
    assert await serious(ana.page) == []
