"""Cached answers in the staff admin: their use, feedback on them, and actions such as pin and ban."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from assistant.errors import Conflict, InvalidMessage, NotFound
from assistant.llm import embeddings
from assistant.llm.engines.base import EngineUnavailable
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from caching import answers, feedback
from caching.models import CachedAnswer, Verdict

State = CachedAnswer.State
STATE_COLOURS = {
    "live": "success",
    "pinned": "primary",
    "expired": "info",
    "stale": "info",
    "recheck": "warning",
    "quarantined": "danger",
    "banned": "danger",
}


def pin(request: HttpRequest, entry: CachedAnswer) -> str:
    answers.pin(entry.pk)
    return "Pinned. It won't expire, but editing its source article still removes it."


def unpin(request: HttpRequest, entry: CachedAnswer) -> str:
    answers.pin(entry.pk, False)
    return "Unpinned. It expires again as usual."


def ban(request: HttpRequest, entry: CachedAnswer) -> str:
    answers.ban(entry.pk)
    return "Banned. No answer to this question will be cached."


def restore(request: HttpRequest, entry: CachedAnswer) -> str:
    feedback.restore(entry.pk)
    return "Restored. Negative feedback so far no longer counts."


def delete(request: HttpRequest, entry: CachedAnswer) -> str:
    answers.delete(entry.pk)
    return "Deleted. The next customer who asks gets a fresh answer."


def judge(request: HttpRequest, entry: CachedAnswer) -> str:
    opinion = request.POST.get("opinion", "")
    if opinion not in (Verdict.Opinion.RIGHT, Verdict.Opinion.WRONG):
        raise InvalidMessage("Choose “Right” or “Wrong”.")
    feedback.verdict(entry.pk, opinion, by=request.user, note=request.POST.get("note", ""))
    return f"Marked as {opinion}."


def settle(request: HttpRequest, entry: CachedAnswer) -> str:
    pending = entry.verdicts.filter(pk=request.POST.get("verdict") or 0).first()
    opinion = request.POST.get("opinion", "")
    if pending is None:
        raise NotFound
    if opinion not in (Verdict.Opinion.RIGHT, Verdict.Opinion.WRONG):
        raise InvalidMessage("Choose “Right” or “Wrong”.")
    feedback.settle(pending, opinion, by=request.user)
    return f"Marked as {opinion}."


def add_alias(request: HttpRequest, entry: CachedAnswer) -> str:
    text = request.POST.get("text", "").strip()
    try:
        vector = embeddings.embed([text], workspace_id=entry.workspace_id)[0] if text else None
    except EngineUnavailable:
        vector = None  # found by its words until it is embedded
    if not feedback.add_alias(entry.pk, text, vector=vector):
        raise Conflict("This wording is empty or already exists.")
    return "Wording added. It gets the same answer from now on."


class Queue(admin.SimpleListFilter):
    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("review", "Needs review")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CachedAnswer]) -> QuerySet[CachedAnswer]:
        if self.value() != "review":
            return queryset
        return queryset.filter(pk__in=CachedAnswer.objects.to_review().values("pk"))


@admin.register(CachedAnswer)
class CachedAnswerAdmin(WorkspaceBound):
    empty_text = "Answers that can be reused for other customers appear here."
    list_display = ("question", "shown_state", "hits", "saved_usd", "opinions", "kind", "audience", "written")
    list_filter = (Queue, "workspace", "state", "pinned", "kind", "audience", "locale")
    search_fields = ("question", "answer", "wordings__text")
    ordering = ("-hits", "-created_at")
    fields = ()
    change_form_template = "admin/caching/cachedanswer/page.html"
    admin_actions = {
        "pin": AdminAction("Pin", "keep", Role.CURATOR, pin, lambda e: e.state == State.LIVE and not e.pinned),
        "unpin": AdminAction("Unpin", "keep_off", Role.CURATOR, unpin, lambda e: e.pinned),
        "restore": AdminAction(
            "Restore",
            "undo",
            Role.CURATOR,
            restore,
            lambda e: e.state in (State.QUARANTINED, State.RECHECK, State.BANNED),
        ),
        "ban": AdminAction("Ban", "block", Role.CURATOR, ban, lambda e: e.state != State.BANNED),
        "delete": AdminAction("Delete", "delete", Role.CURATOR, delete, variant="danger"),
        "judge": AdminAction("Review", "rule", Role.AGENT, judge, asks=True),
        "settle": AdminAction("Settle", "rule", Role.CURATOR, settle, asks=True),
        "alias": AdminAction("Add wording", "add", Role.CURATOR, add_alias, asks=True),
    }

    written = moment("created_at", "Written")

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def shown_state(self, entry: CachedAnswer) -> str:
        return state_of(entry)

    @display(description="Right / wrong")
    def opinions(self, entry: CachedAnswer) -> str:
        return f"{entry.judged - entry.wrong} / {entry.wrong}"

    def page_context(self, request: HttpRequest, row: CachedAnswer) -> dict[str, Any]:
        return {
            "title": row.question,
            "state": state_of(row),
            "wordings": list(row.wordings.order_by("is_alias", "created_at")),
            "dependencies": list(row.dependencies.all()),
            "said": list(row.verdicts.select_related("by")[:50]),
        }


def state_of(entry: CachedAnswer) -> str:
    if entry.state != State.LIVE:
        return entry.state
    return "pinned" if entry.pinned else "expired" if entry.is_expired() else "live"
