"""A conversation over the WebSocket, against the whole application."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from assistant.usage import pricing
from assistant.usage.models import PriceRule
from caching.models import Verdict
from conversations.models import Conversation, Message
from conversations.replies import recovery, runner
from knowledge.articles import publishing
from tests.conftest import RETURNS

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_question_is_accepted_streamed_and_completed_with_its_source(chat, engine, returns_article):
    engine.script = [["You have ", "30 days ", "[1]."]]

    async with chat() as ana:
        accepted = await ana.say("How do I send something back?")
        completed = await ana.next("reply.completed")

    assert completed["text"] == "You have 30 days [1]."
    assert completed["citations"] == [
        {"n": 1, "title": "Returns and refunds", "url": "/help/returns", "article_id": str(returns_article.id)}
    ]
    kinds = [event["type"] for event in ana.heard]
    assert kinds[:3] == ["session.ready", "message.accepted", "reply.started"]
    assert [e["seq"] for e in ana.heard[1:]] == list(range(1, len(ana.heard)))
    assert accepted["message_id"]


async def test_the_greeting_of_the_socket_says_that_it_is_an_ai(chat, no_engine):
    async with chat() as ana:
        pass

    assert ana.ready["assistant"]["is_ai"] is True
    assert "AI" in ana.ready["assistant"]["notice"]


async def test_without_a_model_the_best_passage_is_quoted(chat, no_engine, returns_article):
    async with chat() as ana:
        completed = await ana.ask("When do I get my refund?")

    assert "five working days" in completed["text"]
    assert completed["citations"][0]["title"] == "Returns and refunds"


async def test_what_the_shop_does_not_know_is_declined_with_the_offer_of_a_person(chat, engine, returns_article):
    async with chat() as ana:
        completed = await ana.ask("Who won the world cup in 1998?")

    assert completed["action"] == "offer_handoff"
    assert completed["citations"] == []
    assert engine.asked == []


async def test_a_number_that_nobody_gave_out_is_taken_out_of_the_answer(chat, engine, returns_article):
    engine.script = ["Within 30 days [1] [7]."]

    async with chat() as ana:
        completed = await ana.ask("How do I send something back?")

    assert completed["text"] == "Within 30 days [1]."


async def test_a_message_sent_twice_is_answered_once(chat, engine, returns_article):
    engine.script = ["Within 30 days [1]."]
    ref = uuid.uuid4()

    async with chat() as ana:
        first = await ana.say("How do I send something back?", ref)
        await ana.next("reply.completed")
        second = await ana.say("How do I send something back?", ref)

    assert second == first
    assert len(engine.asked) == 1
    assert await Message.objects.acount() == 2


async def test_fifty_sends_of_one_message_make_one_message(chat, engine, returns_article):
    engine.script = ["Within 30 days [1]."]
    ref = uuid.uuid4()

    async with chat() as ana, chat(session=ana.ready["session"], conversation=ana.ready["conversation"]) as again:
        for customer in (ana, again):
            for _ in range(2):
                await customer.send(type="message.send", client_ref=str(ref), text="Can I return it?")
        await ana.next("reply.completed")

    assert await Message.objects.filter(role="customer").acount() == 1
    assert await Message.objects.filter(role="assistant").acount() == 1


async def test_another_text_under_the_same_ref_is_refused(chat, engine, returns_article):
    ref = uuid.uuid4()

    async with chat() as ana:
        await ana.say("hello", ref)
        await ana.send(type="message.send", client_ref=str(ref), text="goodbye")
        error = await ana.next("error")

    assert (error["code"], error["client_ref"]) == ("idempotency_mismatch", str(ref))


async def test_a_second_tab_follows_the_same_reply(chat, engine, returns_article):
    engine.script = [["You have ", "30 days [1]."]]
    engine.delay_s = 0.1

    async with chat() as ana, chat(session=ana.ready["session"], conversation=ana.ready["conversation"]) as tab:
        await ana.say("How do I send something back?")
        completed = await ana.next("reply.completed")
        created = await tab.next("message.created")
        same = await tab.next("reply.completed")

    assert same == completed
    assert created["message"]["text"] == "How do I send something back?"


async def test_a_client_that_comes_back_misses_nothing_and_sees_nothing_twice(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "[1]."]]
    engine.delay_s = 0.15

    async with chat() as ana:
        await ana.say("How do I send something back?")
        await ana.next("reply.delta")
    ready, last = ana.ready, ana.heard[-1]["seq"]
    async with chat(
        session=ready["session"], conversation=ready["conversation"], epoch=ready["epoch"], after_seq=last
    ) as back:
        completed = await back.next("reply.completed")

    seqs = [event["seq"] for event in back.heard[1:]]
    assert "messages" not in back.ready
    assert seqs == list(range(last + 1, completed["seq"] + 1))
    said = "".join(e["text"] for e in (*ana.heard, *back.heard) if e["type"] == "reply.delta")
    assert said.strip() == completed["text"]


async def test_a_client_whose_epoch_is_gone_gets_a_snapshot(chat, engine, returns_article):
    engine.script = ["Within 30 days [1]."]

    async with chat() as ana:
        await ana.ask("How do I send something back?")
    ready = ana.ready
    async with chat(
        session=ready["session"], conversation=ready["conversation"], epoch="another life", after_seq=3
    ) as back:
        pass

    assert [m["text"] for m in back.ready["messages"]] == [
        "How do I send something back?",
        "Within 30 days [1].",
    ]


async def test_stop_ends_the_reply_and_the_model(chat, engine, returns_article):
    engine.script = [["word "] * 200]
    engine.delay_s = 0.05

    async with chat() as ana:
        await ana.say("How do I send something back?")
        delta = await ana.next("reply.delta")
        await ana.send(type="reply.stop", message_id=delta["message_id"])
        completed = await ana.next("reply.completed", timeout_s=3)

    assert completed["status"] == "stopped"
    assert 0 < completed["text"].count("word") < 100


async def test_a_reply_goes_on_when_the_socket_is_gone(chat, engine, returns_article):
    engine.script = [["You have ", "30 days ", "[1]."]]
    engine.delay_s = 0.2

    async with chat() as ana:
        await ana.say("How do I send something back?")
        await ana.next("reply.started")
    await runner.all_done()

    answer = await Message.objects.aget(role="assistant")
    assert (answer.status, answer.text) == ("done", "You have 30 days [1].")


async def test_a_reply_whose_writer_died_is_written_by_another(chat, engine, returns_article, settings):
    settings.REPLY_LEASE_S = 0.2
    engine.script = ["Within 30 days [1]."]

    async with chat() as ana:
        conversation = await Conversation.objects.aget(pk=ana.ready["conversation"])
        asked = await Message.objects.acreate(
            conversation=conversation, seq=1, role="customer", text="How do I send something back?"
        )
        dead = await Message.objects.acreate(
            conversation=conversation,
            seq=2,
            role="assistant",
            status="writing",
            text="Within",
            in_reply_to=asked,
            owner="gone",
            attempt=1,
            leased_until=asked.created_at,
        )
        assert [m.pk async for m in Message.objects.abandoned()] == [dead.pk]
        await recovery.finish(dead.pk)
        restarted = await ana.next("reply.restarted")
        completed = await ana.next("reply.completed")

    assert restarted["message_id"] == completed["message_id"] == str(dead.pk)
    assert completed["text"] == "Within 30 days [1]."


async def test_replies_of_one_conversation_are_written_in_order(chat, engine, returns_article):
    engine.script = ["Within 30 days [1].", "Print the label from your account [1]."]
    engine.delay_s = 0.2

    async with chat() as ana:
        await ana.say("How do I send something back?")
        await ana.say("When does the refund reach me?")
        first = await ana.next("reply.completed")
        second = await ana.next("reply.completed")

    assert first["text"].startswith("Within")
    assert second["text"].startswith("Print")


async def test_the_same_question_is_answered_from_the_cache_the_second_time(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]

    async with chat() as ana:
        first = await ana.ask("How do I send something back?")
    async with chat() as bob:
        second = await bob.ask("how do i send something back")

    assert second["text"] == first["text"]
    assert second["citations"] == first["citations"]
    assert len(engine.asked) == 1
    receipts = [m.receipt async for m in Message.objects.filter(role="assistant").order_by("created_at")]
    assert [receipt["source"] for receipt in receipts] == ["model", "exact_cache"]
    assert [set(receipt["ms"]) for receipt in receipts] == 2 * [
        {"exact", "embed", "search", "semantic", "first_token", "total"}
    ]


async def test_a_thumb_down_on_a_cached_answer_puts_it_before_a_person(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]

    async with chat() as ana:
        await ana.ask("How do I send something back?")
    async with chat() as bob:
        second = await bob.ask("How do I send something back?")
        await bob.send(type="message.rate", message_id=second["message_id"], rating="dislike")
        await bob.send(type="ping")
        await bob.next("pong")

    assert [(v.opinion, v.source) async for v in Verdict.objects.all()] == [("undecided", "customer")]


async def test_an_edit_of_the_article_drops_the_cached_answer(chat, engine, returns_article, workspace):
    engine.script = ["You have 30 days [1].", "You have 60 days [1]."]

    async with chat() as ana:
        await ana.ask("How do I send something back?")
        edited = await sync_to_async(publishing.save_draft)(
            workspace, external_id="returns", title="Returns and refunds", body=RETURNS.replace("30", "60")
        )
        published = await sync_to_async(publishing.publish)(edited)
        second = await ana.ask("How do I send something back?")

    assert published.dropped_answers == 1
    assert second["text"] == "You have 60 days [1]."


async def test_asking_for_a_person_hands_the_conversation_over(chat, engine, returns_article):
    async with chat() as ana:
        completed = await ana.ask("Can I talk to a real person please?")
        updated = await ana.next("conversation.updated")

    assert completed["action"] == "handed_off"
    assert (updated["status"], updated["reason"]) == ("waiting", "asked")


@pytest.fixture
def prices(transactional_db, settings):
    """A large model at ten dollars a million tokens read, and thirty a million written."""
    settings.REFERENCE_MODEL = "large-one"
    PriceRule.objects.create(
        model="large-one", valid_from="2026-01-01", input_usd=10, cached_input_usd=1, output_usd=30
    )
    pricing.price_list.forget()
    yield
    pricing.price_list.forget()


async def test_the_receipt_says_what_was_read_and_what_it_would_have_cost(chat, engine, returns_article, prices):
    engine.script, engine.model = ["You have 30 days [1]."], "large-one"

    async with chat() as ana:
        await ana.ask("How do I send something back?")

    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["source"] == "model"
    assert receipt["compared_with"] == "large-one"
    assert receipt["what_if"] is None
    assert receipt["cacheability"]["kind"] == "static"
    assert receipt["tokens"]["passages"] > 20
    assert receipt["tokens"]["completion"] > 0
    assert float(receipt["would_have_cost_usd"]) > 0


async def test_without_a_large_model_nothing_is_said_to_be_saved_against_one(chat, no_engine, returns_article, prices):
    """findings.md F."""
    async with chat() as ana:
        await ana.ask("How do I send something back?")

    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["source"] == "quoted_passage"
    assert receipt["would_have_cost_usd"] is None
    assert receipt["compared_with"] is None
    assert set(receipt["saved_usd"].values()) == {None}
    assert receipt["what_if"]["model"] == "large-one"
    assert float(receipt["what_if"]["cost_usd"]) > 0


async def test_nothing_is_saved_against_a_large_model_without_a_price(chat, engine, returns_article, prices):
    engine.script, engine.model = ["You have 30 days [1]."], "a-model-without-a-price"

    async with chat() as ana:
        await ana.ask("How do I send something back?")

    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["source"] == "model"
    assert receipt["would_have_cost_usd"] is None
    assert set(receipt["saved_usd"].values()) == {None}
