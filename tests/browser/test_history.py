"""Earlier conversations of a visitor whose identity the shop signed."""

import asyncio
import hashlib
import hmac

import pytest
from playwright.async_api import expect

from conversations.models import Contact, Conversation, Message

pytestmark = pytest.mark.django_db(transaction=True)


def signed(widget, external_id):
    secret = widget.identity_secret.encode()
    return {"external_id": external_id, "hash": hmac.new(secret, external_id.encode(), hashlib.sha256).hexdigest()}


@pytest.fixture
async def earlier(widget):
    """What ana said a while ago, on another device."""
    ana = await Contact.objects.acreate(workspace_id=widget.workspace_id, external_id="ana", verified=True)
    bob = await Contact.objects.acreate(workspace_id=widget.workspace_id, external_id="bob", verified=True)
    for contact, text in ((ana, "Where is my lamp?"), (bob, "This is Bob's secret.")):
        one = await Conversation.objects.acreate(
            workspace_id=widget.workspace_id, contact=contact, widget=widget, last_seq=2
        )
        await Message.objects.acreate(conversation=one, seq=1, role="customer", text=text)
        await Message.objects.acreate(conversation=one, seq=2, role="assistant", text="It is **on its way**.")


@pytest.mark.usefixtures("no_engine", "earlier")
async def test_who_is_vouched_for_reads_earlier_conversations_and_comes_back(tab, widget):
    ana = await tab(identity=signed(widget, "ana"))
    await ana.open_chat()
    await ana.page.get_by_role("button", name="Earlier conversations").click()
    await expect(ana.page.locator(".earlier li")).to_have_count(1)
    await ana.page.get_by_role("button", name="Where is my lamp?").click()

    await expect(ana.page.locator(".earlier .message.assistant strong")).to_have_text("on its way")
    await expect(ana.input).to_be_hidden()
    for _ in range(2):
        await ana.page.get_by_role("button", name="Back").click()
    await expect(ana.input).to_be_visible()
    assert (ana.errors, ana.foreign, ana.policy_reports) == ([], [], [])


async def hold_answers(ana, pattern):
    """From now on, answers to such an address wait until the event that is returned is set."""
    go_on = asyncio.Event()

    async def held(route):
        await go_on.wait()
        await route.continue_()

    await ana.page.route(pattern, held)
    return go_on


@pytest.mark.usefixtures("no_engine", "earlier")
async def test_the_way_back_waits_for_no_answer(tab, widget):
    ana = await tab(identity=signed(widget, "ana"))
    await ana.open_chat()
    await ana.page.get_by_role("button", name="Earlier conversations").click()
    await ana.page.get_by_role("button", name="Where is my lamp?").click()
    await expect(ana.page.locator(".earlier .message.assistant")).to_be_visible()
    go_on = await hold_answers(ana, "**/api/v1/conversations/**")

    await ana.page.get_by_role("button", name="Back").click()
    await expect(ana.page.get_by_role("button", name="Where is my lamp?")).to_be_visible()
    await ana.page.get_by_role("button", name="Back").click()

    await expect(ana.input).to_be_visible()
    go_on.set()


@pytest.mark.usefixtures("no_engine", "earlier")
async def test_an_answer_that_comes_after_signing_out_is_not_shown(tab, widget):
    ana = await tab(identity=signed(widget, "ana"))
    await ana.open_chat()
    await expect(ana.page.get_by_role("button", name="Earlier conversations")).to_be_visible()
    go_on = await hold_answers(ana, "**/api/v1/conversations/**")
    await ana.page.get_by_role("button", name="Earlier conversations").click()

    await ana.page.evaluate("Brevity.reset()")
    async with ana.page.expect_response("**/api/v1/conversations/**") as late:
        go_on.set()
    await (await late.value).finished()
    await ana.page.wait_for_timeout(200)  # what is not to come cannot be waited for

    await expect(ana.input).to_be_visible()
    await expect(ana.page.locator(".earlier")).to_be_hidden()


@pytest.mark.usefixtures("no_engine", "earlier")
async def test_who_is_not_vouched_for_is_offered_no_history(tab):
    ana = await tab()
    await ana.open_chat()
    await expect(ana.page.locator(".notice")).to_be_visible()

    await expect(ana.page.get_by_role("button", name="Earlier conversations")).to_be_hidden()
