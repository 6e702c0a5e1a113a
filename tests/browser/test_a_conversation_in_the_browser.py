"""A conversation in the widget, in a real browser against the whole application."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from conversations.messaging import handoff
from conversations.models import Conversation, Message

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many days do I have to return something?"
SLOW_ANSWER = [["You ", "have ", "**30 ", "days** ", "to ", "send ", "things ", "back ", "to ", "us ", "[1]."]]


async def test_a_question_gets_a_streamed_answer_with_its_source(tab, engine, returns_article):
    engine.script, engine.delay_s = SLOW_ANSWER, 0.15
    ana = await tab()

    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    partial = await ana.replies.inner_text()
    await expect(ana.replies).to_have_attribute("data-state", "done")

    assert "send things back" not in partial
    await expect(ana.replies.locator("strong")).to_have_text("30 days")
    chip = ana.replies.locator("a.chip")
    assert await chip.inner_text() == "1"
    assert await chip.get_attribute("href") == f"http://{ana.server}/help/returns"
    assert await chip.get_attribute("target") == "_blank"
    await expect(ana.replies.locator(".sources a")).to_contain_text("Returns and refunds")
    assert (ana.errors, ana.foreign, ana.policy_reports) == ([], [], [])


async def test_that_it_is_an_ai_stands_there_before_the_first_answer(tab, no_engine):
    ana = await tab()

    await ana.open_chat()

    await expect(ana.page.locator(".notice")).to_contain_text("AI assistant")
    await expect(ana.page.locator("header .kind")).to_have_text("AI assistant")


async def test_typing_is_shown_at_once(tab, engine, returns_article):
    engine.script, engine.delay_s = SLOW_ANSWER, 0.5
    ana = await tab()

    await ana.open_chat()
    await ana.say(QUESTION)

    await expect(ana.page.locator(".dots").first).to_be_visible(timeout=300)


async def test_nothing_is_stored_before_the_first_message(tab, no_engine, returns_article):
    ana = await tab()

    await ana.open_chat()
    await expect(ana.page.locator(".notice")).to_be_visible()
    before = await ana.stored()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    assert before is None
    assert "session" in await ana.stored()
    assert await ana.page.context.cookies() == []


async def test_a_reload_in_mid_stream_shows_one_whole_reply(tab, engine, returns_article):
    engine.script, engine.delay_s = SLOW_ANSWER, 0.3
    ana = await tab()

    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    await ana.page.reload()
    await ana.open_chat()
    await expect(ana.replies).to_have_attribute("data-state", "done", timeout=15_000)

    await expect(ana.said).to_have_count(1)
    await expect(ana.replies).to_have_count(1)
    await expect(ana.replies.locator(".text")).to_have_text(re.compile("^You have 30 days to send things back to us"))
    assert await Message.objects.acount() == 2


async def test_two_tabs_show_the_same_conversation(tab, engine, returns_article, many_messages):
    engine.script = [["You have 30 days [1]."], ["Print the label from your account [1]."]]
    engine.delay_s = 0.1
    first = await tab()
    await first.open_chat()
    await first.say(QUESTION)
    await expect(first.replies).to_have_attribute("data-state", "done")

    second = await tab()
    await second.open_chat()
    await expect(second.replies).to_have_count(1)
    await second.say("How do I send something back to you?")
    for ana in (first, second):
        await expect(ana.replies.nth(1)).to_have_attribute("data-state", "done")

    assert await first.said.all_inner_texts() == await second.said.all_inner_texts()
    texts = [await ana.page.locator(".thread .text").all_inner_texts() for ana in (first, second)]
    assert texts[0] == texts[1]


async def test_stop_ends_the_answer(tab, engine, returns_article):
    engine.script, engine.delay_s = [["word "] * 200], 0.05
    ana = await tab()

    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    await ana.page.get_by_role("button", name="Stop answering").click()

    await expect(ana.replies).to_have_attribute("data-state", "stopped", timeout=3_000)
    answer = await Message.objects.aget(role="assistant")
    assert (answer.status, answer.text.count("word") < 150) == ("stopped", True)


@pytest.mark.usefixtures("no_engine", "returns_article", "many_messages")
async def test_what_is_written_offline_is_sent_once_and_in_order(tab, context):
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await context.set_offline(True)
    await expect(ana.status).to_contain_text("offline")
    for text in ("one", "two", "three"):
        await ana.say(text)
    await expect(ana.said.nth(1)).to_contain_text("Sending when you're back online…")
    offline = await Message.objects.filter(role="customer").acount()
    await context.set_offline(False)
    await expect(ana.page.locator("article.customer.sent")).to_have_count(4)

    assert offline == 1
    said = [m.text async for m in Message.objects.filter(role="customer").order_by("seq")]
    assert said == [QUESTION, "one", "two", "three"]
    await expect(ana.status).to_be_hidden()


async def test_what_was_written_offline_is_sent_by_the_next_page(tab, context, no_engine, returns_article):
    ana = await tab()
    await ana.open_chat()
    await context.set_offline(True)
    await ana.say(QUESTION)
    await ana.page.close()

    await context.set_offline(False)
    back = await tab()
    await back.open_chat()
    await expect(back.replies).to_have_attribute("data-state", "done")

    assert [m.text async for m in Message.objects.filter(role="customer")] == [QUESTION]


async def test_a_person_takes_over_and_is_named(tab, no_engine, returns_article, django_user_model, in_database):
    rosa = await django_user_model.objects.acreate(username="rosa", first_name="Rosa", last_name="Lind")
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await ana.page.locator("footer").get_by_role("button", name="Talk to a person").click()
    await expect(ana.status).to_contain_text("let the team know")
    conversation = await Conversation.objects.aget(messages__role="customer")
    await in_database(handoff.answer_as_person, conversation, "Hello, I am here.", rosa)

    await expect(ana.people).to_contain_text("Rosa Lind")
    await expect(ana.people).to_contain_text("Hello, I am here.")
    await expect(ana.status).to_contain_text("chatting with our team")
    await in_database(handoff.resolve, conversation)
    await expect(ana.status).to_contain_text("closed")


async def test_an_answer_while_the_panel_is_closed_is_counted_on_the_bubble(tab, engine, returns_article):
    engine.script, engine.delay_s = [["Within ", "30 ", "days [1]."]], 0.3
    ana = await tab()

    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    await ana.page.keyboard.press("Escape")

    await expect(ana.panel).to_be_hidden()
    await expect(ana.page.locator(".badge")).to_have_text("1")
    await ana.page.locator(".launcher").click()
    await expect(ana.page.locator(".badge")).to_be_hidden()


async def test_a_thumb_down_asks_what_was_missing(tab, no_engine, returns_article):
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await ana.page.get_by_role("button", name="Not helpful").click()
    await ana.page.get_by_label("What was missing?").fill("The costs")
    await ana.page.keyboard.press("Enter")

    await expect(ana.page.get_by_text("Thanks for your feedback.")).to_be_visible()
    await rated("dislike", "The costs")


async def rated(rating, comment):
    """Wait until it is stored: the widget says thank you at once."""
    for _ in range(200):
        answer = await Message.objects.aget(role="assistant")
        if (answer.rating, answer.rating_comment) == (rating, comment):
            return
        await asyncio.sleep(0.05)
    raise AssertionError((answer.rating, answer.rating_comment))


async def test_what_is_written_about_an_answer_survives_a_redraw_and_a_lost_line(
    tab, context, no_engine, returns_article
):
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await ana.page.get_by_role("button", name="Not helpful").click()
    await ana.page.get_by_label("What was missing?").fill("The costs")
    await context.set_offline(True)
    await expect(ana.status).to_contain_text("offline")
    await ana.page.evaluate("Brevity.setLocale('en')")  # draws everything anew
    await ana.page.wait_for_timeout(100)
    await ana.page.keyboard.press("Enter")
    await context.set_offline(False)

    await rated("dislike", "The costs")


async def test_after_two_bad_ratings_a_person_is_offered(tab, engine, returns_article, many_messages):
    engine.script = ["You have 30 days [1].", "Print the label from your account [1]."]
    ana = await tab()
    await ana.open_chat()
    for number, question in enumerate((QUESTION, "How do I send something back to you?")):
        await ana.say(question)
        await expect(ana.replies.nth(number)).to_have_attribute("data-state", "done")
        await ana.replies.nth(number).get_by_role("button", name="Not helpful").click()
    offer = ana.page.locator(".log > .message .offer")
    await expect(offer).to_be_visible()
    await offer.click()

    await expect(ana.status).to_contain_text("let the team know")
    await expect(offer).to_be_hidden()
    assert (await Conversation.objects.aget(messages__seq=1)).status_reason == "rated_low"


async def test_fragments_get_one_answer_that_stands_behind_them(tab, engine, returns_article, settings):
    settings.MESSAGE_COALESCING_S = 60  # however slow the machine
    engine.script, engine.delay_s = [["You ", "have "] * 60, ["You ", "have ", "30 ", "days ", "[1]."]], 0.05
    ana = await tab()
    await ana.open_chat()
    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "writing")
    await ana.say("In its packaging.")
    await expect(ana.replies).to_have_attribute("data-state", "done")

    classes = await ana.page.locator(".thread article").evaluate_all("all => all.map(one => one.classList[1])")
    assert classes == ["customer", "customer", "assistant"]
