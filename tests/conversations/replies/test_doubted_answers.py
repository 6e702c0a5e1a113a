"""What a customer does after an answer from the cache is held for or against it, as far as it costs them something."""

import json
import time
from typing import Any

import jwt
import pytest
from asgiref.sync import sync_to_async

from caching.models import CachedAnswer, Verdict
from conversations.messaging import handoff
from conversations.models import Conversation, Message
from tests.conftest import Customer

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"
ANSWER = json.dumps({"text": "Print the label from your account, put it on the parcel. [1]", "action": None})


@pytest.fixture
def signed(widget) -> Any:
    """The hello of a customer for whom the shop vouches."""

    def hello(name: str) -> dict[str, Any]:
        claims = {"sub": name, "exp": time.time() + 60}
        return {"identity": {"jwt": jwt.encode(claims, widget.identity_secret, algorithm="HS256")}}

    return hello


async def dislike(customer: Customer) -> None:
    answered = await customer.ask(QUESTION)
    await customer.send(type="message.rate", message_id=answered["message_id"], rating="dislike")
    await customer.send(type="ping")
    await customer.next("pong")


async def counted() -> tuple[int, str]:
    entry = await CachedAnswer.objects.aget()
    return entry.wrong, entry.state


# A9
async def test_anonymous_visitors_cannot_take_an_answer_from_everybody(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana:
        await ana.ask(QUESTION)
    for _ in range(4):  # whoever leaves the cookie behind is somebody else each time
        async with chat() as somebody:
            await dislike(somebody)

    assert await counted() == (0, "live")
    assert await Verdict.objects.filter(opinion="undecided").acount() == 4


async def test_two_known_customers_take_an_answer_out_of_service(chat, engine, returns_article, signed):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob, chat(**signed("eve")) as eve:
        await ana.ask(QUESTION)
        await dislike(bob)
        await dislike(eve)

    assert await counted() == (2, "quarantined")


async def test_what_a_person_of_the_shop_does_is_no_complaint(chat, engine, returns_article, signed):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob:
        await ana.ask(QUESTION)
        await bob.ask(QUESTION)
        conversation = await Conversation.objects.aget(contact__external_id="bob")
        await sync_to_async(handoff.hand_off)(conversation)
        await sync_to_async(handoff.answer_as_person)(conversation, "Hello, this is Rosa.")

    assert not await Verdict.objects.aexists()


async def test_asking_for_a_person_right_after_a_cached_answer_counts_against_it(chat, engine, returns_article, signed):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob:
        await ana.ask(QUESTION)
        await bob.ask(QUESTION)
        await bob.ask("Can I talk to a real person please?")

    said = await Verdict.objects.select_related("entry").aget()
    assert (said.opinion, said.source, said.entry.wrong) == ("wrong", "customer", 1)


async def test_the_button_for_a_person_and_a_thumb_down_on_one_answer_count_once(chat, engine, returns_article, signed):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob:
        await ana.ask(QUESTION)
        answered = await bob.ask(QUESTION)
        await bob.send(type="message.rate", message_id=answered["message_id"], rating="dislike")
        await bob.send(type="conversation.handoff")
        await bob.next("conversation.updated")

    assert await counted() == (1, "live")


async def test_a_like_after_a_dislike_takes_the_complaint_back(chat, engine, returns_article, signed):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob:
        await ana.ask(QUESTION)
        answered = await bob.ask(QUESTION)
        for rating in ("dislike", "like"):
            await bob.send(type="message.rate", message_id=answered["message_id"], rating=rating)
        await bob.send(type="ping")
        await bob.next("pong")

    assert await counted() == (0, "live")
    assert not await Verdict.objects.aexists()


async def test_asking_for_a_person_says_nothing_of_an_answer_that_a_model_wrote(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana:
        await ana.ask(QUESTION)
        await ana.ask("Can I talk to a real person please?")

    assert not await Verdict.objects.aexists()


# A8
async def test_the_receipt_of_a_cached_answer_quotes_nobody(chat, engine, returns_article):
    engine.script = [ANSWER]

    async with chat() as ana, chat() as bob:
        await ana.ask("Hi! How do I send something back???")
        await bob.ask(QUESTION)

    receipt = (await Message.objects.filter(role="assistant").alatest("created_at")).receipt
    assert receipt["source"] == "exact_cache"
    assert receipt["why_tier"].startswith("answered before")
    assert "send something" not in json.dumps(receipt)


# A5
async def test_a_complaint_about_an_answer_that_was_written_anew_says_nothing_of_the_new_one(
    chat, engine, returns_article, signed
):
    engine.script = [ANSWER]

    async with chat(**signed("ana")) as ana, chat(**signed("bob")) as bob:
        await ana.ask(QUESTION)
        answered = await bob.ask(QUESTION)
        await CachedAnswer.objects.aupdate(answer="Print the label from your account. [1]")  # after an edit
        await bob.send(type="message.rate", message_id=answered["message_id"], rating="dislike")
        await bob.send(type="ping")
        await bob.next("pong")

    assert await counted() == (0, "live")
    assert await Verdict.objects.acount() == 0
