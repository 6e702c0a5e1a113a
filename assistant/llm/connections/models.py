"""Model servers as staff enter them. `assistant.llm.registry` decides which of them are called."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from assistant.llm.connections import key_encryption, servers
from assistant.llm.connections.presets import PRESETS
from assistant.workspaces.models import Workspace


class ModelConnection(models.Model):
    """A model on a server with the OpenAI API."""

    class Tier(models.TextChoices):
        LARGE = "large", "Large: answers customers"
        SMALL = "small", "Small: summaries, and answers when a budget runs low"

    class Test(models.TextChoices):
        NONE = "", "Not tested"
        RUNNING = "running", "Test running"
        PASSED = "passed", "Test passed"
        FAILED = "failed", "Test failed"

    class Masking(models.TextChoices):
        AUTO = "auto", "If the server is on another network"
        ON = "on", "Always"
        OFF = "off", "Never"

    name = models.CharField(max_length=40, help_text="Shown to staff, on receipts and in the list of model calls.")
    workspace = models.ForeignKey(
        Workspace,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="model_connections",
        help_text="Only this workspace uses the model. Leave empty for all workspaces.",
    )
    preset = models.CharField("provider", max_length=20, choices=[(key, each.label) for key, each in PRESETS.items()])
    base_url = models.CharField(
        "base URL",
        max_length=500,
        help_text="Where the server answers, without /chat/completions. Redirects are not followed.",
    )
    private_server = models.CharField(max_length=300, blank=True, editable=False)  # see `servers.approval`
    key_encrypted = models.TextField(blank=True, editable=False)
    model = models.CharField(max_length=120, help_text="The name of the model as the server knows it.")
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.LARGE)
    order = models.PositiveSmallIntegerField(
        default=1, help_text="Models of a tier are tried in this order: the next one answers if the one before fails."
    )
    weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Of models with the same order, one with weight 3 is asked first three times as often as one with 1.",
    )
    context_tokens = models.PositiveIntegerField(
        "context", default=32_768, validators=[MinValueValidator(512)], help_text="Tokens of prompt and reply together."
    )
    max_output_tokens = models.PositiveIntegerField(
        "maximum output", null=True, blank=True, help_text="Tokens of one reply. Leave empty for no limit of its own."
    )
    first_token_timeout_s = models.FloatField(
        "first token within",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(600)],
        help_text="Seconds. Leave empty for the default of the tier.",
    )
    total_timeout_s = models.FloatField(
        "whole reply within",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text="Seconds. Leave empty for the default.",
    )
    reasoning_effort = models.CharField(
        max_length=20,
        blank=True,
        help_text="For models that reason: low, medium or high, as the provider names it. Leave empty to send none.",
    )
    price_as = models.CharField(
        "priced as",
        max_length=120,
        blank=True,
        help_text="The name of the model whose price applies, if prices know it under another name.",
    )
    masking = models.CharField(
        "mask personal data",
        max_length=4,
        choices=Masking.choices,
        default=Masking.AUTO,
        help_text="The model reads placeholders instead of e-mail addresses, names, addresses, numbers of people and "
        "passwords. Customers see the real values.",
    )
    enabled = models.BooleanField(default=True)
    capabilities = models.JSONField(default=dict, blank=True, editable=False)
    test_state = models.CharField(max_length=10, choices=Test.choices, default=Test.NONE, blank=True, editable=False)
    test_steps = models.JSONField(default=list, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "model"
        ordering = ["workspace", "tier", "order", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="llm_one_name", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def engine_name(self) -> str:
        """Return the name used in receipts, metering and logs."""
        return f"{self.name} ({self.pk})"

    @property
    def is_public_only(self) -> bool:
        """Return whether the server may be called only at public addresses."""
        return servers.is_public_only(self.base_url, self.private_server)

    @property
    def has_key(self) -> bool:
        return bool(self.key_encrypted)

    @property
    def is_key_readable(self) -> bool:
        try:
            self.key()
        except key_encryption.KeyUnreadable:
            return False
        return True

    def key(self) -> str:
        """Return the API key; empty if there is none. Raises KeyUnreadable."""
        return key_encryption.decrypt(self.key_encrypted)

    def set_key(self, key: str) -> None:
        self.key_encrypted = key_encryption.encrypt(key)

    def forget_test(self) -> None:
        """Clear the test results, which were for another server or model."""
        self.capabilities, self.test_steps = {}, []
        self.test_state, self.tested_at = self.Test.NONE, None
