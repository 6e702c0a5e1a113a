"""What is known of a server beforehand, what is learnt from its refusals, and that both can be stored."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from assistant.llm.engines.openai_dialect import Dialect
from assistant.llm.prompts import REPLY_SCHEMA
from tests.assistant.conftest import QUESTION, EngineMaker, Server, hear

STRUCTURED = dataclasses.replace(QUESTION, schema=REPLY_SCHEMA)
POOR = {
    "stream_usage": False,
    "json_schema": False,
    "json_object": False,
    "system_role": "user",
    "temperature": False,
    "token_limit_field": "max_tokens",
    "reasoning_effort": False,
    "tools": False,
    "vision": True,
}


@pytest.fixture(autouse=True)
def _answer(upstream: Server) -> None:
    upstream.told(answer="Two years.")


async def test_a_server_that_is_known_is_asked_in_its_form_at_once(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(stream_options=False, json_schema=False, json_object=False, temperature=False, instructions="user")
    upstream.told(reasoning_effort=False, max_completion_tokens="refused")

    heard = await hear(engine_for(known=POOR, reasoning_effort="low"), STRUCTURED)

    assert heard.shown == "Two years."
    (sent,) = upstream.bodies
    assert set(sent) == {"model", "messages", "stream", "max_tokens"}
    assert {message["role"] for message in sent["messages"]} == {"user"}


async def test_what_was_learnt_can_be_stored_as_json_and_given_to_another_engine(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(stream_options=False, json_schema=False, temperature=False, instructions="developer")
    first = engine_for(reasoning_effort="low")
    await hear(first, STRUCTURED)
    asked = len(upstream.bodies)

    stored = json.loads(json.dumps(first.dialect.known()))
    await hear(engine_for(known=stored, reasoning_effort="low"), STRUCTURED)

    assert asked == 5
    assert len(upstream.bodies) == asked + 1
    assert upstream.bodies[-1] == upstream.bodies[-2]
    assert stored["system_role"] == "developer"
    assert (stored["json_schema"], stored["json_object"]) == (False, True)


@pytest.mark.parametrize(
    "known", [{"of_a_later_release": True}, {"json_schema": "yes"}, {"system_role": "boss"}, {"temperature": None}]
)
def test_what_says_nothing_is_passed_over(known: dict[str, Any]) -> None:
    assert Dialect.from_known(known) == Dialect()


async def test_a_limit_that_was_known_wrongly_is_named_in_the_new_way(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(max_tokens=False)
    engine = engine_for(known={"token_limit_field": "max_tokens"})

    heard = await hear(engine)

    assert heard.text == "Two years."
    assert engine.dialect.known()["token_limit_field"] == "max_completion_tokens"


async def test_the_effort_is_sent_as_it_is_set_and_not_at_all_where_none_is(
    engine_for: EngineMaker, upstream: Server
) -> None:
    await hear(engine_for(reasoning_effort="minimal"))
    await hear(engine_for())

    assert [body.get("reasoning_effort") for body in upstream.bodies] == ["minimal", None]


@pytest.mark.parametrize(
    "refusal",
    [
        "Unrecognized request argument supplied: reasoning_effort",
        "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model.",
        "[{'type': 'extra_forbidden', 'loc': ('body', 'reasoning_effort'), 'msg': 'Extra inputs are not permitted'}]",
        'registry.ollama.ai/library/gemma3:4b "does not support thinking"',
        'think value "minimal" is not supported for this model',
        "`reasoning_effort` is not supported with this model",
    ],
)
def test_a_refused_effort_is_withdrawn_and_nothing_else(refusal: str) -> None:
    stepped = Dialect().stepped_down(STRUCTURED, 400, refusal, "minimal")

    assert stepped == Dialect(reasoning_effort=False)
    assert Dialect().stepped_down(STRUCTURED, 400, refusal, "") is None


async def test_a_server_that_refuses_the_effort_is_asked_without_it_from_then_on(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(reasoning_effort=False)
    engine = engine_for(reasoning_effort="low")

    await hear(engine)
    heard = await hear(engine)

    assert heard.text == "Two years."
    assert ["reasoning_effort" in body for body in upstream.bodies] == [True, False, False]
