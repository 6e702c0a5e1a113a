"""Model calls and their cost, prices, budgets, and alerts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from assistant.workspaces.models import CURRENCY, Widget, Workspace


def plain(usd: Decimal) -> str:
    """Format an amount without trailing zeros."""
    return f"{usd.normalize():f}"


class ModelCall(models.Model):
    """One call of a model or an embedder: its origin, purpose, tokens, cost, duration and status."""

    class Kind(models.TextChoices):
        GENERATION = "generation"
        EMBEDDING = "embedding"

    class Purpose(models.TextChoices):
        REPLY = "reply"
        SUMMARY = "summary"
        REWRITE = "rewrite"
        SHADOW = "shadow"  # answers again what the cache answered, to check it
        QUESTION = "question"  # embedding of a customer's question
        INDEX = "index"  # embedding of articles and messages
        SEARCH = "search"
        VISION = "vision"  # describes a picture of a customer
        EVALUATION = "evaluation"
        OTHER = "other"

    class Status(models.TextChoices):
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"  # the customer disconnected or stopped the reply

    at = models.DateTimeField("time", default=timezone.now)
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, null=True, blank=True, related_name="model_calls", db_index=False
    )
    # Not foreign keys: this package may not import conversations, and costs stay after a conversation is erased.
    conversation_id = models.UUIDField(null=True, blank=True)
    message_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GENERATION)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.REPLY)
    tier = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=60)
    model = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DONE)
    reason = models.CharField(max_length=60, blank=True)  # of a failure
    attempts = models.PositiveSmallIntegerField(default=1)
    texts = models.PositiveIntegerField(default=1)  # of an embedding call
    prompt_tokens = models.PositiveIntegerField(default=0)
    prompt_cached_tokens = models.PositiveIntegerField(default=0)
    prompt_cache_written_tokens = models.PositiveIntegerField(default=0, db_default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0, db_default=0)  # of the completion
    counted_locally = models.BooleanField(default=False)
    cost_usd = models.DecimalField("cost (US$)", max_digits=14, decimal_places=8, default=0)
    unpriced = models.BooleanField(default=False)  # no price rule for the model, so the cost is unknown
    ms_first_token = models.PositiveIntegerField("first token (ms)", null=True, blank=True)
    ms_total = models.PositiveIntegerField("total (ms)", default=0)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["workspace", "at"], name="usage_call_workspace_at"),
            models.Index(fields=["conversation_id"], name="usage_call_conversation"),
            models.Index(fields=["message_id"], name="usage_call_message"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.engine} ({self.status})"


class PriceRule(models.Model):
    """The price of a model from a given day, in US dollars per million tokens."""

    model = models.CharField(max_length=120, help_text="Name of the model, or the start of it.")
    valid_from = models.DateField()
    input_usd = models.DecimalField("input (US$ per 1M tokens)", max_digits=12, decimal_places=6)
    cached_input_usd = models.DecimalField("cached input (US$ per 1M tokens)", max_digits=12, decimal_places=6)
    cache_write_usd = models.DecimalField(
        "written to the cache (US$ per 1M tokens)",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Leave empty if the provider charges the price of input.",
    )
    output_usd = models.DecimalField("output (US$ per 1M tokens)", max_digits=12, decimal_places=6)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["model", "-valid_from"]
        verbose_name = "price"
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="usage_one_price_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from}"


class ExchangeRate(models.Model):
    """The value of one US dollar in another currency. Only used to show amounts, which are stored in dollars."""

    currency = models.CharField(max_length=3, unique=True, validators=[CURRENCY], help_text="ISO code, such as EUR.")
    per_usd = models.DecimalField(
        "per US dollar",
        max_digits=18,
        decimal_places=8,
        validators=[MinValueValidator(Decimal("0.00000001"))],
        help_text="What one US dollar is worth in this currency.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["currency"]

    def __str__(self) -> str:
        return f"1 US$ = {plain(self.per_usd)} {self.currency}"


class Budget(models.Model):
    """A limit on the spending of a workspace, or of one of its widgets, per day or month (UTC)."""

    class Period(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="budgets")
    widget = models.ForeignKey(
        Widget,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
        help_text="Leave empty for the whole workspace.",
    )
    period = models.CharField(max_length=5, choices=Period, default=Period.MONTH)
    cap_usd = models.DecimalField("US dollars", max_digits=14, decimal_places=8, null=True, blank=True)
    cap_tokens = models.PositiveBigIntegerField("tokens", null=True, blank=True, help_text="Input plus output tokens.")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "widget", "period"],
                nulls_distinct=False,
                name="usage_one_budget_a_period",
                violation_error_message="A budget for this already exists.",
            ),
            models.CheckConstraint(
                condition=models.Q(cap_usd__isnull=False, cap_usd__gt=0)
                | models.Q(cap_tokens__isnull=False, cap_tokens__gt=0),
                name="usage_budget_caps_something",
                violation_error_message="Set a limit in US dollars or in tokens, above zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.widget or self.workspace}: {self.allowance()} a {self.period}"

    def allowance(self) -> str:
        """Return the limit as text: "US$20 and 1,000,000 tokens"."""
        caps = [f"US${plain(self.cap_usd)}"] if self.cap_usd is not None else []
        return " and ".join(caps + ([f"{self.cap_tokens:,} tokens"] if self.cap_tokens is not None else []))

    def clean(self) -> None:
        if self.widget and self.widget.workspace_id != self.workspace_id:
            raise ValidationError({"widget": "This widget belongs to another workspace."})

    def starts_on(self, day: date) -> date:
        return day.replace(day=1) if self.period == self.Period.MONTH else day


class BudgetPeriod(models.Model):
    """The amounts of a budget in one day or month: spent, and reserved for calls in progress."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="periods")
    starts_on = models.DateField()
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    reserved_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    spent_tokens = models.BigIntegerField(default=0)
    reserved_tokens = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-starts_on", "budget"]
        constraints = [models.UniqueConstraint(fields=["budget", "starts_on"], name="usage_one_row_a_period")]

    def __str__(self) -> str:
        return f"{self.budget} from {self.starts_on}"

    def used_share(self) -> float:
        """Return spent plus reserved as a share of the tighter of the two caps; above 1 if a cap was lowered."""
        usd, tokens = self.spent_usd + self.reserved_usd, self.spent_tokens + self.reserved_tokens
        shares = [float(usd / self.budget.cap_usd)] if self.budget.cap_usd else []
        return max(shares + ([tokens / self.budget.cap_tokens] if self.budget.cap_tokens else []), default=0.0)


class Reservation(models.Model):
    """Money and tokens reserved for one call until it is settled; if its process died, until `expires_at`."""

    hold = models.UUIDField(db_index=True)  # the same in every budget that the call counts against
    period = models.ForeignKey(BudgetPeriod, models.CASCADE, related_name="reservations")
    usd = models.DecimalField(max_digits=14, decimal_places=8)
    tokens = models.PositiveBigIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.usd} and {self.tokens} tokens until {self.expires_at}"


class Alert(models.Model):
    """An alert about usage or cost, raised once per scope, period and threshold."""

    class Kind(models.TextChoices):
        BUDGET = "budget"  # percent of a budget used
        WINDOW = "window"  # percent of the context window filled by prompts
        RATIO = "ratio"  # input tokens per output token
        PREFIX_CACHE = "prefix_cache"  # the provider's prefix cache is never hit

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="usage_alerts")
    kind = models.CharField(max_length=12, choices=Kind)
    scope = models.CharField(max_length=80, blank=True)  # such as "budget:12"; empty for the whole workspace
    starts_on = models.DateField()  # of the period
    threshold = models.PositiveIntegerField()
    sentence = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "scope", "starts_on", "threshold"], name="usage_alert_once"
            )
        ]

    def __str__(self) -> str:
        return self.sentence
