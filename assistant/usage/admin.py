"""Model calls, prices, budgets and alerts in the staff admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assistant.staff import permissions
from assistant.staff.base_admin import StaffAdmin, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.usage import budgets
from assistant.usage.checks import models_have_prices
from assistant.usage.models import Alert, Budget, ExchangeRate, ModelCall, PriceRule, plain
from assistant.usage.pricing import price_list
from assistant.workspaces.models import Widget


def usd_column(field: str, description: str) -> Callable[[Any, Any], str]:
    @display(description=description, ordering=field)
    def shown(self: Any, row: Any) -> str:
        value = getattr(row, field)
        return "–" if value is None else plain(value)

    return shown


@admin.register(ModelCall)
class ModelCallAdmin(WorkspaceBound):
    empty_text = "Every call of a language or embedding model appears here."
    list_display = ("when", "purpose", "shown_status", "engine", "model", "tokens", "cost", "ms_total")
    list_filter = ("workspace", "kind", "purpose", "tier", "engine", "status", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    date_hierarchy = "at"
    search_fields = ("model", "engine", "=conversation_id", "=message_id")
    readonly_fields = tuple(field.name for field in ModelCall._meta.fields)

    when = moment("at", "When")

    @display(description="Status", ordering="status", label={"done": "success", "failed": "danger", "stopped": "info"})
    def shown_status(self, call: ModelCall) -> str:
        return call.status

    @display(description="Tokens: input / cached / output")
    def tokens(self, call: ModelCall) -> str:
        return f"{call.prompt_tokens:,} / {call.prompt_cached_tokens:,} / {call.completion_tokens:,}"

    @display(description="US$", ordering="cost_usd")
    def cost(self, call: ModelCall) -> str:
        return plain(call.cost_usd)


@admin.register(PriceRule)
class PriceRuleAdmin(StaffAdmin):
    """Only superusers set prices, because a price applies to every workspace. A price change is a new row."""

    empty_text = "Prices of models, in US dollars per million tokens. Without a price, the cost of a call is unknown."

    list_display = ("model", "valid_from", "read", "cached", "cache_write", "written", "source")
    read = usd_column("input_usd", "Input US$/M")
    cached = usd_column("cached_input_usd", "Cached US$/M")
    cache_write = usd_column("cache_write_usd", "Cache write US$/M")
    written = usd_column("output_usd", "Output US$/M")
    search_fields = ("model",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET":
            for warning in models_have_prices(["default"]):
                messages.warning(request, f"{warning.msg} {warning.hint}")
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: PriceRule, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        price_list.forget()

    def delete_model(self, request: HttpRequest, obj: PriceRule) -> None:
        super().delete_model(request, obj)
        price_list.forget()


@admin.register(ExchangeRate)
class ExchangeRateAdmin(StaffAdmin):
    """Only superusers set exchange rates, because a rate applies to every workspace with this currency."""

    empty_text = "Costs are stored in US dollars. An exchange rate shows them in the currency of a workspace."

    list_display = ("currency", "shown_rate", "updated")
    fields = ("currency", "per_usd")

    updated = moment("updated_at", "Updated")

    @display(description="Per US dollar", ordering="per_usd")
    def shown_rate(self, rate: ExchangeRate) -> str:
        return plain(rate.per_usd)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]  # ModelForm is not generic at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.cap_usd is not None:
            self.initial["cap_usd"] = plain(self.instance.cap_usd)


@admin.register(Budget)
class BudgetAdmin(WorkspaceBound):
    empty_text = "A budget limits what a workspace or a widget can spend per day or month."
    form = BudgetForm
    add_role = change_role = delete_role = Role.ADMIN
    list_display = ("whose", "allowed", "used", "follows", "enabled")
    list_filter = ("workspace", "period", "enabled")
    fields = ("workspace", "widget", "period", "cap_usd", "cap_tokens", "enabled")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Widget:
            kwargs["queryset"] = Widget.objects.filter(
                workspace__in=permissions.workspace_ids(request.user, Role.ADMIN)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description="Applies to", ordering="workspace")
    def whose(self, budget: Budget) -> str:
        return f"{budget.workspace}, {budget.widget.name}" if budget.widget else f"{budget.workspace}"

    @display(description="Limit")
    def allowed(self, budget: Budget) -> str:
        return f"{budget.allowance()} per {budget.period}"

    @display(description="Used", label={"calm": "success", "low": "warning", "out": "danger"})
    def used(self, budget: Budget) -> tuple[str, str]:
        status = budgets.status_of(budget)
        colour = "out" if status.rung >= budgets.SMALL_ONLY else "low" if status.rung else "calm"
        return colour, f"{status.used_share:.0%}"

    @display(description="Effect")
    def follows(self, budget: Budget) -> str:
        rung = budgets.status_of(budget).rung
        return budgets.WHAT_FOLLOWS[rung].capitalize() if rung else "–"


@admin.register(Alert)
class AlertAdmin(WorkspaceBound):
    empty_text = "Alerts about budgets and failing models appear here."
    list_display = ("when", "sentence", "kind", "workspace", "mailed")
    list_filter = ("workspace", "kind", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    readonly_fields = tuple(field.name for field in Alert._meta.fields)

    when = moment("at", "When")
    mailed = moment("mailed_at", "E-mailed")
