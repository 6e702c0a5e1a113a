"""A test of a model server: what it can do, and what is wrong in words that somebody can act on."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from assistant.llm.engines.openai_dialect import Dialect
from assistant.llm.engines.openai_failures import without_key
from assistant.llm.engines.openai_probe import STEPS, Finding, Probe
from tests.assistant.conftest import EngineMaker, Server, hear

KEY = "sk-only-for-tests-0123456789"


async def probed(url: str, model: str = "fake", key: str = KEY, timeout_s: float = 5.0) -> dict[str, Finding]:
    """All steps, as the admin does them: until one says that nothing more can be found out."""
    probe, known, found = Probe(url, key, model, timeout_s=timeout_s), {}, {}
    for name in STEPS:
        found[name] = await probe.step(name, known)
        known |= found[name].known
        if found[name].failure:
            break
    return found


def known_of(found: dict[str, Finding]) -> dict[str, Any]:
    return {name: value for each in found.values() for name, value in each.known.items()}


async def test_a_server_that_can_everything(upstream: Server) -> None:
    upstream.told(cached_tokens=3)

    found = await probed(upstream.url)

    known = known_of(found)
    assert Dialect.from_known(known) == Dialect(tools=False, vision=True, cached_tokens=True)
    assert (known["stream"], known["thinks"], known["names"]) == (True, False, ["fake"])
    assert found["models"].sentence == "1 listed; fake is among them."
    assert not any(each.failure for each in found.values())


async def test_a_server_that_can_little(upstream: Server) -> None:
    upstream.told(
        **{"json_schema": False, "json_object": False, "stream_options": False, "max_completion_tokens": "refused"},
        **{"temperature": False, "instructions": "user", "picture": False},
    )

    found = await probed(upstream.url)

    expected = Dialect(
        **{"stream_usage": False, "json_schema": False, "json_object": False, "system_role": "user"},
        **{"temperature": False, "token_limit_field": "max_tokens", "tools": False, "vision": False},
        cached_tokens=True,
    )
    assert Dialect.from_known(known_of(found)) == expected


async def test_what_was_found_is_what_the_engine_sends(upstream: Server, engine_for: EngineMaker) -> None:
    upstream.told(json_schema=False, instructions="developer", temperature=False)
    found = await probed(upstream.url)
    asked = len(upstream.fake.log)

    await hear(engine_for(known=known_of(found)))

    assert len(upstream.fake.log) == asked + 1
    assert upstream.bodies[-1]["messages"][0]["role"] == "developer"
    assert "temperature" not in upstream.bodies[-1]


async def test_a_server_that_takes_the_newer_limit_and_ignores_it_is_found_out(upstream: Server) -> None:
    upstream.told(max_completion_tokens="ignored", answer="one two three four five " * 40)

    found = await probed(upstream.url)

    assert found["limit"].known == {"token_limit_field": "max_tokens"}


async def test_a_model_that_reasons_is_found_out(upstream: Server) -> None:
    upstream.told(mode="reasoning_field", delay_s=0)

    assert known_of(await probed(upstream.url))["thinks"] is True


async def test_a_wrong_key_is_told_and_not_repeated(upstream: Server) -> None:
    upstream.told(key="another")

    found = await probed(upstream.url)

    last = list(found.values())[-1]
    assert list(found) == ["models", "answer"]
    assert last.failure
    assert last.failure.code == "wrong_key"
    assert "refuses the API key (401)" in last.sentence
    assert KEY[:6] not in str(found)


async def test_an_unknown_model_is_told_with_those_that_are_there(upstream: Server) -> None:
    upstream.told(model="fake")

    found = await probed(upstream.url, "gpt-nowhere")

    last = list(found.values())[-1]
    assert last.failure
    assert last.failure.code == "unknown_model"
    assert last.sentence == "The server does not know the model gpt-nowhere. It offers fake."


@pytest.mark.parametrize(
    ("base", "code", "words"),
    [
        ("{server}/nowhere", "wrong_url", "There is no chat at"),
        ("http://127.0.0.1:{closed}/v1", "unreachable", "Nothing answers at"),
        ("http://no-such-host.invalid/v1", "unreachable", "There is no server named"),
        ("https://127.0.0.1:{port}/v1", "tls", "No secure connection"),
    ],
)
async def test_a_wrong_address_is_told(upstream: Server, base: str, code: str, words: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    server = upstream.url.removesuffix("/v1")
    url = base.format(server=server, closed=closed, port=server.rpartition(":")[2])

    last = list((await probed(url)).values())[-1]

    assert last.failure
    assert last.failure.code == code
    assert words in last.sentence


async def test_a_page_instead_of_an_answer_is_a_wrong_address(upstream: Server) -> None:
    upstream.told(mode="html")

    last = list((await probed(upstream.url)).values())[-1]

    assert last.failure
    assert last.failure.code == "wrong_url"


async def test_a_server_that_says_nothing_is_given_up(upstream: Server) -> None:
    upstream.told(mode="hang")

    last = list((await probed(upstream.url, timeout_s=0.3)).values())[-1]

    assert last.failure
    assert last.failure.code == "time_out"


async def test_a_proxy_that_is_not_there_is_told(upstream: Server) -> None:
    probe = Probe(upstream.url, KEY, "fake", timeout_s=5, proxy_url="http://127.0.0.1:1")

    finding = await probe.step("models", {})

    assert finding.failure
    assert finding.failure.code in ("proxy", "unreachable")


async def test_an_engine_says_nothing_of_its_key_when_it_is_refused(upstream: Server, engine_for: EngineMaker) -> None:
    upstream.told(key="another")

    with pytest.raises(Exception, match="401") as refused:
        await hear(engine_for(api_key=KEY))

    assert KEY[:6] not in str(refused.value)


def test_a_key_is_taken_out_of_a_text_whole_or_in_part() -> None:
    said = f"Incorrect API key provided: {KEY}. Or sk-onl***6789? Not ours: sk-other."

    assert without_key(said, KEY) == "Incorrect API key provided: [API key]. Or [API key] Not ours: sk-other."
    assert without_key(said, "") == said
