"""Contacts, conversations, messages, attachments and summaries."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField

from assistant.postgres.inserting import insert
from assistant.uploads.models import KeptFile, Reading
from assistant.workspaces.models import Widget, Workspace
from conversations.message_queries import MessageQuerySet


class Contact(models.Model):
    """A customer: anonymous, or identified by the shop.

    Two contacts can have the same `external_id`: the verified customer, and an unverified one who only claims it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    verified = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict, blank=True)
    sessions_ended_at = models.DateTimeField(null=True, blank=True)  # older session tokens are invalid
    muted_until = models.DateTimeField(null=True, blank=True)  # no message is accepted before
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

    @property
    def is_muted(self) -> bool:
        return self.muted_until is not None and self.muted_until > timezone.now()


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
    context_from_seq = models.PositiveIntegerField(default=0)  # older messages were resolved and are not in prompts
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [  # also used for the foreign key to the workspace, which needs no index of its own
            models.Index(fields=["workspace", "-updated_at"], name="conversation_newest"),
            models.Index(fields=["workspace", "external_id"], name="conversation_external"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} ({self.status})"

    def hold(self, **expected: Any) -> bool:
        """Lock the row against changes and erasure until the transaction ends. Returns False if it was erased.

        For slow work that finally writes: also returns False if one of the `expected` fields has another value.
        """
        row = Conversation.objects.select_for_update(no_key=True).filter(pk=self.pk, **expected)
        return row.values_list("pk").first() is not None

    def insert(self, *messages: Message) -> None:
        """Insert this new conversation with its messages, and with its contact if that is new too."""
        new = [self.contact] if self.contact._state.adding else []
        insert([*new, self, *messages])


class Message(models.Model):
    """A message in a conversation, by the customer, the assistant or a person."""

    class Role(models.TextChoices):
        CUSTOMER = "customer"
        ASSISTANT = "assistant"
        PERSON = "person"
        NOTE = "note"  # for staff only

    class Status(models.TextChoices):
        DONE = "done"
        WAITING = "waiting"  # a reply that has not started
        WRITING = "writing"
        STOPPED = "stopped"
        INCOMPLETE = "incomplete"
        FAILED = "failed"
        HELD = "held"  # a customer's message that waits for a person's review
        REFUSED = "refused"  # after the review

    KEPT_FROM_MODELS = (Status.HELD, Status.REFUSED)
    UNFINISHED = (Status.WAITING, Status.WRITING)
    UNREAD = (Status.FAILED, Status.WAITING)  # by the customer

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveIntegerField()  # 1, 2, 3 ... within the conversation
    role = models.CharField(max_length=10, choices=Role.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DONE)
    text = models.TextField(blank=True)
    # Chosen by the client, so that a message resent after a lost connection is stored once.
    client_ref = models.UUIDField(null=True, blank=True)
    in_reply_to = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="reply")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    citations = models.JSONField(default=list, blank=True)
    attachments = models.JSONField(default=list, blank=True)  # results of Attachment.as_json()
    files_read = models.JSONField(default=list, blank=True)  # the texts of files that were used: {name, says}
    action = models.CharField(max_length=20, blank=True)
    receipt = models.JSONField(null=True, blank=True)
    rating = models.CharField(max_length=10, blank=True)
    rating_comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The lease of the process that writes this reply; `attempt` is the fencing token.
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
        """Return the message as JSON for customers, the same in events, snapshots and REST."""
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
    """A file of a customer. `message` is None until its message is sent."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="files")
    content_type = models.CharField(max_length=100)  # Word's has 71 characters

    class Meta:
        ordering = ["created_at"]


class FileReading(Reading):
    """The text read from a customer's file, and the status of reading it."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, primary_key=True, related_name="reading")

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(status__in=["queued", "reading"]),
                name="file_unread",
            )
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id} ({self.status})"


class ConversationSummary(models.Model):
    """A summary of older messages. A new version is a new row; the messages themselves are kept."""

    class Origin(models.TextChoices):
        EXTRACTIVE = "extractive"
        MODEL = "model"
        STAFF = "staff"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="summaries", db_index=False)
    version = models.PositiveIntegerField()
    upto_seq = models.PositiveIntegerField()  # seq of the last message that is included
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
    """The embedding of one message, for semantic search in long conversations."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="vector")
    embedding = HalfVectorField(dimensions=384)
    embedder = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"Vector of message {self.message_id}"


class ConversationEvent(models.Model):
    """Outbox row of a durable event, deleted once Redis has the event; see events.relay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="events", db_index=False)  # few rows
    kind = models.CharField(max_length=24)
    created_at = models.DateTimeField(default=timezone.now)  # the event's `at`, which identifies it in Redis

    def __str__(self) -> str:
        return f"{self.kind} of {self.conversation_id}"
