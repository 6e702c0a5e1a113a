"""Hostile text never runs scripts, loads content or links elsewhere, wherever it is shown."""

import pytest
from playwright.async_api import expect

from conversations.messaging import handoff
from conversations.models import Conversation
from knowledge.articles import publishing
from tests.browser import hostile

pytestmark = pytest.mark.django_db(transaction=True)

# Every address that a press could lead to, and every element that loads or runs something.
SHADOW = "document.querySelector('#brevity-widget').shadowRoot"
LINKS = SHADOW + ".querySelectorAll('[href], [src]')"
ADDRESSES = f"[...{LINKS}].map((node) => node.href || node.src)"
ACTIVE_TAGS = "script, img, iframe, object, embed, link, style, video, audio, base, meta, math, template"
ACTIVE = f"{SHADOW}.querySelectorAll('{ACTIVE_TAGS}, form:not(.composer, .comment)').length"


async def assert_harmless(ana) -> None:
    assert ana.dialogs == []
    assert ana.foreign == []
    assert ana.errors == []
    assert ana.policy_reports == []
    assert await ana.page.evaluate(ACTIVE) == 0
    addresses = await ana.page.evaluate(ADDRESSES)
    assert [address for address in addresses if not address.startswith(f"http://{ana.server}/")] == []


@pytest.mark.usefixtures("no_engine", "many_messages")
async def test_in_what_a_customer_and_a_person_say(tab, in_database):
    ana = await tab()
    await ana.open_chat()
    await ana.say("hello")
    await expect(ana.replies).to_have_attribute("data-state", "done")
    conversation = await Conversation.objects.aget(messages__role="customer")

    for payload in hostile.ALL:
        await in_database(handoff.answer_as_person, conversation, payload)
    await expect(ana.people).to_have_count(len(hostile.ALL))
    for payload in hostile.ALL[::6]:
        await ana.say(payload)
    await expect(ana.page.locator("article.customer.sent")).to_have_count(1 + len(hostile.ALL[::6]))

    await assert_harmless(ana)
    await ana.page.reload()
    await ana.open_chat()
    await expect(ana.people).to_have_count(len(hostile.ALL))
    await assert_harmless(ana)


async def test_in_what_the_model_streams(tab, engine, returns_article):
    answer = "\n\n".join(hostile.ALL)
    engine.script = [[answer[at : at + 97] for at in range(0, len(answer), 97)] + ["\n\nAs the article says [1]."]]
    ana = await tab()
    await ana.open_chat()

    await ana.say("How many days do I have to return something?")
    await expect(ana.replies).to_have_attribute("data-state", "done", timeout=30_000)

    await assert_harmless(ana)


@pytest.mark.usefixtures("no_engine")
async def test_in_the_title_and_the_address_of_an_article(tab, workspace, in_database):
    article = await in_database(
        publishing.save_draft,
        workspace,
        external_id="returns",
        title="<img src=x onerror=alert(1)> Returns of lamps",
        body="You can return a lamp within 30 days. <script>alert(1)</script> [x](javascript:alert(1))",
        url="javascript:alert(1)",
    )
    await in_database(publishing.publish, article)
    ana = await tab()
    await ana.open_chat()

    await ana.say("Within how many days can I return a lamp?")
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await expect(ana.replies.locator(".sources")).to_contain_text("<img src=x onerror=alert(1)>")
    await assert_harmless(ana)


async def test_in_an_article_of_the_demo_shop(tab, workspace, in_database):
    workspace.slug = "demo"
    await workspace.asave()
    article = await in_database(
        publishing.save_draft,
        workspace,
        external_id="bad",
        title="<svg onload=alert(1)>",
        body="\n\n".join(hostile.ALL),
    )
    await in_database(publishing.publish, article)
    ana = await tab()

    await ana.goto("/help/bad")
    await expect(ana.page.locator("h1").first).to_have_text("<svg onload=alert(1)>")
    await ana.page.wait_for_load_state("networkidle")

    assert (ana.dialogs, ana.foreign, ana.errors) == ([], [], [])
    assert await ana.page.locator("article :is(script, img, iframe, style, form, svg)").count() == 0
