"""What a customer told is told back, though no article knows it."""

import pytest

from conversations.context.fact_ledger import Ledger
from conversations.models import Message
from conversations.replies.fact_questions import answering

TOLD = (
    ("customer", "My order number is 48213 and the driver can call +49 151 2345678."),
    ("assistant", "Thank you. We will refund €49.90 to your account."),
    ("customer", "Sorry, 48231, not 48213. You can write to me at ana@example.com."),
    ("assistant", "Our lamps cost €25.00 each and are delivered within 3 days."),
    ("customer", "I also have another order, 61007, for a Lumo lamp, but that one is fine."),
)


@pytest.fixture
def ledger():
    folded = Ledger()
    for number, (role, text) in enumerate(TOLD, start=1):
        folded = folded.folded(text, str(number), role)
    return folded


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("What was my order number?", ["48231", "61007"]),  # two orders: neither is guessed
        ("Which e-mail address do you have for me?", ["ana@example.com"]),
        ("On what mobile can the driver call me?", ["+49 151 2345678"]),
        ("How much will you refund?", ["€49.90"]),
        ("Which number has my other order with the lamp?", ["61007"]),
        ("What is my customer number?", []),
        ("When does my warranty end?", []),
        ("How much is the lamp for me?", []),
    ],
)
def test_the_fact_that_is_asked_for_is_found(ledger, asked, values):
    assert [fact.value for fact in answering(asked, ledger)] == values


@pytest.mark.django_db(transaction=True)
async def test_without_a_model_the_customers_own_words_are_quoted(chat, no_engine, returns_article):
    async with chat() as ana:
        await ana.ask("Hello, my order number is 48231.")
        reply = await ana.ask("What was my order number?")
        unknown = await ana.ask("What was my customer number?")

    assert "you wrote: “" in reply["text"]
    assert "48231" in reply["text"]
    assert reply["action"] is None
    assert "48231" not in unknown["text"]
    message = await Message.objects.aget(pk=reply["message_id"])
    assert (message.receipt["source"], message.receipt["why_tier"]) == ("rule", "said earlier in this conversation")


@pytest.mark.django_db(transaction=True)
async def test_a_model_is_shown_what_was_said_though_search_found_nothing(chat, engine, workspace):
    engine.script = ['{"text": "It is 48231.", "action": null}']
    async with chat() as ana:
        await ana.ask("Hello, my order number is 48231.")
        reply = await ana.ask("What was my order number?")

    assert reply["text"] == "It is 48231."
    assert "my order number is 48231" in str(engine.asked[-1].messages)


@pytest.mark.django_db(transaction=True)
async def test_nobody_is_told_what_another_customer_said(chat, no_engine, returns_article):
    async with chat() as ana:
        await ana.ask("Hello, my order number is 48231.")
    async with chat() as bob:
        reply = await bob.ask("What was my order number?")

    assert "48231" not in reply["text"]
