"""P6: a model on another machine gets placeholders, and the customer the values."""

from __future__ import annotations

import json
import uuid
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from assistant.llm import embeddings, masking, registry, router
from assistant.llm.engines.base import Delta, EngineInterrupted, EngineUnavailable, Message, Prompt
from assistant.llm.locality import is_local
from assistant.llm.router import Call
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)
SAID = Prompt((Message("system", "Be short."), Message("user", "I am ana.b@example.com, call +45 20 12 34 56")), 100)


@pytest.fixture
async def call(transactional_db: None) -> Any:
    acme = await Workspace.objects.acreate(slug="acme", name="Acme")
    yield Call(acme.id, uuid.uuid4(), uuid.uuid4())
    await sync_to_async(connections.close_all)()


@pytest.fixture
def engines(settings: Any) -> Any:
    """`far` is masked, `near` is not."""
    backend = "assistant.llm.engines.scripted.ScriptedEngine"
    settings.ENGINES = {"far": {"BACKEND": backend, "MASKING": "on"}, "near": {"BACKEND": backend}}
    settings.TIERS = {"large": ["far"], "small": ["near"]}
    settings.TIER_FALLBACK = {"large": ["small"]}
    registry.forget()
    yield registry.engine
    registry.forget()


def last(prompt: Prompt) -> str:
    return prompt.messages[-1].content


def piecemeal(prompt: Prompt) -> list[str]:
    return list(f"Noted: {last(prompt)}")


async def test_the_model_gets_placeholders_and_the_customer_the_values(engines: Any, call: Call) -> None:
    engines("far").script = [piecemeal]

    completion = await router.complete(SAID, call, tier="large")

    asked = engines("far").asked[0]
    assert "ana.b" not in str(asked)
    assert "20 12" not in str(asked)
    assert completion.text == "Noted: I am ana.b@example.com, call +45 20 12 34 56"
    assert completion.record.masked == {"EMAIL": 1, "PHONE": 1}


async def test_the_same_conversation_has_the_same_placeholders(engines: Any, call: Call) -> None:
    again = Prompt((SAID.messages[0], Message("user", "Before."), SAID.messages[1]), 100)

    for prompt in (SAID, again):
        await router.complete(prompt, call, tier="large")

    first, second = engines("far").asked
    assert last(first) == last(second)
    assert first.messages[0] == second.messages[0]  # a provider's prefix cache knows it again


async def test_an_engine_nearby_gets_the_values(engines: Any, call: Call) -> None:
    completion = await router.complete(SAID, call, tier="small")

    assert engines("near").asked[0] == SAID
    assert completion.record.masked == {}


async def test_json_is_masked_within_and_stays_json(engines: Any, call: Call) -> None:
    told = {
        "passages": [{"text": "Write to help@shop.example"}],
        "question": "Regards,\nJ. Kowalski\nana.b@example.com",
    }
    prompt = Prompt((Message("user", json.dumps(told), public=frozenset({"passages"})),), 100)
    engines("far").script = [lambda asked: json.dumps({"text": json.loads(last(asked))["question"], "action": None})]

    completion = await router.complete(prompt, call, tier="large")

    sent = json.loads(last(engines("far").asked[0]))
    assert sent["passages"] == told["passages"]
    assert "Kowalski" not in sent["question"]
    assert json.loads(completion.text)["text"] == told["question"]


async def test_the_shops_own_address_can_be_compared_with_what_the_customer_says(engines: Any, call: Call) -> None:
    told = {"passages": [{"text": "Write to help@shop.example"}], "question": "Is help@shop.example yours?"}
    prompt = Prompt((Message("user", json.dumps(told), public=frozenset({"passages"})),), 100)

    await router.complete(prompt, call, tier="large")

    assert json.loads(last(engines("far").asked[0])) == told


async def test_if_the_analysis_fails_the_engine_is_not_asked(engines: Any, call: Call, monkeypatch: Any) -> None:
    """P6: fail closed."""
    monkeypatch.setattr(masking, "Placeholders", None)
    engines("near").script = ["From here."]

    completion = await router.complete(SAID, call, tier="large")

    assert engines("far").asked == []
    assert (completion.text, completion.record.engine) == ("From here.", "near")


async def test_if_no_other_engine_is_there_nobody_answers(
    engines: Any, call: Call, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(masking, "Placeholders", None)
    settings.TIER_FALLBACK = {}

    with pytest.raises(EngineUnavailable) as raised:
        await router.complete(SAID, call, tier="large")

    assert raised.value.reason == "masking_failed"
    assert engines("far").asked == []
    assert not await ModelCall.objects.aexists()
    assert router.breaker("far").allows()


async def test_what_was_held_back_is_said_where_the_answer_breaks_off(engines: Any, call: Call) -> None:
    engines("far").script = [["It is <EM", EngineInterrupted("gone", reason="cut")]]
    heard: list[str] = []

    async def hear() -> None:
        async for delta in router.stream(SAID, call):
            heard.append(delta.text)

    with pytest.raises(EngineInterrupted):
        await hear()

    assert "".join(heard) == "It is <EM"


async def test_an_answer_that_is_json_by_schema_stays_so(engines: Any, call: Call) -> None:
    engines("far").script = [[Delta("<EMAIL", structured=True), Delta("_0", structured=True)]]

    deltas = [delta async for delta in router.stream(SAID, call)]

    assert [delta.structured for delta in deltas if delta.text] == [True]


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost:8080/v1", True),
        ("http://10.1.2.3/v1", True),
        ("http://192.168.1.5/v1", True),
        ("http://ollama:11434/v1", True),
        ("http://vllm.models.svc.cluster.local/v1", True),
        ("http://gpu.internal/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://8.8.8.8/v1", False),
        ("https://127.0.0.1.example.com/v1", False),
        ("https://localhost.example.com/v1", False),
        ("https://[2001:4860:4860::8888]/v1", False),
        ("http://[::ffff:8.8.8.8]/v1", False),
        ("http://134744072/v1", False),  # 8.8.8.8 for a socket
        ("http://0x7f000001/v1", True),
    ],
)
def test_a_server_is_local_by_its_address(url: str, local: bool) -> None:
    assert is_local(url) is local
    assert masking.applies("auto", url) is not local
    assert masking.applies("on", url)
    assert not masking.applies("off", url)


def test_a_model_that_was_taken_away_meanwhile_is_masked(db: None) -> None:
    assert masking.is_masked("Cloud (1)")


def test_an_embedding_server_elsewhere_gets_kinds_alone(settings: Any, db: None) -> None:
    class Recorder:
        name, dimensions, languages = "recorder/2", 2, None
        texts: list[str] = []

        def embed(self, texts: list[str]) -> np.ndarray:
            self.texts += texts
            return np.ones((len(texts), 2), np.float32)

        def count_tokens(self, text: str) -> int:
            return 1

    settings.EMBEDDER = {"BACKEND": "elsewhere", "OPTIONS": {"base_url": "https://api.example.com/v1"}}
    registry._made["embedder"] = recorder = Recorder()
    try:
        embeddings.embed(["I am ana.b@example.com"])
        embeddings.embed(["Write to help@shop.example"], is_public=True)
    finally:
        registry.forget()

    assert recorder.texts == ["I am email", "Write to help@shop.example"]
