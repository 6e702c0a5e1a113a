"""What changes while an answer is written is noticed before the answer is kept for others (finding A5)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from caching.models import CachedAnswer
from conversations.models import Contact
from conversations.privacy import contacts
from conversations.replies import runner
from knowledge.articles import editing, publishing
from knowledge.models import Article

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"
ANSWER = ["You have ", "30 days ", "[1]."]


def edit(article: Article) -> None:
    publishing.publish(publishing.revise(article, title=article.title, body="You have 14 days, and no longer."))


def hide(article: Article) -> None:
    editing.change(article, audience=Article.Audience.INTERNAL)


def add_another(article: Article) -> None:
    publishing.publish(
        publishing.save_draft(article.workspace, title="Sending something back", body="Nothing can be sent back now.")
    )


CHANGES = {
    "edited": edit,
    "unpublished": publishing.unpublish,
    "archived": publishing.archive,
    "deleted": publishing.delete,
    "made internal": hide,
    "joined by a new article": add_another,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_an_answer_whose_source_is_changed_meanwhile_is_not_kept(
    chat, engine, returns_article, change: Callable[[Article], Any]
):
    engine.script, engine.gate = [ANSWER], asyncio.Event()

    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await sync_to_async(change)(returns_article)
        engine.gate.set()
        completed = await ana.next("reply.completed")

    assert completed["text"] == "".join(ANSWER)
    assert await CachedAnswer.objects.acount() == 0


async def test_an_answer_for_a_customer_who_is_erased_meanwhile_is_not_kept(chat, engine, returns_article):
    engine.script, engine.gate = [ANSWER], asyncio.Event()

    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await sync_to_async(contacts.erase)(await Contact.objects.aget())
        engine.gate.set()
        await runner.all_done()

    assert await CachedAnswer.objects.acount() == 0


async def test_an_answer_whose_sources_stay_as_they_are_is_kept(chat, engine, returns_article, workspace):
    engine.script, engine.gate = [ANSWER], asyncio.Event()

    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await sync_to_async(publishing.save_draft)(
            workspace, external_id="returns", title="Returns", body="Not yet published."
        )
        engine.gate.set()
        await ana.next("reply.completed")

    assert await CachedAnswer.objects.acount() == 1
