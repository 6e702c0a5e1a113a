"""Queries for messages: what customers read, what the assistant may read, what is unfinished."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class MessageQuerySet(models.QuerySet[Any]):
    def said(self) -> MessageQuerySet:
        """What the customer could read: no notes, no failed or unbegun replies."""
        return self.exclude(role=self.model.Role.NOTE).exclude(status__in=self.model.UNREAD)

    def for_assistant(self) -> MessageQuerySet:
        """What the assistant may read of it: not what is held or refused, nor the note that says so."""
        return self.said().exclude(status__in=self.model.KEPT_FROM_MODELS).filter(notice_of=None)

    def before(self, message: Any) -> MessageQuerySet:
        return self.filter(conversation=message.conversation_id, seq__lt=message.seq)

    def after(self, seq: int) -> MessageQuerySet:
        return self.filter(seq__gt=seq)

    def newest(self, count: int) -> list[Any]:
        """The last `count` messages, oldest first, as a reader wants them."""
        return list(reversed(self.order_by("-seq")[:count]))

    def with_question(self) -> MessageQuerySet:
        """Replies with what they answer, and for whom."""
        asked = "in_reply_to__conversation"
        return self.select_related(f"{asked}__workspace", f"{asked}__contact")

    def unfinished(self) -> MessageQuerySet:
        return self.filter(status__in=self.model.UNFINISHED)

    def abandoned(self) -> MessageQuerySet:
        """Replies that nobody writes: never begun, or their writer's lease ran out."""
        now = timezone.now()
        stale = models.Q(leased_until__lt=now) | models.Q(
            leased_until=None, created_at__lt=now - timedelta(seconds=settings.REPLY_LEASE_S)
        )
        return self.unfinished().filter(stale)
