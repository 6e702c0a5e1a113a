"""The widget when the connection is lost, or the server refuses it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import WebSocketRoute, expect

from conversations.models import Conversation, Message

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many days do I have to return something?"
WORDS = [f"word{n}" for n in range(30)]
ANSWER = [[f"{word} " for word in WORDS] + ["30 days [1]."]]
RESTART = 1012


class Line:
    """A line between browser and server that a test may cut or make lossy."""

    def __init__(self, spoil: Callable[[dict[str, Any], int], str]) -> None:
        self.spoil = spoil  # event, number of it on this socket -> "pass", "drop" or "cut"
        self.hellos: list[dict[str, Any]] = []

    def route(self, browser_side: WebSocketRoute) -> None:
        server_side = browser_side.connect_to_server()
        count = 0

        def from_browser(text: str) -> None:
            if '"hello"' in text:
                self.hellos.append(json.loads(text))
            server_side.send(text)

        async def from_server(text: str) -> None:
            nonlocal count
            count += 1
            verdict = self.spoil(json.loads(text), count)
            if verdict != "drop":
                browser_side.send(text)
            if verdict == "cut":
                await browser_side.close(code=RESTART)
                await server_side.close()

        browser_side.on_message(from_browser)
        server_side.on_message(from_server)


async def words_seen(ana) -> list[list[str]]:
    """The numbered words of every state of the reply that could be seen until it was done."""
    seen: list[list[str]] = []
    await ana.replies.wait_for()
    while await ana.replies.get_attribute("data-state") != "done":
        seen.append(re.findall(r"word\d+", await ana.replies.inner_text()))
        await ana.page.wait_for_timeout(40)
    return seen


async def test_a_line_cut_again_and_again_loses_and_doubles_nothing(tab, context, engine, returns_article):
    engine.script, engine.delay_s = ANSWER, 0.1
    line = Line(lambda event, count: "cut" if count == 5 else "pass")
    await context.route_web_socket("**/ws/chat/", line.route)
    ana = await tab()
    await ana.open_chat()

    await ana.say(QUESTION)
    seen = await words_seen(ana)

    assert len(line.hellos) > 3
    assert all(hello.get("after_seq") is not None for hello in line.hellos[1:])
    assert [words for words in seen if words != WORDS[: len(words)]] == []
    assert len({len(words) for words in seen}) > 2
    assert re.findall(r"word\d+", (await Message.objects.aget(role="assistant")).text) == WORDS
    await expect(ana.said).to_have_count(1)


async def test_an_event_that_got_lost_is_asked_for_again(tab, context, engine, returns_article):
    engine.script, engine.delay_s = ANSWER, 0.15
    dropped: list[int] = []

    def drop_the_second_delta(event: dict[str, Any], count: int) -> str:
        if event["type"] == "reply.delta" and count > 4 and not dropped:
            dropped.append(event["seq"])
            return "drop"
        return "pass"

    line = Line(drop_the_second_delta)
    await context.route_web_socket("**/ws/chat/", line.route)
    ana = await tab()
    await ana.open_chat()

    await ana.say(QUESTION)
    seen = await words_seen(ana)

    assert line.hellos[1]["after_seq"] == dropped[0] - 1
    assert [words for words in seen if words != WORDS[: len(words)]] == []


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_a_session_that_is_no_good_any_more_begins_anew(tab):
    ana = await tab()
    await ana.page.evaluate("localStorage.setItem('brevity:wk_acme', JSON.stringify({session: 'forged'}))")
    await ana.page.reload()
    await ana.open_chat()

    await ana.say(QUESTION)

    await expect(ana.replies).to_have_attribute("data-state", "done")


@pytest.mark.usefixtures("no_engine", "returns_article")
async def test_somebody_elses_conversation_is_not_shown(tab, browser, workspace):
    bob = await tab(context=await browser.new_context())
    await bob.open_chat()
    await bob.say("This is Bob's secret.")
    await expect(bob.replies).to_have_attribute("data-state", "done")
    theirs = await Conversation.objects.aget(messages__role="customer")
    ana = await tab()
    stored = json.dumps({"conversation": str(theirs.pk)})
    await ana.page.evaluate("stored => localStorage.setItem('brevity:wk_acme', stored)", stored)
    await ana.page.reload()
    await ana.open_chat()

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await expect(ana.said).to_have_count(1)
    assert await Conversation.objects.filter(messages__role="customer").distinct().acount() == 2
