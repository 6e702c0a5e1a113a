"""Conversations in the staff admin: transcript, receipts, and actions such as answering."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assistant.audit import log as audit_log
from assistant.errors import InvalidMessage
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.uploads import serving
from assistant.usage import currency
from conversations.admin.usage import usage_page
from conversations.context import summaries
from conversations.messaging import handoff
from conversations.models import Conversation, FileReading, Message
from conversations.replies import recovery
from conversations.reporting import conversation_totals
from knowledge.indexing.markdown_text import plain

Status = Conversation.Status
LAST_WORDS_READ = 500  # characters to strip of Markdown; the list shows the first 80
STATUS_COLOURS = {"bot": "info", "waiting": "danger", "human": "success", "resolved": ""}


def answer(request: HttpRequest, conversation: Conversation) -> str:
    text = request.POST.get("text", "").strip()
    if not text:
        raise InvalidMessage("Type a message first.")
    handoff.answer_as_person(conversation, text, request.user)
    return "Sent. The assistant pauses until you return the conversation."


def correct_summary(request: HttpRequest, conversation: Conversation) -> str:
    text = request.POST.get("text", "").strip()
    if not text:
        raise InvalidMessage("The summary can't be empty.")
    seen = request.POST.get("version", "")
    row = summaries.correct(conversation, text, request.user, seen=int(seen) if seen.isdecimal() else None)
    return f"Summary saved as version {row.version}. Later versions keep your wording."


def hand_off(request: HttpRequest, conversation: Conversation) -> str:
    handoff.hand_off(conversation)
    return "Sent to the team. The conversation is waiting for a person."


def resolve(request: HttpRequest, conversation: Conversation) -> str:
    handoff.resolve(conversation)
    return "Resolved. If the customer writes again, the assistant answers and starts afresh."


def give_back(request: HttpRequest, conversation: Conversation) -> str:
    reply = handoff.give_back(conversation)
    if reply is None:
        return "Returned to the assistant."
    # If the task is lost with the broker, the recovery of unfinished replies writes this one.
    transaction.on_commit(lambda: recovery.finish_replies.delay([str(reply.pk)]), robust=True)
    return "Returned to the assistant. It is answering the last message."


class Queue(admin.SimpleListFilter):
    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting for a person"), ("mine", "Answered by me"), ("disliked", "Rated thumbs down")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        if self.value() == "waiting":
            return queryset.filter(status=Status.WAITING)
        if self.value() == "mine":
            return queryset.filter(messages__author=request.user).distinct()
        if self.value() == "disliked":
            return queryset.filter(messages__rating="dislike").distinct()
        return queryset


@admin.register(Conversation)
class ConversationAdmin(WorkspaceBound):
    empty_text = "Conversations appear here when customers write to you."
    list_display = ("contact", "shown_status", "last_words", "channel", "messages_said", "workspace", "changed")
    list_display_links = ("contact", "last_words")
    list_filter = (Queue, "workspace", "status", "channel", "locale", ("updated_at", RangeDateTimeFilter))
    list_select_related = ("contact", "workspace")
    search_fields = ("contact__name", "contact__email", "contact__external_id", "external_id", "messages__text")
    search_help_text = "Search by name, e-mail, external id or message text"
    fields = ()
    looks_are_audited = True
    change_form_template = "admin/conversations/conversation/page.html"
    admin_actions = {
        "answer": AdminAction("Send", "send", Role.AGENT, answer, asks=True),
        "summary": AdminAction("Save summary", "save", Role.AGENT, correct_summary, asks=True),
        "handoff": AdminAction(
            "Send to the team",
            "front_hand",
            Role.AGENT,
            hand_off,
            lambda c: c.status in (Status.BOT, Status.RESOLVED),
        ),
        "back": AdminAction(
            "Return to the assistant",
            "smart_toy",
            Role.AGENT,
            give_back,
            lambda c: c.status in (Status.WAITING, Status.HUMAN),
        ),
        "resolve": AdminAction("Resolve", "check_circle", Role.AGENT, resolve, lambda c: c.status != Status.RESOLVED),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        newest = Message.objects.filter(conversation=OuterRef("pk")).said().order_by("-seq")
        return super().get_queryset(request).annotate(last_text=Subquery(newest.values("text")[:1]))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("usage/", wrap(usage_page(self)), name="usage_modelcall_report"),
            path("<uuid:pk>/transcript/", wrap(self.transcript), name="conversations_conversation_transcript"),
            path("<uuid:pk>/files/<uuid:file>/", wrap(self.attachment), name="conversations_conversation_file"),
        ]
        return [*own, *super().get_urls()]

    changed = moment("updated_at", "Last activity")

    @display(description="Messages", ordering="last_seq")
    def messages_said(self, conversation: Conversation) -> int:
        return conversation.last_seq

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, conversation: Conversation) -> str:
        return conversation.status

    @display(description="Last message")
    def last_words(self, conversation: Conversation) -> str:
        start = (conversation.last_text or "")[:LAST_WORDS_READ]  # type: ignore[attr-defined]  # annotated
        text = " ".join(plain(start).split())
        return text[:80] + ("…" if len(text) > 80 else "")

    def page_context(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        return {
            "title": str(row.contact),
            "said": messages_of(row),
            "stamp": stamp_of(row),
            "total": conversation_totals.total_of(row),
            "currency": currency.of(row.workspace),
            "may_add_case": may_add_case(request, row),
            "summaries": list(row.summaries.select_related("edited_by").order_by("-version")[:10]),
            "reason": handoff.Reason(row.status_reason).label
            if row.status_reason in handoff.Reason.values
            else row.status_reason,
        }

    def transcript(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Return the transcript as HTML, or 204 if it has not changed. The page polls this every few seconds."""
        conversation = self.row_or_404(request, str(pk))
        stamp = stamp_of(conversation)
        if request.GET.get("stamp") == stamp:
            return HttpResponse(status=204)
        context = {
            "said": messages_of(conversation),
            "row": conversation,
            "currency": currency.of(conversation.workspace),
            "may_add_case": may_add_case(request, conversation),
        }
        response = render(request, "admin/conversations/conversation/transcript.html", context)
        response["X-Stamp"] = stamp
        return response

    def attachment(self, request: HttpRequest, pk: uuid.UUID, file: uuid.UUID) -> HttpResponseBase:
        """Download a file of the customer. Requires access to the conversation."""
        conversation = self.row_or_404(request, str(pk))
        kept = get_object_or_404(conversation.attachments, pk=file)
        audit_log.note("attachment.viewed", conversation, request=request)
        return serving.respond(kept)


def messages_of(conversation: Conversation) -> list[Message]:
    """Return the messages, each with `sent_files`: its attachments, with the text that was read from each."""
    messages = list(conversation.messages.select_related("author").order_by("seq"))
    readings = {}
    if any(message.attachments for message in messages):
        rows = FileReading.objects.filter(attachment__conversation=conversation)
        readings = {str(reading.pk): reading for reading in rows}
    for message in messages:
        message.sent_files = [sent | {"reading": readings.get(sent["id"])} for sent in message.attachments]  # type: ignore[attr-defined]
    return messages


def may_add_case(request: HttpRequest, conversation: Conversation) -> bool:
    """Return whether the member can create test cases from this conversation."""
    return permissions.may(request.user, Role.CURATOR, conversation.workspace_id)


def stamp_of(conversation: Conversation) -> str:
    """Return a string that changes with every new message, status or rating, while a reply is written, and when a file
    was read."""
    readings = FileReading.objects.filter(attachment__conversation=conversation, status__in=FileReading.FINISHED)
    read = readings.aggregate(count=Count("pk"), chars=Sum(Length("text")))
    files = f"{read['count']}.{read['chars'] or 0}"
    last = conversation.messages.order_by("-seq").values_list("seq", "status", "text", "rating").first()
    newest = [str(last[0]), last[1], str(len(last[2])), last[3]] if last else []
    return "-".join([conversation.status, files, *newest])
