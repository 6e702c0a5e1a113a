"""Questions answered under a draft and under what is live, side by side, by a worker.

Each is asked as a test set asks its cases: as a new customer, who is erased afterwards. No answer comes from the cache
or goes into it. What came of it stays in Redis for GUIDANCE_PREVIEW_KEPT_S.
"""

from __future__ import annotations

import time
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache

from assistant.errors import ServiceError
from assistant.guidance.content import Content, live_in
from assistant.guidance.models import Guidance
from assistant.workspaces.models import Workspace
from conversations.evaluation import conversations
from conversations.test_sets.models import Case
from knowledge.models import Gap

ONE_QUESTION_S = 170  # longest that a task may take
STALLED_AFTER_S = 60.0
SHOWN = ("reply", "cited", "waits", "action", "ms")
Preview = dict[str, Any]


def suggested(workspace: Workspace) -> list[str]:
    """Questions to begin with: what customers asked lately and no article answers, then what test sets ask."""
    gaps = Gap.objects.filter(workspace=workspace, status=Gap.Status.OPEN).order_by("-last_asked_at")
    cases = Case.objects.filter(test_set__workspace=workspace, history=[]).order_by("-created_at")
    most = settings.GUIDANCE_PREVIEW_QUESTIONS
    texts = [*gaps.values_list("question", flat=True)[:most], *cases.values_list("message", flat=True)[:most]]
    return list(dict.fromkeys(" ".join(text.split()) for text in texts))[:most]


def start(version: Guidance, questions: list[str]) -> uuid.UUID:
    """Write down what is to be asked; `tasks.carry_on` asks it, and `load` tells how far it has come."""
    pk, workspace = uuid.uuid4(), version.workspace
    live = live_in(workspace)
    _store(
        pk,
        {
            "version": str(version.pk),
            "workspace": str(workspace.pk),
            "numbers": {"draft": version.number, "live": live.number},
            "texts": {"draft": version.texts, "live": live.as_json()},
            "questions": questions,
            "answers": [],
        },
    )
    return pk


def load(pk: uuid.UUID) -> Preview | None:
    """None once it is no longer kept."""
    kept: Preview | None = cache.get(_key(pk))
    if kept is None:
        return None
    is_done = len(kept["answers"]) == len(kept["questions"])
    is_stalled = not is_done and time.time() - kept["at"] > STALLED_AFTER_S
    costs = [Decimal(side["cost_usd"]) for answer in kept["answers"] for side in answer["sides"].values()]
    return kept | {"pk": pk, "is_done": is_done, "is_stalled": is_stalled, "cost_usd": sum(costs, Decimal(0))}


def carry_on(pk: uuid.UUID) -> bool:
    """Answer the next question. True where there is another one for this worker."""
    kept: Preview | None = cache.get(_key(pk))
    if kept is None or len(kept["answers"]) == len(kept["questions"]):
        return False
    at = len(kept["answers"])
    if not cache.add(f"{_key(pk)}:{at}", 1, ONE_QUESTION_S):  # another worker has this one
        return False
    workspace = Workspace.objects.filter(pk=kept["workspace"]).first()
    if workspace is None:
        return False
    question = kept["questions"][at]
    sides = {name: _answer(question, workspace, kept, name) for name in ("live", "draft")}
    kept["answers"].append({"question": question, "sides": sides})
    _store(pk, kept)
    return len(kept["answers"]) < len(kept["questions"])


def _answer(question: str, workspace: Workspace, kept: Preview, name: str) -> dict[str, Any]:
    guidance = Content.from_json(kept["texts"][name] | {"number": kept["numbers"][name]})
    try:
        answer = conversations.conversation({"kind": "question", "text": question}, workspace, guidance)
    except ServiceError as error:  # the message was not let in
        return {"refused": error.sentence, "cost_usd": "0"}
    receipt = answer["receipt"]
    topic = (receipt.get("guidance") or {}).get("topic") or {}
    shown = {field: answer[field] for field in SHOWN}
    return shown | {
        "cost_usd": receipt.get("cost_usd") or "0",
        "why": receipt.get("why_tier", ""),
        "topic": topic.get("name", ""),
    }


def _store(pk: uuid.UUID, preview: Preview) -> None:
    cache.set(_key(pk), preview | {"at": time.time()}, settings.GUIDANCE_PREVIEW_KEPT_S)


def _key(pk: uuid.UUID) -> str:
    return f"guidance-preview:{pk}"
