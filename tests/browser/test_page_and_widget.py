"""The widget and the page around it: window.Brevity, the keyboard, screen readers, the demo shop."""

import hashlib
import hmac

import pytest
from playwright.async_api import expect

from conversations.models import Contact, Conversation

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many days do I have to return something?"


def signed(widget, external_id: str) -> dict[str, str]:
    digest = hmac.new(widget.identity_secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()
    return {"external_id": external_id, "name": external_id.title(), "hash": digest}


async def test_loading_twice_is_loading_once(tab, no_engine):
    ana = await tab()
    await expect(ana.page.locator(".launcher")).to_be_visible()

    await ana.page.evaluate(
        """() => new Promise((done) => {
            const again = document.createElement("script");
            Object.assign(again, { src: "/widget.js?again", onload: done });
            again.dataset.widget = "wk_acme";
            document.body.append(again);
        })"""
    )

    await expect(ana.page.locator("#brevity-widget")).to_have_count(1)
    assert ana.errors == []


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_the_page_hears_what_happens(tab):
    ana = await tab()
    await expect(ana.page.locator(".launcher")).to_be_visible()
    await ana.page.evaluate(
        """() => {
            window.heard = [];
            for (const name of ["opened", "message", "closed"]) Brevity.on(name, () => heard.push(name));
            Brevity.open();
        }"""
    )

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await ana.page.evaluate("Brevity.close()")

    assert await ana.page.evaluate("heard") == ["opened", "message", "closed"]


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_another_person_at_the_same_browser_sees_nothing_of_the_one_before(tab, widget):
    page = await tab(identity=signed(widget, "ana"))
    await page.open_chat()
    await page.say(QUESTION)
    await expect(page.replies).to_have_attribute("data-state", "done")

    await page.page.evaluate("who => Brevity.identify(who)", signed(widget, "bob"))
    await expect(page.said).to_have_count(0)
    await page.say("When do I get my refund?")
    await expect(page.replies).to_have_attribute("data-state", "done")

    asked = [c async for c in Contact.objects.filter(conversations__messages__role="customer").order_by("external_id")]
    assert [(c.external_id, c.verified) for c in asked] == [("ana", True), ("bob", True)]


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_who_was_identified_is_still_known_on_the_next_page(tab, widget):
    ana = await tab(identity=signed(widget, "ana"))
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await ana.page.reload()
    await ana.open_chat()

    await expect(ana.said).to_have_count(1)
    await expect(ana.replies).to_have_attribute("data-state", "done")


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_what_the_page_knows_of_the_visit_is_noted(tab):
    ana = await tab()
    await expect(ana.page.locator(".launcher")).to_be_visible()
    await ana.page.evaluate("Brevity.setAttributes({ plan: 'pro', items: 3, nothing: null })")
    await ana.open_chat()

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    asked = await Contact.objects.aget(conversations__messages__role="customer")
    assert asked.attributes == {"plan": "pro", "items": 3}


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_it_works_on_a_page_of_another_origin(tab, context, widget):
    ana = await tab()
    widget.origins = ["http://shop.test"]
    await widget.asave()
    page = f'<!doctype html><script async src="http://{ana.server}/widget.js" data-widget="wk_acme"></script>'
    await context.route("http://shop.test/", lambda route: route.fulfill(content_type="text/html", body=page))
    await ana.page.goto("http://shop.test/")

    await ana.open_chat()
    await ana.say(QUESTION)

    await expect(ana.replies).to_have_attribute("data-state", "done")
    await expect(ana.replies.locator(".sources a")).to_have_attribute("href", f"http://{ana.server}/help/returns")
    assert ana.errors == []


async def test_it_can_be_used_with_the_keyboard_alone(tab, no_engine):
    ana = await tab()
    keyboard = ana.page.keyboard
    await ana.page.locator(".launcher").focus()

    await keyboard.press("Enter")
    await expect(ana.input).to_be_focused()
    await keyboard.type("one")
    await keyboard.press("Shift+Enter")
    await keyboard.type("two")
    await expect(ana.input).to_have_value("one\ntwo")
    for _ in range(8):  # all the way round: the focus stays in the dialog
        await keyboard.press("Tab")
        assert await ana.page.evaluate("document.activeElement.id") == "brevity-widget"
    await keyboard.press("Escape")

    await expect(ana.panel).to_be_hidden()
    await expect(ana.page.locator(".launcher")).to_be_focused()


async def test_a_screen_reader_hears_the_finished_reply_once(tab, engine, returns_article):
    engine.script, engine.delay_s = [["You ", "have ", "30 ", "days [1]."]], 0.3
    ana = await tab()
    await ana.open_chat()
    spoken = ana.page.locator("[role=log][aria-live=polite]")

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    assert await spoken.inner_text() == ""
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await expect(spoken.locator("p")).to_have_count(1)
    await expect(spoken).to_contain_text("You have 30 days")


@pytest.mark.parametrize(("locale", "words"), [("de", "Senden"), ("fr", "Envoyer"), ("es", "Enviar"), ("en", "Send")])
async def test_it_speaks_the_page_s_language(tab, no_engine, locale, words):
    ana = await tab(locale=locale)

    await ana.open_chat()

    await expect(ana.page.locator(".send")).to_have_attribute("aria-label", words)


async def test_right_to_left_it_stands_on_the_other_side(tab, no_engine):
    ana = await tab(dir="rtl")

    await ana.open_chat()

    box = await ana.panel.bounding_box()
    assert box["x"] < 100


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_a_question_pressed_on_the_demo_page_is_asked(tab, workspace):
    workspace.slug = "demo"
    await workspace.asave()
    ana = await tab()

    await ana.goto("/")
    await expect(ana.page.get_by_role("link", name="Returns and refunds")).to_have_attribute("href", "/help/returns")
    await ana.page.locator("[data-ask]").first.click()

    await expect(ana.said).to_have_count(1)
    await expect(ana.replies).to_have_attribute("data-state", "done")
    assert (ana.errors, ana.foreign, ana.policy_reports) == ([], [], [])


SWAP = {
    "Turbo swaps the body": """() => {
        const fresh = document.createElement("body");
        fresh.innerHTML = "<h1>Another page</h1>";
        document.documentElement.replaceChild(fresh, document.body);
    }""",
    "PJAX swaps what is in it": "() => { document.body.innerHTML = '<h1>Another page</h1>'; }",
}


@pytest.mark.usefixtures("no_engine", "returns_article")
@pytest.mark.parametrize("swap", SWAP.values(), ids=SWAP.keys())
async def test_the_conversation_goes_on_when_the_page_is_swapped(tab, swap):
    """findings.md F."""
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    for _ in range(2):
        await ana.page.evaluate(swap)
        await expect(ana.page.get_by_role("heading", name="Another page")).to_be_visible()

    await expect(ana.page.locator("#brevity-widget")).to_have_count(1)
    await expect(ana.panel).to_be_visible()
    await expect(ana.said).to_have_count(1)
    await ana.say("When do I get my refund?")
    await expect(ana.replies.nth(1)).to_have_attribute("data-state", "done")


async def test_an_enter_that_ends_the_writing_of_a_word_sends_nothing(tab, no_engine):
    """findings.md F: Safari tells of it by the key code alone."""
    ana = await tab()
    await ana.open_chat()
    await ana.input.fill("こんにちは")

    await ana.input.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true}))"
    )

    await expect(ana.input).to_have_value("こんにちは")
    await expect(ana.said).to_have_count(0)


async def test_another_language_is_spoken_by_the_widget_and_by_the_replies(tab, no_engine):
    """findings.md F."""
    ana = await tab()
    await ana.open_chat()
    await ana.say("hello")
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await ana.page.evaluate("Brevity.setLocale('de')")

    await expect(ana.page.locator(".notice")).to_contain_text("KI-Assistenten")
    await expect(ana.page.locator(".message.assistant").first).to_contain_text("Hallo! Wie können wir helfen?")
    await ana.say("...")
    await expect(ana.said).to_have_count(2)
    assert (await Conversation.objects.aget()).locale == "de"
