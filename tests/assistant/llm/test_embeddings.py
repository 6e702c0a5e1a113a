"""The real encoder: its int8 export, what it is close to, what it costs, and that it is metered."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.db import connections
from onnx import numpy_helper

from assistant.llm import embeddings, registry
from assistant.llm.engines.base import EngineError, EngineRefused, EngineUnavailable
from assistant.llm.engines.openai_embedder import OpenAICompatibleEmbedder
from assistant.llm.engines.sentence_encoder import SentenceEncoder, export_path
from assistant.usage import metering
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from tests.assistant.conftest import Server

QUESTIONS = (
    "How long do I have to send something back?",
    "What is the return window?",
    "When will my refund arrive?",
    "Do you ship to Norway?",
    "My headphones do not charge any more.",
    "Can I pay with an invoice?",
    "How do I reset the router to its factory settings?",
    "Is the Pro model waterproof?",
)
LONG = "The warranty covers two years from the day of delivery. " * 80


@pytest.fixture(scope="module")
def int8() -> SentenceEncoder:
    return SentenceEncoder("embedder", directory=str(django_settings.DATA_DIR / "models"))


@pytest.fixture(scope="module")
def torch() -> SentenceEncoder:
    return SentenceEncoder("embedder", directory=str(django_settings.DATA_DIR / "models"), backend="torch")


def test_vectors_have_unit_norm_and_the_dimensions_of_the_index(int8: SentenceEncoder) -> None:
    vectors = int8.embed([*QUESTIONS, "", LONG])

    assert vectors.shape == (len(QUESTIONS) + 2, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_two_threads_give_the_vectors_of_one_in_the_same_order(int8: SentenceEncoder) -> None:
    both = SentenceEncoder("embedder", directory=int8.directory, bulk_threads=2)

    assert np.array_equal(both.embed([*QUESTIONS, LONG]), int8.embed([*QUESTIONS, LONG]))


def test_a_text_has_the_same_vector_alone_and_in_company(int8: SentenceEncoder) -> None:
    together = int8.embed([*QUESTIONS, LONG])

    alone = int8.embed([QUESTIONS[0]])

    assert np.array_equal(alone[0], together[0])


def test_the_export_is_close_to_the_model_it_was_made_from(int8: SentenceEncoder, torch: SentenceEncoder) -> None:
    ours, theirs = int8.embed(QUESTIONS), torch.embed(QUESTIONS)

    assert (ours * theirs).sum(axis=1).min() > 0.98
    assert np.abs(ours @ ours.T - theirs @ theirs.T).max() < 0.05


def test_no_weight_is_so_large_that_sums_overflow_on_some_processors(int8: SentenceEncoder) -> None:
    assert int8.name
    stored = onnx.load(export_path(int8.directory, "int8")).graph.initializer
    weights = [numpy_helper.to_array(each) for each in stored if each.data_type == onnx.TensorProto.INT8]

    largest = [int(np.abs(each.astype(int)).max()) for each in weights if each.ndim == 2]
    assert len(largest) == 6 * 6  # in each layer: query, key, value, what follows them, and the two of the wide one
    assert max(largest) <= 64


def test_two_variants_never_share_a_name(int8: SentenceEncoder, torch: SentenceEncoder) -> None:
    assert int8.name == "minilm-l6-v2/int8.2"
    assert torch.name == "minilm-l6-v2/torch"


def test_every_wordpiece_has_its_vector(int8: SentenceEncoder, torch: SentenceEncoder) -> None:
    (ours,), (theirs,) = int8.token_vectors(["Wi-Fi router?"]), torch.token_vectors(["Wi-Fi router?"])

    assert ours.tokens == theirs.tokens == ["wi", "-", "fi", "route", "##r", "?"]
    assert ours.vectors.shape == (6, 384)
    cosine = (ours.vectors * theirs.vectors).sum() / np.linalg.norm(ours.vectors) / np.linalg.norm(theirs.vectors)
    assert cosine > 0.98


def test_a_process_with_the_export_never_imports_torch(int8: SentenceEncoder) -> None:
    assert int8.name  # the export is there
    program = (
        "import sys; from assistant.llm.engines.sentence_encoder import SentenceEncoder;"
        f"SentenceEncoder('e', directory={str(int8.directory)!r}).embed(['hello']);"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_an_export_that_cannot_be_made_leaves_the_work_to_torch(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("in the way")

    encoder = SentenceEncoder("embedder", directory=str(no_folder))

    assert encoder.name == "minilm-l6-v2/torch"


@pytest.mark.timing
def test_a_question_takes_milliseconds(int8: SentenceEncoder) -> None:
    int8.embed(QUESTIONS)
    took_ms = []
    for question in QUESTIONS * 10:
        started = time.thread_time()
        int8.embed([question])
        took_ms.append((time.thread_time() - started) * 1000)

    assert np.median(took_ms) < 10  # of processor time: the machine of a test is a busy one


@pytest.mark.django_db
def test_many_texts_come_back_in_order_and_are_metered_once() -> None:
    texts = [f"{question} {number}" for number in range(9) for question in QUESTIONS]

    vectors = embeddings.embed(texts)

    assert np.array_equal(vectors[5], embeddings.embed([texts[5]])[0])
    row = ModelCall.objects.order_by("id").first()
    assert row is not None
    assert (row.kind, row.purpose, row.texts, row.model) == ("embedding", "index", 72, embeddings.embedder_name())
    assert row.prompt_tokens > 72


@pytest.mark.django_db
def test_texts_embedded_ahead_are_metered_when_they_are_fetched(workspace: Workspace) -> None:
    underway = embeddings.embed_ahead(QUESTIONS, workspace_id=workspace.pk, purpose="index")
    underway.computing.result()
    before = ModelCall.objects.count()

    vectors = underway.vectors()

    assert np.array_equal(vectors, embeddings.embed(QUESTIONS))
    assert before == 0
    assert ModelCall.objects.filter(workspace=workspace, texts=len(QUESTIONS)).count() == 1


@pytest.mark.django_db
def test_no_texts_give_no_vectors_and_no_row() -> None:
    assert embeddings.embed([]).shape == (0, 384)
    assert not ModelCall.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_a_question_is_metered_beside_the_answer() -> None:
    vector = await embeddings.aembed_one(QUESTIONS[0])
    await metering.settle()

    assert vector.shape == (384,)
    row = await ModelCall.objects.aget()
    assert (row.purpose, row.texts, row.status) == ("question", 1, "done")
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
async def test_an_embedder_that_is_away_is_told_and_metered(settings: Any, upstream: Server) -> None:
    upstream.told(mode="503")
    settings.EMBEDDER = {
        "BACKEND": "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder",
        "OPTIONS": {"base_url": upstream.url, "model": "e", "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)},
    }
    registry.forget()

    with pytest.raises(EngineUnavailable):
        await embeddings.aembed_one(QUESTIONS[0])
    await metering.settle()

    row = await ModelCall.objects.aget()
    assert (row.status, row.reason) == ("failed", "http_503")
    registry.forget()
    await sync_to_async(connections.close_all)()


async def test_an_embeddings_server_gives_unit_vectors_too(upstream: Server, settings: Any) -> None:
    embedder = OpenAICompatibleEmbedder(
        "embedder", base_url=upstream.url, model="e", tokenizer_dir=str(settings.TOKENIZER_CACHE_DIR)
    )

    vectors = await sync_to_async(embedder.embed, thread_sensitive=False)(QUESTIONS)

    assert embedder.name == "e/384"
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert upstream.bodies[0]["dimensions"] == 384
    with pytest.raises(EngineUnavailable):
        embedder.token_vectors(QUESTIONS)


async def test_an_embeddings_server_that_refuses_ends_in_a_refusal(upstream: Server, settings: Any) -> None:
    upstream.told(mode="400")
    embedder = OpenAICompatibleEmbedder(
        "embedder", base_url=upstream.url, model="e", tokenizer_dir=str(settings.TOKENIZER_CACHE_DIR)
    )

    with pytest.raises(EngineRefused):
        await sync_to_async(embedder.embed, thread_sensitive=False)(QUESTIONS)


@pytest.mark.parametrize("status", ["401", "503"])
async def test_an_embeddings_server_that_repeats_the_key_does_not_get_it_into_an_error(
    upstream: Server, settings: Any, status: str
) -> None:
    upstream.told(mode=status)
    embedder = OpenAICompatibleEmbedder(
        "embedder",
        base_url=upstream.url,
        model="e",
        api_key=f"told to answer {status}",  # which is what the server says
        tokenizer_dir=str(settings.TOKENIZER_CACHE_DIR),
    )

    with pytest.raises(EngineError) as raised:
        await sync_to_async(embedder.embed, thread_sensitive=False)(QUESTIONS)

    assert "told to answer" not in str(raised.value)
