"""Cached answers with their wordings, sources and verdicts, and counters of lookups."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from pgvector.django import CosineDistance, HalfVectorField

from assistant.workspaces.models import Workspace
from caching.scope import Scope

DIMENSIONS = 384

# Runs on every hit. As querysets the two conditions took a third of a hit's time in this process.
SERVABLE = """
SELECT entry.* FROM caching_wording AS wording JOIN caching_cachedanswer AS entry ON entry.id = wording.entry_id
WHERE wording.key = %(key)s AND workspace_id = %(workspace_id)s AND locale = %(locale)s AND audience = %(audience)s
    AND release = %(release)s AND state = %(live)s AND (pinned OR expires_at > %(now)s)
ORDER BY wording.id LIMIT 1
"""
COUNT_HIT = """
UPDATE caching_cachedanswer SET hits = hits + 1, saved_usd = saved_usd + cost_usd, last_hit_at = %(now)s
WHERE id = %(id)s AND created_at = %(created_at)s AND state = %(live)s AND (pinned OR expires_at > %(now)s)
"""


class CachedAnswerQuerySet(models.QuerySet["CachedAnswer"]):
    def within(self, scope: Scope) -> CachedAnswerQuerySet:
        """Filter by exactly this scope; answers are never served across scopes."""
        return self.filter(
            workspace_id=scope.workspace_id, locale=scope.locale, audience=scope.audience, release=scope.release
        )

    def servable(self, now: datetime | None = None) -> CachedAnswerQuerySet:
        """Filter live entries that have not expired; pinned entries do not expire."""
        return self.filter(state=CachedAnswer.State.LIVE).filter(
            Q(pinned=True) | Q(expires_at__gt=now or timezone.now())
        )

    def citing(self, workspace_id: uuid.UUID, keys: Iterable[str]) -> CachedAnswerQuerySet:
        return self.filter(workspace_id=workspace_id, dependencies__key__in=list(keys)).distinct()

    def to_review(self) -> CachedAnswerQuerySet:
        """Entries for a person to review: quarantined, waiting for a recheck, or with a pending near miss."""
        return self.filter(
            Q(state__in=[CachedAnswer.State.QUARANTINED, CachedAnswer.State.RECHECK])
            | Q(verdicts__opinion=Verdict.Opinion.UNDECIDED)
        ).distinct()


class CachedAnswer(models.Model):
    """An answer that may be served again for the same question within one scope."""

    class State(models.TextChoices):
        LIVE = "live"
        STALE = "stale"  # a source changed: never served again unchanged
        RECHECK = "recheck"  # an article was added nearby: not served until reviewed
        QUARANTINED = "quarantined"  # found wrong twice
        BANNED = "banned"  # banned by a person; no new answer is cached either

    class Kind(models.TextChoices):
        STATIC = "static"
        DYNAMIC = "dynamic"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="cached_answers")
    locale = models.CharField(max_length=10)
    audience = models.CharField(max_length=20)
    release = models.CharField(max_length=64)  # model, prompt, policy and embedder; another release, another cache
    question = models.TextField()
    key = models.CharField(max_length=64)  # of the canonical form of `question`
    answer = models.TextField()
    citations = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.STATIC)
    why = models.CharField(max_length=200, blank=True)  # why it was classified so
    state = models.CharField(max_length=12, choices=State, default=State.LIVE)
    pinned = models.BooleanField(default=False)
    # Opaque names of the askers, so that one person's entries can be erased together.
    contributors = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    cluster = models.CharField(max_length=120, blank=True)  # the source that supports most of the answer
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)  # cost of generating it
    made_by = models.CharField("model tier", max_length=20, blank=True, db_default="")  # empty: no model, or not known
    saved_usd = models.DecimalField("saved (US$)", max_digits=14, decimal_places=6, default=0)
    hits = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_hit_at = models.DateTimeField(null=True, blank=True)

    objects = CachedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "locale", "audience", "release", "key"], name="one_answer_per_question"
            )
        ]
        indexes = [models.Index(fields=["workspace", "state", "expires_at"], name="cached_answer_servable")]

    def __str__(self) -> str:
        return self.question[:80]

    @staticmethod
    def asked_as(scope: Scope, key: str) -> CachedAnswer | None:
        """Return the servable entry whose wording has this key, as the exact tier looks it up."""
        params = {**asdict(scope), "key": key, "now": timezone.now(), "live": CachedAnswer.State.LIVE}
        return next(iter(CachedAnswer.objects.raw(SERVABLE, params)), None)

    def age_s(self, now: datetime | None = None) -> int:
        return int(((now or timezone.now()) - self.created_at).total_seconds())

    def gives(self, answer: str) -> bool:
        """Return whether the entry currently has this answer."""
        return self.state == self.State.LIVE and self.answer.strip() == answer.strip()

    def is_expired(self) -> bool:
        return not self.pinned and self.expires_at <= timezone.now()

    def count_hit(self) -> bool:
        """Count one more hit if this answer may still be served. Returns False if it was invalidated or renewed.

        One UPDATE decides, so an answer invalidated by a committed transaction is never served after it.
        """
        this: dict[str, Any] = {"id": self.pk, "created_at": self.created_at, "live": self.State.LIVE}
        with connection.cursor() as cursor:
            cursor.execute(COUNT_HIT, this | {"now": timezone.now()})
            return bool(cursor.rowcount == 1)

    def renew(self, key: str, fields: dict[str, Any], contributor: str) -> None:
        """Replace the answer with a fresh one and reset the verdicts."""
        asked_before = [] if self.state != self.State.LIVE else self.contributors
        self.contributors = list(dict.fromkeys([*asked_before, contributor]))[-50:]
        self.key, self.state, self.created_at = key, self.State.LIVE, timezone.now()
        self.hits = self.judged = self.wrong = 0
        for name, value in fields.items():
            setattr(self, name, value)
        self.save()

    def depend_on(self, sources: Iterable[tuple[str, int, str]]) -> None:
        """Replace the dependencies by exactly these (key, revision, content hash)."""
        self.dependencies.all().delete()
        Dependency.objects.bulk_create(
            Dependency(entry=self, key=key, revision=revision, content_hash=digest)
            for key, revision, digest in dict.fromkeys(sources)
        )


class WordingQuerySet(models.QuerySet["Wording"]):
    def within(self, scope: Scope) -> WordingQuerySet:
        return self.filter(
            entry__workspace_id=scope.workspace_id,
            entry__locale=scope.locale,
            entry__audience=scope.audience,
            entry__release=scope.release,
        )

    def servable(self, now: datetime | None = None) -> WordingQuerySet:
        return self.filter(entry__state=CachedAnswer.State.LIVE).filter(
            Q(entry__pinned=True) | Q(entry__expires_at__gt=now or timezone.now())
        )

    def nearest(self, vector: Any, count: int) -> list[Wording]:
        """Return the entries nearest by cosine, annotated with `distance`.

        `+ 0` bypasses an approximate index, which returns fewer rows than exist when combined with a filter.
        """
        distance = CosineDistance("embedding", vector)
        rows = self.exclude(embedding=None).annotate(distance=distance).order_by(F("distance") + 0)[:count]
        return list(rows.select_related("entry"))

    def near_any(self, vectors: Sequence[Any], similarity: float) -> WordingQuerySet:
        """Return entries whose cosine to one of the vectors is at least `similarity`."""
        near = (Q(LessThanOrEqual(CosineDistance("embedding", vector), 1 - similarity)) for vector in vectors)
        return self.filter(reduce(or_, near))


class Wording(models.Model):
    """One wording of the question that an entry answers: the original, or an alias approved by staff."""

    entry = models.ForeignKey(CachedAnswer, models.CASCADE, related_name="wordings")
    text = models.TextField()
    key = models.CharField(max_length=64, db_index=True)
    embedding = HalfVectorField(dimensions=DIMENSIONS, null=True, blank=True)
    is_alias = models.BooleanField(default=False)
    origin = models.CharField(max_length=40, default="asked")  # asked, staff, shadow
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WordingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "key"], name="one_wording_per_entry")]

    def __str__(self) -> str:
        return self.text[:80]


class Dependency(models.Model):
    """One source that an answer depends on, as of the time the answer was generated."""

    entry = models.ForeignKey(CachedAnswer, models.CASCADE, related_name="dependencies")
    key = models.CharField(max_length=120, db_index=True)  # opaque to the cache
    revision = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.key} revision {self.revision}"


class Verdict(models.Model):
    """A verdict on a cached answer, by a person or a shadow check."""

    class Opinion(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"
        UNDECIDED = "undecided"  # waits for a person

    class Source(models.TextChoices):
        STAFF = "staff"
        CUSTOMER = "customer"
        SHADOW = "shadow"
        NEAR_MISS = "near_miss"

    entry = models.ForeignKey(CachedAnswer, models.CASCADE, related_name="verdicts")
    source = models.CharField(max_length=10, choices=Source)
    opinion = models.CharField(max_length=10, choices=Opinion)
    asked = models.TextField(blank=True)  # the question it was served for, or nearly served for
    fresh_answer = models.TextField(blank=True)  # a model's current answer, if one was requested
    note = models.CharField(max_length=300, blank=True)
    similarity = models.FloatField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    message_id = models.UUIDField(null=True, blank=True)
    visitor = models.CharField(max_length=80, blank=True)  # contributor name of the asker or complainant
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "source", "message_id"],
                condition=Q(message_id__isnull=False),
                name="one_verdict_per_message_and_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.opinion}"


class ShadowCheck(models.Model):
    """A hit that waits for its shadow check. The queue carries only its id, so that the asker can be erased."""

    entry = models.ForeignKey(CachedAnswer, models.CASCADE, related_name="shadow_checks")
    asked = models.TextField()
    passages = models.JSONField()  # search results for the question
    visitor = models.CharField(max_length=80, blank=True, db_index=True)  # contributor name of the asker
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Check of {self.entry_id}"


class Tally(models.Model):
    """Number of lookups per day, workspace and result."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="cache_tallies")
    day = models.DateField()
    reason = models.CharField(max_length=60)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "day", "reason"], name="one_tally_per_reason")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.count}"
