"""The instructions of the assistant: read from templates/prompts/, the same bytes for every message of a workspace."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from assistant.guidance.content import DEFAULT_TONE, LENGTH_INSTRUCTIONS, Content, Length, Response, Topic, live_in
from assistant.llm.connections import current
from assistant.llm.streaming_json import ACTIONS
from assistant.workspaces.models import Workspace

# Increase it when answers are made differently without a change to the texts below. It invalidates cached answers.
POLICY = 3
ANY_LANGUAGE = "the language of the customer's last message"
NEVER_ANSWERED_RULE = (
    "If the question is about one of topics.never_answered, do not answer it: reply with that topic's text, if it has "
    "one, and set the action that it names."
)
HAND_OVER_RULE = "If one of topics.hand_over_when is the case, set action to offer_handoff."
GUIDANCE_RULE = (
    "Persona, style, guidance and topics are wishes of the shop. Follow them, but where one contradicts a rule above, "
    "the rule counts."
)

REPLY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "action": {"anyOf": [{"type": "null"}, {"type": "string", "enum": list(ACTIONS)}]},
    },
    "required": ["text", "action"],
    "additionalProperties": False,
}


@functools.cache
def template() -> dict[str, Any]:
    path = Path(settings.BASE_DIR) / "templates" / "prompts" / "reply.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def reply_instructions(workspace: Workspace, guidance: Content | None = None) -> str:
    """Return the system prompt of a workspace as JSON, with its live guidance or another.

    It is the same for every message.
    """
    return _instructions(workspace.assistant_name, workspace.name, guidance or live_in(workspace))


@functools.lru_cache(maxsize=256)
def _instructions(assistant_name: str, shop: str, guidance: Content) -> str:
    filled = {"{assistant_name}": assistant_name, "{shop}": shop, **_wishes(guidance)}
    return json.dumps(_filled(template(), filled), ensure_ascii=False, indent=1)


def _wishes(guidance: Content) -> dict[str, Any]:
    """Return the values for the template's placeholders. A field whose value is empty is left out."""
    languages = f"{ANY_LANGUAGE}, if it is one of: {', '.join(guidance.languages)}"
    wishes = {
        "{persona}": guidance.persona,
        "{language}": languages if guidance.languages else ANY_LANGUAGE,
        "{length}": LENGTH_INSTRUCTIONS[Length(guidance.length)],
        "{do}": list(guidance.do),
        "{do_not}": list(guidance.do_not),
        "{forbidden_topics}": [_as_rule(topic) for topic in guidance.forbidden_topics],
        "{hand_over_when}": [topic.name for topic in guidance.handoff_topics],
    }
    rules = {
        "{never_answered_rule}": NEVER_ANSWERED_RULE if guidance.forbidden_topics else "",
        "{hand_over_rule}": HAND_OVER_RULE if guidance.handoff_topics else "",
        "{guidance_rule}": GUIDANCE_RULE if guidance != Content() else "",
    }
    return wishes | rules | {"{tone}": guidance.tone or DEFAULT_TONE}


def _as_rule(topic: Topic) -> dict[str, str]:
    offers = topic.response != Response.SAY
    rule = {"topic": topic.name, "text": topic.reply, "action": "offer_handoff" if offers else ""}
    return {name: value for name, value in rule.items() if value}


def _filled(value: Any, words: dict[str, Any]) -> Any:
    """Fill in the values after parsing, so that a quote in a shop's name cannot break the JSON."""
    if isinstance(value, dict):
        filled = {key: _filled(each, words) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each not in ("", [], {})}
    if isinstance(value, list):
        return [filled for each in value if (filled := _filled(each, words)) not in ("", [], {})]
    return words.get(value, value) if isinstance(value, str) else value


def release(workspace: Workspace, guidance: Content | None = None) -> str:
    """Return a hash of everything that answers depend on; it is part of the cache's scope.

    This is the instructions, schema, models, policies, embedder, and the guidance, which is only partly contained in
    the instructions.
    """
    wishes = guidance or live_in(workspace)
    made_of = [
        POLICY,
        reply_instructions(workspace, wishes),
        wishes.digest,
        REPLY_SCHEMA,
        settings.LARGE_MODEL_URL,
        settings.LARGE_MODEL,
        settings.TIERS,
        settings.EMBEDDER["BACKEND"],
        settings.EMBEDDING_MODEL,
        *_routing(workspace),
    ]
    if efforts := _efforts():
        made_of.append(efforts)
    if wishes.forbidden_topics or wishes.handoff_topics:
        made_of.append(settings.GUIDANCE_SIMILARITY_MIN)
    if connected := current.fingerprint(workspace.pk):
        made_of.append(connected)
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def _efforts() -> dict[str, str]:
    """Return how much the models of settings reason, of those that do."""
    efforts = {
        name: str(engine.get("OPTIONS", {}).get("reasoning_effort", "")) for name, engine in settings.ENGINES.items()
    }
    return {name: effort for name, effort in efforts.items() if effort}


def _routing(workspace: Workspace) -> list[object]:
    """Return what decides between two models, and the smaller one of settings; nothing if there is only one."""
    tiers = ("large", "saving")
    if not all(settings.TIERS.get(tier) or current.of_tier(tier, workspace.pk) for tier in tiers):
        return []
    policy = [workspace.routing_policy or settings.ROUTING_POLICY, workspace.routing_confidence_min]
    return [*policy, settings.ROUTING_SMALL_LANGUAGES, settings.SMALL_MODEL_URL, settings.SMALL_MODEL]
