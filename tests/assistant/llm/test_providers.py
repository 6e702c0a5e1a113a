"""What model servers in real life put into a stream, and leave out of it (findings D)."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import pytest

from assistant.llm.engines.base import EngineInterrupted, EngineUnavailable
from assistant.llm.engines.openai_embedder import OpenAICompatibleEmbedder
from assistant.llm.prompts import REPLY_SCHEMA
from tests.assistant.conftest import MODELS, PROVIDERS, QUESTION, EngineMaker, Heard, Server, hear

STRUCTURED = dataclasses.replace(QUESTION, schema=REPLY_SCHEMA)
FACTS = {"text": "Two years.\n\nBatteries: none [1].", "action": None}


@pytest.mark.parametrize("mode", ["think", "think_unopened", "think_and_fence", "fence", "list", "end_marker"])
@pytest.mark.parametrize("json_schema", [True, False])
async def test_thoughts_fences_lists_and_end_markers_are_not_shown(
    engine_for: EngineMaker, upstream: Server, mode: str, json_schema: bool
) -> None:
    upstream.told(answer=FACTS["text"], json_schema=json_schema)

    heard = await hear(engine_for(f"fake:{mode}"), STRUCTURED)

    assert heard.text != heard.shown
    assert heard.shown.strip() == FACTS["text"]


async def test_bare_line_breaks_in_the_json_are_read(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(answer=FACTS["text"])

    heard = await hear(engine_for("fake:bare_newlines"), STRUCTURED)

    assert "\n" in heard.text
    assert heard.shown == FACTS["text"]


async def test_thoughts_of_a_server_without_structured_output_are_not_shown_either(
    engine_for: EngineMaker, upstream: Server
) -> None:
    """Nothing but the closing tag tells them from prose, so the first answers are held back until they are whole."""
    upstream.told(answer="Two years [1].", json_schema=False, json_object=False)
    engine = engine_for("fake:think_unopened")

    for _ in range(2):
        heard = await hear(engine, STRUCTURED)

        assert heard.deltas[0].structured
        assert heard.shown.strip() == "Two years [1]."


async def test_a_server_that_has_answered_in_prose_is_streamed_from_then_on(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(answer="Two years, and nothing for batteries [1].", json_schema=False, json_object=False)
    engine = engine_for()

    first, second = await hear(engine, STRUCTURED), await hear(engine, STRUCTURED)

    assert first.shown == second.shown == "Two years, and nothing for batteries [1]."
    assert (first.deltas[0].structured, second.deltas[0].structured) == (True, False)


async def test_a_finish_reason_in_every_chunk_ends_nothing(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(answer="Two years and a day.", tokens_per_s=0.8)  # slower than a usage chunk is waited for

    heard = await hear(engine_for("fake:finish_everywhere"))

    assert heard.text == "Two years and a day."
    assert heard.last is not None
    assert heard.last.finish_reason == "stop"


async def test_an_answer_cut_off_is_not_whole_because_each_of_its_chunks_said_so(
    engine_for: EngineMaker, upstream: Server
) -> None:
    events = (PROVIDERS / "gemini_by_gateway.sse").read_bytes().split(b"\n\n")
    cut = b"\n\n".join(events[:4]) + b"\n\n"

    with pytest.raises(EngineInterrupted) as raised:
        await hear(engine_for(base_url=await upstream.playing(cut)))

    assert raised.value.reason == "upstream_cut"


async def test_what_keeps_a_line_alive_is_passed_over(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(answer="Two years, and nothing for batteries, and much more to say about it.")

    heard = await hear(engine_for("fake:keep_alive"))

    assert heard.text == "Two years, and nothing for batteries, and much more to say about it."
    assert heard.last is not None
    assert heard.last.finish_reason == "stop"


async def test_comments_alone_are_no_sign_of_life(engine_for: EngineMaker, upstream: Server) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        await hear(
            engine_for(base_url=await upstream.playing(b": keep-alive\n\n", hangs=True), first_token_timeout_s=0.3)
        )

    assert raised.value.reason == "time_out"


async def test_reasoning_in_a_field_of_its_own_is_a_sign_of_life_and_billed_but_not_shown(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(answer="Two years.", delay_s=0.1, usage_in_stream=False)

    heard = await hear(engine_for("fake:reasoning_field", first_token_timeout_s=0.5, gap_timeout_s=0.5))

    assert heard.shown == "Two years."
    assert "PRIVATE-THOUGHT" in heard.hidden
    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.completion_tokens > 10


@pytest.mark.parametrize("mode", ["zero_usage", "no_completion_tokens"])
async def test_tokens_told_as_zero_or_not_at_all_are_counted_here(
    engine_for: EngineMaker, upstream: Server, mode: str
) -> None:
    upstream.told(answer="Two years, and nothing for batteries.")

    heard = await hear(engine_for(f"fake:{mode}"))

    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.counted_locally
    assert heard.last.usage.prompt_tokens > 5
    assert heard.last.usage.completion_tokens > 5


@pytest.mark.parametrize(
    ("takes", "roles"), [("developer", ["system", "developer"]), ("user", ["system", "developer", "user"])]
)
async def test_a_server_without_the_system_role_is_asked_as_a_developer_then_as_a_user_and_this_is_remembered(
    engine_for: EngineMaker, upstream: Server, takes: str, roles: list[str]
) -> None:
    upstream.told(answer="Two years.", instructions=takes)
    engine = engine_for()

    await hear(engine)
    heard = await hear(engine)

    assert heard.text == "Two years."
    assert [body["messages"][0]["role"] for body in upstream.bodies] == [*roles, roles[-1]]
    told = "\n".join(message["content"] for message in upstream.bodies[-1]["messages"])
    assert all(message.content in told for message in QUESTION.messages)


REFUSED_ROLES = [
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "Developer instruction is not enabled for models/gemma-3-27b-it",
    "jinja2.exceptions.TemplateError: System role not supported",
    "Only user and assistant roles are supported!",
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter',
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "[{'type': 'literal_error', 'loc': ('body', 'messages', 0, 'role'), 'msg': \"Input should be 'user'\"}]",
    "invalid role: system",
]


@pytest.mark.parametrize("refusal", REFUSED_ROLES)
@pytest.mark.parametrize("status", [400, 422, 500])
def test_refusals_of_the_system_role_are_known_in_many_words(
    engine_for: EngineMaker, refusal: str, status: int
) -> None:
    stepped = engine_for().dialect.stepped_down(STRUCTURED, status, refusal)

    assert stepped is not None
    assert stepped.system_role in ("developer", "user")
    assert stepped.json_schema


async def test_a_base_url_with_a_query_keeps_it_behind_the_path(engine_for: EngineMaker, upstream: Server) -> None:
    base = upstream.url.removesuffix("/v1") + "/openai/deployments/gpt-4o?api-version=2024-10-21"

    heard = await hear(engine_for(base_url=base, api_key="k-1"))

    seen = upstream.fake.log[-1]
    assert heard.last is not None
    assert (seen.path, seen.query) == ("/openai/deployments/gpt-4o/chat/completions", "api-version=2024-10-21")
    assert seen.headers["api-key"] == "k-1"


async def test_halves_of_a_character_in_two_chunks_are_joined(engine_for: EngineMaker, upstream: Server) -> None:
    halves = [{"choices": [{"delta": {"content": half}}]} for half in ("ok \ud83d", "\ude42", " \ud83d ")]
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in [*halves, end]) + "data: [DONE]\n\n"

    heard = await hear(engine_for(base_url=await upstream.playing(stream.encode())))

    assert heard.text == "ok 🙂 \ufffd "


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "the model crashed"}},
        {"error": "the model crashed"},
        {"object": "error", "message": "the model crashed", "code": 500},
        {"choices": [{"delta": {}, "finish_reason": "error"}]},
        {"choices": [{"delta": {"content": ""}, "finish_reason": "insufficient_system_resource"}]},
    ],
)
async def test_an_error_within_the_stream_is_never_an_end(
    engine_for: EngineMaker, upstream: Server, error: dict[str, Any]
) -> None:
    chunk = {"choices": [{"delta": {"content": "Two"}}]}
    stream = "".join(f"data: {json.dumps(each)}\n\n" for each in (chunk, error)) + "data: [DONE]\n\n"
    heard = Heard()

    with pytest.raises(EngineInterrupted) as raised:
        await hear(engine_for(base_url=await upstream.playing(stream.encode())), heard=heard)

    assert (heard.text, raised.value.reason) == ("Two", "upstream_error")


async def test_an_embeddings_server_is_asked_behind_the_path_of_a_base_url_with_a_query(upstream: Server) -> None:
    base = upstream.url.removesuffix("/v1") + "/openai/deployments/embed?api-version=2024-10-21"
    embedder = OpenAICompatibleEmbedder("e", base_url=base, model="m", tokenizer_dir=str(MODELS), api_key="k-1")

    vectors = await asyncio.to_thread(embedder.embed, ["How long?"])

    seen = upstream.fake.log[-1]
    assert vectors.shape == (1, 384)
    assert (seen.path, seen.query) == ("/openai/deployments/embed/embeddings", "api-version=2024-10-21")
    assert seen.headers["api-key"] == "k-1"
