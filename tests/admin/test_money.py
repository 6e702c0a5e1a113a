"""Missing prices, the currency of a workspace, and estimates that are not savings."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistant.usage import pricing
from assistant.usage.models import ExchangeRate
from assistant.workspaces.models import Workspace
from conversations.models import Conversation, Message
from tests.admin.conftest import RECEIPT

USAGE = "admin:usage_modelcall_report"


@pytest.fixture
def euros(workspace: Workspace) -> Workspace:
    Workspace.objects.filter(pk=workspace.pk).update(currency="EUR")
    workspace.refresh_from_db()
    return workspace


def test_the_page_of_prices_warns_of_a_model_without_one(superuser: Client, settings: Any) -> None:
    settings.ENGINES = {"large": {"BACKEND": "x", "OPTIONS": {"model": "model-without-price"}}}
    settings.TIERS = {"large": ["large"], "small": []}
    pricing.price_list.forget()

    page = superuser.get(reverse("admin:usage_pricerule_changelist"))

    assert "model-without-price" in page.text
    assert "has no price" in page.text


def test_costs_are_shown_in_the_currency_of_the_workspace(
    superuser: Client, rows: dict[str, Any], euros: Workspace
) -> None:
    Message.objects.filter(role="assistant").update(receipt=RECEIPT | {"cost_usd": "2.000000"})
    ExchangeRate.objects.create(currency="EUR", per_usd="0.92")
    conversation = Conversation.objects.get(pk=rows["conversations_conversation"].pk)

    usage = superuser.get(reverse(USAGE), {"workspace": euros.slug})
    talk = superuser.get(reverse("admin:conversations_conversation_change", args=[conversation.pk]))
    live = superuser.get(reverse("admin:conversations_conversation_transcript", args=[conversation.pk]))

    for page in (usage, talk, live):
        assert "1.84\u00a0EUR" in page.text
        assert "$2.00" not in page.text
    for page in (usage, talk):
        assert "Shown in EUR at 0.92 per US dollar, the rate of" in page.text
    assert "Cost (EUR)" in usage.context["cost_chart"]


def test_without_a_rate_costs_are_shown_in_dollars_and_the_page_says_so(
    superuser: Client, rows: dict[str, Any], euros: Workspace
) -> None:
    Message.objects.filter(role="assistant").update(receipt=RECEIPT | {"cost_usd": "2.000000"})

    page = superuser.get(reverse(USAGE), {"workspace": euros.slug})

    assert "$2.00" in page.text
    assert "Shown in US dollars: there is no exchange rate for EUR." in page.text


def test_dollars_need_no_word(superuser: Client, rows: dict[str, Any], workspace: Workspace) -> None:
    page = superuser.get(reverse(USAGE), {"workspace": workspace.slug})

    assert "Shown in" not in page.text


@pytest.mark.parametrize("code", ["euro", "EU", "<b>", "eur", ""])
def test_a_currency_is_a_code_of_three_capitals(staff: Any, workspace: Workspace, code: str) -> None:
    fields = ("name", "slug", "locale", "assistant_name", "notice")
    form = {**{field: getattr(workspace, field) for field in fields}, "settings": "{}", "currency": code}

    page = staff("admin").post(reverse("admin:workspaces_workspace_change", args=[workspace.pk]), form)

    assert "currency" in page.context["adminform"].form.errors


def test_exchange_rates_are_for_superusers_alone(staff: Any, superuser: Client) -> None:
    rate = ExchangeRate.objects.create(currency="EUR", per_usd="0.92")
    address = reverse("admin:usage_exchangerate_change", args=[rate.pk])

    assert superuser.get(address).status_code == 200
    assert superuser.get(reverse("admin:usage_exchangerate_changelist")).status_code == 200
    rosa = staff("admin")
    assert rosa.get(address).status_code == 403
    assert "Exchange rates" not in rosa.get(reverse("admin:index")).text


def test_a_rate_of_nothing_is_refused(superuser: Client) -> None:
    page = superuser.post(reverse("admin:usage_exchangerate_add"), {"currency": "EUR", "per_usd": "0"})

    assert "per_usd" in page.context["adminform"].form.errors


def test_a_what_if_is_labelled_as_one_and_is_no_saving(
    superuser: Client, rows: dict[str, Any], workspace: Workspace, settings: Any
) -> None:
    settings.REFERENCE_MODEL = "gpt-6-sol"
    unknown = {
        "would_have_cost_usd": None,
        "saved_usd": dict.fromkeys(("summary", "cache", "tier")),
        "what_if": {"model": "gpt-6-sol", "cost_usd": "3.250000"},
    }
    Message.objects.filter(role="assistant").update(receipt=RECEIPT | unknown)

    page = superuser.get(reverse(USAGE), {"workspace": workspace.slug})

    assert "What if gpt-6-sol had answered: $3.25" in page.text
    assert page.context["totals"]["saved_usd"] is None
    assert "not known" in page.text
