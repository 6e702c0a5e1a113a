"""A customer of a shop whose budget is used up is treated politely, and costs nothing."""

import asyncio

import pytest
from django.core import mail
from django.utils import timezone

from assistant.usage import alerts, mailing
from assistant.usage.models import Alert, Budget, BudgetPeriod, ModelCall
from conversations.models import Conversation, Message

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = '{"text": "Within 30 days [1].", "action": null}'


async def a_budget(workspace, percent, cap_tokens=1_000_000):
    budget = await Budget.objects.acreate(workspace=workspace, period="day", cap_tokens=cap_tokens)
    today = timezone.now().date()
    await BudgetPeriod.objects.acreate(budget=budget, starts_on=today, spent_tokens=cap_tokens * percent // 100)
    return budget


async def test_a_used_up_budget_quotes_the_article_and_brings_in_a_person(chat, engine, returns_article, workspace):
    await a_budget(workspace, 100)

    async with chat() as ana:
        reply = await ana.ask("How do I send something back?")
        handed = await ana.next("conversation.updated")

    assert engine.asked == []
    assert reply["action"] == "handed_off"
    assert "Print the label" in reply["text"]
    assert "I'm passing it to a colleague" in reply["text"]
    assert (handed["status"], handed["reason"]) == ("waiting", "budget")
    message = await Message.objects.aget(pk=reply["message_id"])
    assert message.receipt["budget"]["rung"] == 100
    assert message.receipt["cost_usd"] == "0.000000"


async def test_the_receipt_tells_the_rung(chat, engine, returns_article, workspace):
    engine.script = [ANSWER]
    budget = await a_budget(workspace, 85)

    async with chat() as ana:
        reply = await ana.ask("How do I send something back?")

    message = await Message.objects.aget(pk=reply["message_id"])
    assert message.receipt["source"] == "model"
    assert message.receipt["budget"] == {"rung": 80, "used_share": 0.85, "budget": budget.pk}


async def test_what_the_cache_holds_is_still_answered(chat, engine, returns_article, workspace):
    engine.script = [ANSWER]
    async with chat() as bob:
        await bob.ask("How do I send something back?")
    await a_budget(workspace, 100)

    async with chat() as ana:
        reply = await ana.ask("How do I send something back?")

    assert len(engine.asked) == 1
    assert (reply["text"], reply["action"]) == ("Within 30 days [1].", None)


async def test_fifty_customers_at_once_on_a_budget_for_ten_make_at_most_ten_calls(
    chat, engine, returns_article, workspace
):
    engine.script, engine.delay_s = [ANSWER], 0.02
    async with chat() as ana:
        await ana.ask("How do I send something back?")
    first = await ModelCall.objects.aget(purpose="reply")
    workspace.cache_enabled = False  # every one of them needs a call
    await workspace.asave()
    for_ten = 10 * (first.prompt_tokens + first.completion_tokens)
    budget = await Budget.objects.acreate(workspace=workspace, period="day", cap_tokens=for_ten)
    engine.asked.clear()

    async def asks():
        async with chat() as customer:
            return await customer.ask("How do I send something back?")

    replies = await asyncio.gather(*[asks() for _ in range(50)])

    assert 1 <= len(engine.asked) <= 10
    handed = [reply for reply in replies if reply["action"] == "handed_off"]
    assert len(handed) + len(engine.asked) == 50
    assert await Conversation.objects.filter(status="waiting", status_reason="budget").acount() == len(handed)
    told = [alert.threshold async for alert in Alert.objects.all()]
    assert len(told) == len(set(told))
    assert 100 in told
    period = await BudgetPeriod.objects.aget(budget=budget)
    assert (period.reserved_tokens, period.spent_tokens <= for_ten) == (0, True)


async def test_a_prompt_that_nearly_fills_its_window_is_told_once_a_day(chat, engine, returns_article, settings):
    engine.script = [ANSWER]
    async with chat() as ana:
        first = await ana.ask("How do I send something back?")
        receipt = (await Message.objects.aget(pk=first["message_id"])).receipt
        used = sum(receipt["tokens"][part] for part in ("instructions", "passages", "recent", "question"))
        settings.CONTEXT_MAX_TOKENS = round(used / 0.85)
        for _ in range(2):
            async with chat() as bob:
                await bob.ask("Where do I hand the parcel in that I send back?")

    (alert,) = [alert async for alert in Alert.objects.all()]
    assert (alert.kind, alert.threshold) == ("window", 80)


def test_an_alert_that_the_mail_server_refused_is_sent_later(workspace, settings, django_user_model):
    django_user_model.objects.create_superuser("rosa", email="rosa@acme.test", password="x")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1.0

    alerts.tell_once(workspace.pk, "ratio", 40, "Much is read.", starts_on=timezone.now().date())
    waiting = Alert.objects.get().mailed_at
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mailing.mail_alerts()
    mailing.mail_alerts()

    assert waiting is None
    assert [message.subject for message in mail.outbox] == ["[Acme] Much is read."]
    assert "/admin/usage/budget/" in mail.outbox[0].body
