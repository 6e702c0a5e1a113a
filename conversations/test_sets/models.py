"""Test sets: messages with what is right as an answer, the runs that asked them, and what came of each."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from assistant.confidence_intervals import wilson
from assistant.guidance.models import Guidance
from assistant.leases import LeasedJob, LeasedJobQuerySet
from assistant.workspaces.models import Workspace
from conversations.models import Conversation

NAME_TAKEN = "The workspace has a test set of this name."
NO_WORKER_AFTER = timedelta(seconds=60)


class TestSet(models.Model):
    """Messages that a workspace asks its assistant again and again, to see how well it answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="test_sets")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "name"),
                name="test_set_name_once",
                violation_error_message=NAME_TAKEN,
            ),
        )

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One message of a test set, and what is right as an answer to it."""

    class Kind(models.TextChoices):
        """What `conversations.evaluation.conversations` knows how to score."""

        QUESTION = "question", "Question"
        FOLLOW_UP = "follow_up", "Follow-up"
        TOPIC_CHANGE = "topic_change", "Change of topic"
        TWO_QUESTIONS = "two_questions", "Two questions"
        UNANSWERABLE = "unanswerable", "Unanswerable"
        OFF_TOPIC = "off_topic", "Off topic"
        SMALL_TALK = "small_talk", "Small talk"
        VAGUE = "vague", "Vague"
        WANTS_PERSON = "wants_person", "Wants a person"
        NOT_WANTS_PERSON = "not_wants_person", "Wants no person"
        YES_NO = "yes_no", "Yes or no"
        COMPLAINT = "complaint", "Complaint"
        PERSONAL = "personal", "Needs the customer's own data"
        CANNOT_BE_CACHED = "cannot_be_cached", "Wants something done"

    class Source(models.TextChoices):
        TYPED = "typed", "Typed"
        FILE = "file", "From a file"
        CONVERSATION = "conversation", "From a conversation"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test_set = models.ForeignKey(TestSet, models.CASCADE, related_name="cases")
    number = models.PositiveIntegerField(editable=False)  # within the set
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.QUESTION)
    message = models.TextField()
    history = models.JSONField(default=list, blank=True)  # what was said before, oldest first: {role, text}
    articles = models.JSONField(default=list, blank=True)  # external ids of those that answer
    answer = models.TextField(blank=True)  # words that the reply must have
    answer_2 = models.TextField(blank=True)
    expect = models.CharField(max_length=200, blank=True)
    lang = models.CharField(max_length=12, blank=True)
    source = models.CharField(max_length=12, choices=Source, default=Source.TYPED, editable=False)
    # What one customer said: erased with the customer.
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("test_set", "number")
        constraints = (models.UniqueConstraint(fields=("test_set", "number"), name="test_case_number_once"),)

    def __str__(self) -> str:
        """Without the message: the admin's log keeps this after the case is erased."""
        return f"Case {self.number}"

    def as_row(self) -> dict[str, Any]:
        """The case as `manage.py evaluate conversation` reads it."""
        return {
            "kind": self.kind,
            "text": self.message,
            "history": self.history,
            "articles": self.articles,
            "answer": self.answer,
            "answer_2": self.answer_2,
            "expect": self.expect,
            **({"lang": self.lang} if self.lang else {}),
        }

    @property
    def key(self) -> str:
        """The same for two cases that ask the same and hold the same for right."""
        return hashlib.sha256(json.dumps(self.as_row(), sort_keys=True).encode()).hexdigest()


class RunQuerySet(LeasedJobQuerySet["Run"]):
    def unfinished(self) -> RunQuerySet:
        return self.filter(state__in=Run.UNFINISHED)

    def due(self) -> RunQuerySet:
        return self.unfinished().unleased()

    def done(self) -> RunQuerySet:
        return self.filter(state=Run.State.DONE)


class Run(LeasedJob):
    """One time that the cases of a test set were asked, by a worker.

    Its attempts count since a case was last answered.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)
    CLAIMED = {"state": State.RUNNING}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test_set = models.ForeignKey(TestSet, models.CASCADE, related_name="runs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    why_failed = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField(default=0)  # cases
    done = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=list)  # a line a measure, with its interval
    release = models.CharField(max_length=64, blank=True)  # of the prompt and the models; see prompts.release
    model = models.CharField(max_length=200, blank=True)  # empty: articles were quoted
    # The version that the cases were asked under; None for what was live.
    guidance = models.ForeignKey(Guidance, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("test_set",), condition=Q(state__in=("queued", "running")), name="one_test_run_at_a_time"
            ),
        )
        indexes = (models.Index(fields=("test_set", "-created_at"), name="test_run_newest"),)

    def __str__(self) -> str:
        return f"Run of {date_format(timezone.localtime(self.created_at), 'DATETIME_FORMAT')}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def share(self) -> float | None:
        return self.right / self.done if self.done else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of right answers."""
        return wilson(self.right, self.done)

    @property
    def is_left_alone(self) -> bool:
        """Its worker died, or no worker takes it up."""
        now = timezone.now()
        if self.leased_until is None:
            return self.state == self.State.QUEUED and self.created_at < now - NO_WORKER_AFTER
        return not self.is_finished and self.leased_until < now

    @classmethod
    def lease_s(cls) -> float:
        return float(settings.TEST_RUN_LEASE_S)

    def finish(self, state: str, **fields: Any) -> None:
        """
        Raises:
            LeaseLost
        """
        self.release_lease(state=state, finished_at=timezone.now(), attempts=0, **fields)


class Result(models.Model):
    """What became of one case in one run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="results", db_index=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="results")
    key = models.CharField(max_length=64)  # of the case as it was asked
    reply = models.TextField(blank=True)
    cited = models.JSONField(default=list)
    waits = models.BooleanField(default=False)  # for a person
    action = models.CharField(max_length=20, blank=True)
    ms = models.PositiveIntegerField(default=0)
    right = models.BooleanField(default=False)
    first = models.BooleanField(default=False)  # the first source is right
    told = models.BooleanField(null=True)  # the words of the answer; None where none were given
    refused = models.CharField(max_length=60, blank=True)  # the code, where the message was not let in

    class Meta:
        ordering = ("run", "case__number")
        constraints = (models.UniqueConstraint(fields=("run", "case"), name="one_result_a_case"),)

    def __str__(self) -> str:
        return f"{self.case}: {self.verdict}"

    @property
    def verdict(self) -> str:
        """right, declined (it said that it does not know) or wrong."""
        if self.right:
            return "right"
        return "wrong" if self.cited or self.refused or self.waits else "declined"
