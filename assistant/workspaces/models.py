"""Workspaces, with their widgets, logos, API keys and members."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

DEFAULT_NOTICE = "You are chatting with an AI assistant. It can make mistakes; a person can take over at any time."
DEFAULT_GREETING = "Hello! How can we help?"
CURRENCY = RegexValidator(r"^[A-Z]{3}\Z", "Enter a code of three capital letters, such as EUR.")


class RoutingPolicy(models.TextChoices):
    """When the small model answers instead of the large one."""

    __empty__ = "The server's default"

    ALWAYS_LARGE = "always_large", "Always the large model"
    BALANCED = "balanced", "Balanced: the small model for clear, simple questions"
    THRIFTY = "thrifty", "Thrifty: the small model whenever articles were found"


class Workspace(models.Model):
    """One shop. Every article, conversation and cached answer belongs to exactly one workspace."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    locale = models.CharField(max_length=10, default="en")
    assistant_name = models.CharField(max_length=60, default="Assistant")
    notice = models.CharField(max_length=300, default=DEFAULT_NOTICE)  # shown before the first answer
    currency = models.CharField(
        max_length=3,
        default="USD",
        db_default="USD",
        validators=[CURRENCY],
        help_text="In which currency costs are shown: an ISO code such as EUR. Without an exchange rate for it, "
        "they are shown in US dollars.",
    )
    cache_enabled = models.BooleanField(default=True)
    confidence_min = models.FloatField(
        "minimum confidence",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="0 to 1. Higher values decline more often; leave empty for the default. "
        "Run `manage.py evaluate search` to see the effect of each value on your own questions.",
    )
    vision_enabled = models.BooleanField(
        "let models look at pictures",
        default=False,
        db_default=False,
        help_text="If the text on a customer's picture cannot be read or is not enough, a model that can see describes "
        "it. The picture is then sent to that model.",
    )
    routing_policy = models.CharField(
        "model for replies",
        max_length=20,
        blank=True,
        choices=RoutingPolicy,
        help_text="Which model answers customers if you have a large and a small one. The small model's answer is "
        "checked before the customer sees it; if it fails, the large model answers instead. "
        "Leave empty for the server's default.",
    )
    routing_confidence_min = models.FloatField(
        "confidence for the small model",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="0 to 1. The small model is asked only if search is at least this sure of the articles. Higher "
        "values ask the large model more often; leave empty for the policy's own. "
        "Run `manage.py evaluate routing` to see the effect of each value on your own questions.",
    )
    settings = models.JSONField(default=dict, blank=True)
    guidance = models.JSONField(default=dict, editable=False)  # the live version, written by `assistant.guidance`
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


def new_widget_key() -> str:
    return "wk_" + secrets.token_urlsafe(18)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class Widget(models.Model):
    """A place on a web page where customers chat."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="widgets")
    name = models.CharField(max_length=120, default="Website")
    public_key = models.CharField(max_length=80, unique=True, default=new_widget_key)
    # Exact origins: scheme, host and port, as a browser sends them.
    origins = models.JSONField(default=list, blank=True)
    greeting = models.CharField(max_length=300, blank=True, default=DEFAULT_GREETING)
    suggestions = models.JSONField(default=list, blank=True)
    theme = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=10, default="en")
    identity_secret = models.CharField(max_length=120, default=new_secret)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_key})"


class Logo(models.Model):
    """The logo in the header of a widget. Stored in the database because it is small and belongs to the widget."""

    widget = models.OneToOneField(Widget, models.CASCADE, primary_key=True, related_name="logo")
    content = models.BinaryField()  # a PNG that we encoded
    digest = models.CharField(max_length=32)  # of the content; part of its URL

    def __str__(self) -> str:
        return "logo.png"

    @property
    def url(self) -> str:
        return reverse("widget-logo", args=[self.widget.public_key, self.digest])


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, now: datetime) -> ApiKeyQuerySet:
        """Return the keys that are neither revoked nor expired."""
        return self.filter(revoked_at=None).exclude(expires_at__lt=now)


class ApiKey(models.Model):
    """A key for a helpdesk or a script. Only its hash is stored; the secret is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    hashed = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    SCOPES = (
        "conversations:read",
        "conversations:write",
        "articles:read",
        "articles:write",
        "guidance:read",
        "guidance:write",
        "guidance:publish",
        "cache:read",
        "cache:write",
        "usage:read",
        "webhooks:write",
        "contacts:write",
        "chat:completions",
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "prefix"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}...)"

    @classmethod
    def issue(cls, workspace: Workspace, name: str, scopes: list[str], secret: str | None = None) -> tuple[ApiKey, str]:
        """Create a key and return it with its secret, which is not stored."""
        secret = secret or "bk_" + secrets.token_urlsafe(32)
        key, _ = cls.objects.update_or_create(
            hashed=cls.digest(secret),
            defaults={"workspace": workspace, "name": name, "scopes": scopes, "prefix": secret[:8]},
        )
        return key, secret

    @classmethod
    def find(cls, secret: str) -> ApiKey | None:
        """Return the live key with this secret, or None. Updates `last_used_at` at most once a minute."""
        try:
            key = cls.objects.select_related("workspace").get(hashed=cls.digest(secret))
        except cls.DoesNotExist:
            return None
        if key.state() != "live":
            return None
        if key.unused_for(timedelta(minutes=1)):
            cls.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
        return key

    @staticmethod
    def digest(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    def revoke(self) -> None:
        """Revoke the key. The time of the first revocation stays."""
        ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())

    @transaction.atomic
    def rotate(self) -> tuple[ApiKey, str]:
        """Issue a key with the same scopes and return it with its secret. The old one expires in API_KEY_OVERLAP_S."""
        successor, secret = ApiKey.issue(self.workspace, self.name, self.scopes)
        ApiKey.objects.filter(pk=successor.pk).update(expires_at=self.expires_at)
        until = timezone.now() + timedelta(seconds=settings.API_KEY_OVERLAP_S)
        ApiKey.objects.filter(pk=self.pk).update(expires_at=min(until, self.expires_at or until))
        return successor, secret

    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at < timezone.now() else "live"

    def unused_for(self, time: timedelta) -> bool:
        return self.last_used_at is None or timezone.now() - self.last_used_at > time


class Membership(models.Model):
    """The role of a member of staff in a workspace."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        AGENT = "agent"
        CURATOR = "curator"
        ADMIN = "admin"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        ordering = ["workspace", "user"]
        verbose_name = "member"
        constraints = [models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_a_workspace")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.workspace}"
