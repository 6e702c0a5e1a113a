"""The server is killed while a customer reads, and restarted: what she sees."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.shopper import Shopper, shop_tab
from tests.browser.test_looks import PICTURES
from tests.faults.customers import tell_upstream
from tests.faults.things import THINGS, article_about, question_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
THING = THINGS[0]


async def texts_seen(ana: Shopper, begun: asyncio.Event) -> list[str]:
    """Every state of the answer's text that could be seen until it was done."""
    seen: list[str] = []
    while await ana.replies.get_attribute("data-state") != "done":
        seen += await ana.replies.locator(".text").all_inner_texts()
        if seen and len(seen[-1]) > 20:
            begun.set()
        await ana.page.wait_for_timeout(40)
    return seen


@pytest.mark.usefixtures("articles_about_things")
async def test_an_answer_whose_server_is_killed_and_started_again_is_read_whole_and_once(processes, widget, context):
    server = f"127.0.0.1:{processes.environment['PORT']}"
    widget.origins = [f"http://{server}"]
    await widget.asave()
    await tell_upstream(processes, tokens_per_s=2)
    web = await asyncio.to_thread(processes.web)
    processes.worker()
    ana = await shop_tab(context, server)
    await ana.open_chat()
    await ana.say(question_about(THING))
    await ana.replies.wait_for()
    seeing = asyncio.create_task(texts_seen(ana, begun := asyncio.Event()))
    await begun.wait()

    await asyncio.to_thread(processes.kill, web)
    await expect(ana.status).to_contain_text("Connection lost")
    PICTURES.mkdir(exist_ok=True)
    await ana.page.screenshot(path=PICTURES / "server-killed-1.png")
    await tell_upstream(processes, tokens_per_s=20)
    await asyncio.to_thread(processes.web)
    seen = await asyncio.wait_for(seeing, 120)
    await expect(ana.status).not_to_contain_text("Connection lost")
    await ana.page.screenshot(path=PICTURES / "server-killed-2.png")

    whole = article_about(THING)
    await expect(ana.said).to_have_count(1)
    await expect(ana.replies).to_have_count(1)
    await expect(ana.replies.locator(".text")).to_have_text(re.compile(rf"^{re.escape(whole)}\s*1$"))
    await expect(ana.replies.locator(".sources li")).to_have_count(1)
    assert [text for text in seen if text[: len(whole)] != whole[: len(text)]] == []
    assert ana.errors == []
