"""A follow-up gets a cached answer only as the whole question that it means."""

import json

import pytest

from caching.models import CachedAnswer
from conversations.models import Message
from knowledge.articles import publishing

pytestmark = pytest.mark.django_db(transaction=True)
SHIPPING = """Parcels to Sweden take two days. Parcels to Norway take five days.

Returns are free from every country."""


def told(text: str) -> str:
    return json.dumps({"text": text, "action": None})


@pytest.fixture
def shipping_article(transactional_db, workspace):
    article = publishing.save_draft(
        workspace, external_id="shipping", title="Shipping to Sweden and Norway", body=SHIPPING
    )
    return publishing.publish(article).article


async def sources() -> list[str]:
    return [said.receipt["source"] async for said in Message.objects.filter(role="assistant").order_by("created_at")]


async def test_a_follow_up_gets_the_answer_of_the_question_it_means(chat, engine, shipping_article):
    engine.script = [told("Parcels to Norway take five days. [1]"), told("Parcels to Sweden take two days. [1]")]

    async with chat() as ana, chat() as bob:
        await ana.ask("How many days do parcels to Norway take?")
        await bob.ask("How many days do parcels to Sweden take?")
        followed = await bob.ask("And to Norway?")

    assert followed["text"] == "Parcels to Norway take five days. [1]"
    assert await sources() == ["model", "model", "exact_cache"]


async def test_a_follow_up_whose_topic_is_all_that_is_known_is_answered_anew(chat, engine, shipping_article):
    engine.script = [told("Parcels to Norway take five days. [1]")]

    async with chat() as ana, chat() as bob:
        for customer in (ana, bob):
            await customer.ask("How many days do parcels to Norway take?")
            await customer.ask("And is that free?")

    assert (await sources()).count("model") == 3
    assert await CachedAnswer.objects.acount() == 1
