"""Files in the widget: chosen, pasted or dropped, uploaded, sent with the message, downloaded."""

import re

import pytest
from playwright.async_api import expect

from conversations.models import Attachment, Conversation, Message
from tests.browser.files import choose, chosen, give_file, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
async def ana(tab, no_engine, returns_article):
    ana = await tab()
    await ana.open_chat()
    return ana


async def test_a_picture_and_a_letter_go_with_a_message(ana):
    await choose(ana, chosen("lamp.png", "image/png", picture()), chosen("order.txt", "text/plain", b"Order 4711"))
    await expect(ana.page.locator(".tray progress")).to_have_count(0)
    await ana.say("This is the lamp.")

    await expect(ana.said.locator(".picture canvas")).to_be_visible()
    await expect(ana.said.locator("button.file")).to_have_text("order.txt")
    await expect(ana.page.locator(".tray")).to_be_hidden()
    await expect(ana.said).to_have_attribute("data-state", "sent")
    message = await Message.objects.aget(role="customer")
    assert [each["name"] for each in message.attachments] == ["lamp.png", "order.txt"]
    async with ana.page.expect_download() as saving:
        await ana.said.locator("button.file").click()
    saved = await saving.value
    assert saved.suggested_filename == "order.txt"
    assert (ana.errors, ana.foreign, ana.policy_reports) == ([], [], [])


async def test_files_are_there_again_after_a_reload(ana):
    await choose(ana, chosen("lamp.png", "image/png", picture()))
    await ana.page.locator(".composer .send:enabled").click()
    await expect(ana.page.locator("article.customer.sent .picture canvas")).to_be_visible()
    await ana.page.reload()
    await ana.open_chat()

    await expect(ana.said.locator(".picture canvas")).to_be_visible()
    await expect(ana.replies).to_contain_text(re.compile("a colleague can", re.IGNORECASE))


@pytest.mark.parametrize("event", ["paste", "drop"])
async def test_a_file_is_pasted_or_dropped(ana, event):
    await give_file(ana, event, "shot.png", "image/png", picture())

    await expect(ana.page.locator(".tray .file")).to_contain_text("shot.png")
    await expect(ana.page.locator(".tray progress")).to_have_count(0)
    assert await Attachment.objects.acount() == 1


async def test_a_file_that_cannot_be_taken_says_why_and_does_not_hold_up_the_message(ana):
    await choose(ana, chosen("run.exe", "application/octet-stream", b"MZ\x00\x01\x02"))
    await expect(ana.page.locator(".tray [role=alert]")).to_contain_text("You can send JPEG, PNG,")
    await ana.say("Hello to you all.")

    await expect(ana.replies).to_have_attribute("data-state", "done")
    assert (await Message.objects.aget(role="customer")).attachments == []


async def test_a_file_that_is_gone_costs_its_message_and_not_the_conversation(ana):
    await ana.say("How many days do I have to return something?")
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await choose(ana, chosen("order.txt", "text/plain", b"Order 4711"))
    await expect(ana.page.locator(".tray progress")).to_have_count(0)
    await Attachment.objects.all().adelete()
    await ana.say("This is the order.")

    await expect(ana.page.locator("article.customer.failed")).to_contain_text("This is the order.")
    await ana.say("Thank you!")
    await expect(ana.replies).to_have_count(2)
    assert await Conversation.objects.acount() == 1
    await ana.page.reload()
    await ana.open_chat()
    await expect(ana.said.first).to_contain_text("How many days")


async def test_a_file_too_large_is_not_even_sent(tab, settings):
    settings.ATTACHMENT_MAX_BYTES = 1_000_000
    ana = await tab()
    await ana.open_chat()
    await choose(ana, chosen("long.txt", "text/plain", b"x" * 1_000_001))

    await expect(ana.page.locator(".tray [role=alert]")).to_have_text("This file is too large (max. 1 MB).")
    assert not await Attachment.objects.aexists()


async def test_a_file_taken_out_again_is_not_kept(ana):
    await choose(ana, chosen("lamp.png", "image/png", picture()))
    await expect(ana.page.locator(".tray progress")).to_have_count(0)
    async with ana.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        await ana.page.get_by_role("button", name=re.compile("Remove lamp")).click()

    await expect(ana.page.locator(".tray")).to_be_hidden()
    assert not await Attachment.objects.aexists()
