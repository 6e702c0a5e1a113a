"""A budget deleted during a model call loses neither the answer nor the record of the call (row B12)."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from assistant.llm.engines.base import Usage
from assistant.usage import budgets
from assistant.usage.models import Alert, Budget, BudgetPeriod, ModelCall, Reservation
from assistant.workspaces.models import Widget, Workspace
from conversations.models import Message
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside, transaction_beside, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
AT_MOST = Usage(100, 0, 100)


def a_budget(workspace: Workspace, **fields: Any) -> Budget:
    return Budget.objects.create(workspace=workspace, **{"period": "day", "cap_tokens": 1_000_000} | fields)


@pytest.mark.parametrize("gone", [Budget, BudgetPeriod, Reservation])
async def test_a_reply_is_finished_and_metered_though_its_budget_went_meanwhile(
    chat: Any, workspace: Workspace, returns_article: Any, held_models: HeldServer, gone: Any
) -> None:
    """B12."""
    await sync_to_async(a_budget)(workspace)

    async with chat() as ana:
        held_models.hold()
        await ana.say("How do I send something back?")
        await asyncio.to_thread(held_models.until_asked)
        await gone.objects.all().adelete()
        held_models.release()
        reply = await ana.next("reply.completed")

    assert reply["status"] == "done"
    assert (await Message.objects.aget(pk=reply["message_id"])).receipt["source"] == "model"
    call = await ModelCall.objects.aget(message_id__isnull=False, purpose="reply")
    assert (call.status, call.prompt_tokens > 0, call.completion_tokens > 0) == ("done", True, True)


async def test_what_a_call_took_is_booked_on_the_budgets_that_are_left(
    chat: Any, workspace: Workspace, widget: Widget, returns_article: Any, held_models: HeldServer
) -> None:
    """B12: a widget's budget goes, that of the workspace stays."""
    of_workspace = await sync_to_async(a_budget)(workspace)
    of_widget = await sync_to_async(a_budget)(workspace, widget=widget)

    async with chat() as ana:
        held_models.hold()
        await ana.say("How do I send something back?")
        await asyncio.to_thread(held_models.until_asked)
        await of_widget.adelete()
        held_models.release()
        await ana.next("reply.completed")

    left = await BudgetPeriod.objects.aget()
    assert left.budget_id == of_workspace.pk
    assert left.spent_tokens > 0
    assert left.reserved_tokens == 0


def test_a_budget_that_goes_while_a_reservation_is_made_does_not_limit_the_call(workspace: Workspace) -> None:
    """B12: the reservation waits for the transaction that deletes the budget, and then does without it."""
    gone, stays = a_budget(workspace, period="month"), a_budget(workspace)
    period = BudgetPeriod.objects.create(budget=gone, starts_on=gone.starts_on(timezone.now().date()))

    with transaction_beside("DELETE FROM usage_budgetperiod WHERE id = %s", period.pk) as session:
        session.execute("DELETE FROM usage_budget WHERE id = %s", [gone.pk])
        reserving = Beside(lambda: budgets.reserve(workspace.pk, None, "a model", AT_MOST))
        until_waiting("usage_budgetperiod")
        session.commit()

    hold = reserving.result()
    assert hold.refused_by is None
    assert [each.budget_id for each in BudgetPeriod.objects.filter(pk__in=hold.period_ids)] == [stays.pk]


def test_staff_are_not_told_of_a_budget_that_is_gone(workspace: Workspace) -> None:
    """B12: nothing raises where a used-up budget goes before anybody is told."""
    budget = a_budget(workspace)
    budget.delete()

    budgets.note_exhausted(workspace.pk, None, budget.pk)
    budgets.book(workspace.pk, budgets.Amount(tokens=5))

    assert not Alert.objects.exists()
