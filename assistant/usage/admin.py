"""What models were called and what they cost: to read. Prices are for superusers."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assistant.usage.models import ModelCall, PriceRule
from assistant.usage.pricing import price_list
from assistant.workspaces.bound import WorkspaceBound, moment


@admin.register(ModelCall)
class ModelCallAdmin(WorkspaceBound):
    list_display = ("when", "purpose", "shown_status", "engine", "model", "tokens", "cost_usd", "ms_total")
    list_filter = ("workspace", "kind", "purpose", "tier", "engine", "status", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    date_hierarchy = "at"
    search_fields = ("model", "engine", "=conversation_id", "=message_id")
    readonly_fields = tuple(field.name for field in ModelCall._meta.fields)

    when = moment("at", "When")

    @display(description="Status", ordering="status", label={"done": "success", "failed": "danger", "stopped": "info"})
    def shown_status(self, call: ModelCall) -> str:
        return call.status

    @display(description="Tokens in / cached / out")
    def tokens(self, call: ModelCall) -> str:
        return f"{call.prompt_tokens:,} / {call.prompt_cached_tokens:,} / {call.completion_tokens:,}"


@admin.register(PriceRule)
class PriceRuleAdmin(ModelAdmin):
    """Only superusers set prices: a price concerns every workspace. A new price is a new row with its day."""

    list_display = ("model", "valid_from", "input_usd", "cached_input_usd", "output_usd", "source")
    search_fields = ("model",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: PriceRule, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        price_list.forget()
