"""Contacts, conversations, messages, attachments and summaries."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField

from assistant.postgres.inserting import insert
from assistant.uploads.models import KeptFile, Reading
from assistant.workspaces.models import Widget, Workspace


class Contact(models.Model):
    """A customer: anonymous until the shop's own signature says who it is.

    The same `external_id` may belong to two: the verified one, and one that somebody only claims to be.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    verified = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict, blank=True)
    sessions_ended_at = models.DateTimeField(null=True, blank=True)  # session tokens from before it open nothing
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "external_id"], condition=models.Q(verified=True), name="one_verified_contact"
            ),
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=models.Q(verified=False) & ~models.Q(external_id=""),
                name="one_unverified_contact",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sessions_ended_at"],
                condition=models.Q(sessions_ended_at__isnull=False),
                name="contact_sessions_ended",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.external_id or f"Visitor {str(self.id)[:8]}"


class Conversation(models.Model):
    """A thread of messages between one contact and the shop."""

    class Status(models.TextChoices):
        BOT = "bot"
        WAITING = "waiting"  # for a person
        HUMAN = "human"
        RESOLVED = "resolved"

    class Channel(models.TextChoices):
        WIDGET = "widget"
        API = "api"
        OPENAI = "openai"
        HELPDESK = "helpdesk"
        TERMINAL = "terminal"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="conversations", db_index=False)
    widget = models.ForeignKey(Widget, models.SET_NULL, null=True, blank=True)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="conversations")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.WIDGET)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOT)
    status_reason = models.CharField(max_length=200, blank=True)
    locale = models.CharField(max_length=10, default="en")
    external_id = models.CharField(max_length=255, blank=True)
    last_seq = models.PositiveIntegerField(default=0)  # of the newest message
    context_from_seq = models.PositiveIntegerField(default=0)  # what was resolved before is not read again
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [  # they serve the key to the workspace too: one less to write with every message
            models.Index(fields=["workspace", "-updated_at"], name="conversation_newest"),
            models.Index(fields=["workspace", "external_id"], name="conversation_external"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} ({self.status})"

    def hold(self, **as_it_is: Any) -> bool:
        """Keep the row from being changed or erased until the transaction ends; False where it is erased already.

        For slow work that comes back to write: with fields, also False where they have other values by now.
        """
        row = Conversation.objects.select_for_update(no_key=True).filter(pk=self.pk, **as_it_is)
        return row.values_list("pk").first() is not None

    def insert(self, *said: Message) -> None:
        """Write a new one down with what is said in it, and its contact where that is new too."""
        new = [self.contact] if self.contact._state.adding else []
        insert([*new, self, *said])


class MessageQuerySet(models.QuerySet["Message"]):
    def said(self) -> MessageQuerySet:
        """What the customer could read: no notes, no failed or unbegun replies."""
        return self.exclude(role=Message.Role.NOTE).exclude(status__in=Message.UNREAD)

    def before(self, message: Message) -> MessageQuerySet:
        return self.filter(conversation=message.conversation_id, seq__lt=message.seq)

    def after(self, seq: int) -> MessageQuerySet:
        return self.filter(seq__gt=seq)

    def newest(self, count: int) -> list[Message]:
        """The last `count` messages, oldest first, as a reader wants them."""
        return list(reversed(self.order_by("-seq")[:count]))

    def with_question(self) -> MessageQuerySet:
        """Replies with what they answer, and for whom."""
        asked = "in_reply_to__conversation"
        return self.select_related(f"{asked}__workspace", f"{asked}__contact")

    def unfinished(self) -> MessageQuerySet:
        return self.filter(status__in=Message.UNFINISHED)

    def abandoned(self) -> MessageQuerySet:
        """Replies that nobody writes: never begun, or their writer's lease ran out."""
        now = timezone.now()
        stale = models.Q(leased_until__lt=now) | models.Q(
            leased_until=None, created_at__lt=now - timedelta(seconds=settings.REPLY_LEASE_S)
        )
        return self.unfinished().filter(stale)


class Message(models.Model):
    """A message in a conversation, by the customer, the assistant or a person."""

    class Role(models.TextChoices):
        CUSTOMER = "customer"
        ASSISTANT = "assistant"
        PERSON = "person"
        NOTE = "note"  # for staff alone

    class Status(models.TextChoices):
        DONE = "done"
        WAITING = "waiting"  # a reply that nobody has begun
        WRITING = "writing"
        STOPPED = "stopped"
        INCOMPLETE = "incomplete"
        FAILED = "failed"

    UNFINISHED = (Status.WAITING, Status.WRITING)
    UNREAD = (Status.FAILED, Status.WAITING)  # by the customer

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveIntegerField()  # 1, 2, 3 ... within the conversation
    role = models.CharField(max_length=10, choices=Role.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DONE)
    text = models.TextField(blank=True)
    # Chosen by the client: a message resent after a lost connection is one message.
    client_ref = models.UUIDField(null=True, blank=True)
    in_reply_to = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="reply")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    citations = models.JSONField(default=list, blank=True)
    attachments = models.JSONField(default=list, blank=True)  # as Attachment.as_json() tells them
    files_read = models.JSONField(default=list, blank=True)  # what the files say, as far as it was used: {name, says}
    action = models.CharField(max_length=20, blank=True)
    receipt = models.JSONField(null=True, blank=True)
    rating = models.CharField(max_length=10, blank=True)
    rating_comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The lease of whoever writes this reply; `attempt` fences off a writer that lost it.
    owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["conversation", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_message_a_seq"),
            models.UniqueConstraint(fields=["conversation", "client_ref"], name="one_message_a_client_ref"),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=models.Q(status__in=["waiting", "writing"]),
                name="message_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq}. {self.role}: {self.text[:60]}"

    @property
    def is_finished(self) -> bool:
        return self.status not in self.UNFINISHED

    def as_json(self) -> dict[str, Any]:
        """The message as customers see it, in events, snapshots and REST alike."""
        author = {"name": self.author.get_full_name() or self.author.get_username()} if self.author else None
        return {
            "id": str(self.id),
            "seq": self.seq,
            "role": self.role,
            "status": self.status,
            "text": self.text,
            "client_ref": str(self.client_ref) if self.client_ref else None,
            "in_reply_to": str(self.in_reply_to_id) if self.in_reply_to_id else None,
            "author": author,
            "citations": self.citations,
            "attachments": self.attachments,
            "action": self.action or None,
            "rating": self.rating or None,
            "created_at": self.created_at.isoformat(),
        }


class Attachment(KeptFile):
    """A file of a customer's: with no message until the message it was chosen for is sent."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="files")
    content_type = models.CharField(max_length=100)  # Word's takes 71 characters

    class Meta:
        ordering = ["created_at"]


class FileReading(Reading):
    """What was read of a customer's file, and how that went."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, primary_key=True, related_name="reading")

    def __str__(self) -> str:
        return f"{self.attachment_id} ({self.status})"


class ConversationSummary(models.Model):
    """What older messages were condensed to. A new version is a new row; the messages stay the truth."""

    class Origin(models.TextChoices):
        EXTRACTIVE = "extractive"
        MODEL = "model"
        STAFF = "staff"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="summaries", db_index=False)
    version = models.PositiveIntegerField()
    upto_seq = models.PositiveIntegerField()  # messages up to this one are folded in
    text = models.TextField()
    slots = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    engine = models.CharField(max_length=120, blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["conversation", "-version"]
        constraints = [models.UniqueConstraint(fields=["conversation", "version"], name="one_summary_a_version")]

    def __str__(self) -> str:
        return f"Summary {self.version} up to message {self.upto_seq}"


class MessageVector(models.Model):
    """The meaning of one message, so that a long conversation can be searched."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="vector")
    embedding = HalfVectorField(dimensions=384)
    embedder = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"Vector of message {self.message_id}"


class ConversationEvent(models.Model):
    """An event that is true and may not be published yet; see events.relay. The row goes once Redis has the event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="events", db_index=False)  # few rows
    kind = models.CharField(max_length=24)
    created_at = models.DateTimeField(default=timezone.now)  # the `at` of the event, by which it is known in Redis

    def __str__(self) -> str:
        return f"{self.kind} of {self.conversation_id}"
