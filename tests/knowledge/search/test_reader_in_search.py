"""The reader in search: it has a say in whether to decline, and search goes on without it."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from assistant.llm import embeddings, registry
from assistant.llm.engines.reader import Reader
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.indexing.quotable_units import units
from knowledge.search import abstention, passage_reader, search
from knowledge.search.passage_reader import Part
from knowledge.search.types import Found, Query
from tests.knowledge.conftest import SHIPPING

ANSWERED = "How much does shipping to Norway cost?"


@pytest.fixture
def judged(workspace: Workspace) -> Callable[..., abstention.Signals]:
    """What was seen of a question, the reader's judgement among it."""

    def signals(question: str, *, with_vectors: bool = True, **fields: object) -> abstention.Signals:
        query = Query(question, **fields)
        text = search.search_text(query.text, query.history)
        vector = embeddings.embed([text])[0] if with_vectors else None
        found = search.candidates_for(workspace, query, text, vector)
        return search.judged(workspace, found, text, vector).signals

    return signals


@pytest.fixture
def other_reader(settings: Any) -> Iterator[Callable[[Any], None]]:
    """Search with another reader, or with none."""

    def put(options: dict[str, Any] | None) -> None:
        settings.READER = options
        registry.forget()

    yield put
    registry.forget()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("with_vectors", [True, False], ids=["with vectors", "words alone"])
def test_what_is_answered_is_read_as_more_likely_than_what_is_not(judged, with_vectors: bool) -> None:
    answered = judged(ANSWERED, with_vectors=with_vectors)
    near = judged("Which carrier takes the parcel to Norway?", with_vectors=with_vectors)

    assert answered.is_read
    assert answered.reader > near.reader


@pytest.mark.usefixtures("shop")
def test_a_reader_that_is_off_leaves_the_decision_to_the_model_without_it(judged, find, other_reader) -> None:
    other_reader(None)

    signals = judged(ANSWERED)

    assert not signals.is_read
    assert abstention.model_for(signals) == abstention.model_for(abstention.Signals(*[0.0] * 7))
    assert not find(ANSWERED).declined


@pytest.mark.usefixtures("shop")
def test_weights_that_are_missing_are_logged_once_and_search_goes_on(
    find: Callable[..., Found], other_reader: Any, tmp_path: Path, caplog: Any
) -> None:
    other_reader({"path": tmp_path / "reader.int8.onnx"})

    with caplog.at_level(logging.ERROR):
        found = [find(ANSWERED) for _ in range(3)]

    assert not any(each.declined for each in found)
    assert sum("the reader cannot be loaded" in record.message for record in caplog.records) == 1


@pytest.mark.usefixtures("shop")
def test_a_question_in_a_language_that_it_does_not_read_is_not_read(judged) -> None:
    assert not judged("Was kostet der Versand nach Norwegen und wie lange dauert er?").is_read


async def test_the_event_loop_goes_on_while_passages_are_read(transactional_db: None) -> None:
    workspace = await Workspace.objects.acreate(slug="acme", name="Acme")
    await sync_to_async(publish)(workspace, "What shipping costs", SHIPPING)
    question = Query("What does shipping to Norway cost?")

    searching = asyncio.create_task(search.apassages_for(workspace, question, None))
    turns = 0
    while not searching.done():
        await asyncio.sleep(0)
        turns += 1

    assert (await searching).passages
    assert turns > 10  # on the loop itself it would be one
    await sync_to_async(connections.close_all)()


def publish(workspace: Workspace, title: str, body: str) -> None:
    publishing.publish(publishing.save_draft(workspace, external_id=title, title=title, body=body))


@pytest.mark.usefixtures("shop")
def test_many_questions_at_once_load_one_reader(other_reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other_reader({"threads": 1})
    made, all_ask, asking, found = Reader.__init__, threading.Event(), threading.Semaphore(0), []

    def made_late(*args: Any, **options: Any) -> None:
        assert all_ask.wait(30)
        made(*args, **options)

    def ask() -> None:
        asking.release()
        found.append(registry.reader())

    monkeypatch.setattr(Reader, "__init__", made_late)
    askers = [threading.Thread(target=ask) for _ in range(16)]

    for each in askers:
        each.start()
    for _ in askers:
        assert asking.acquire(timeout=30)
    all_ask.set()
    for each in askers:
        each.join()

    assert len({id(reader) for reader in found}) == 1


def test_the_window_that_is_read_lies_around_what_is_nearest() -> None:
    parts = [Part(i, f"sentence {i} " + "filler " * 20) for i in range(9)]

    shown = passage_reader.window(parts, set(), [float(i == 6) for i in range(9)])

    assert parts[6] in shown
    assert sum(len(part.text.split()) for part in shown) <= passage_reader.WINDOW_WORDS


def test_a_long_table_is_read_by_its_rows_and_under_its_heading() -> None:
    rows = "\n".join(f"| Country {i} | €{i}.90 | {i} to {i + 2} working days |" for i in range(20))
    table = f"## Abroad\n\n| Country | Price | Days |\n|---|---|---|\n{rows}"

    nearest = {unit.text: 1.0 for unit in units(table) if "Country 13" in unit.text}

    excerpt = passage_reader.excerpt_of("Shipping", "", table, set(), nearest)

    assert excerpt.prefix == "Shipping > Abroad"
    assert any("Country 13" in unit for unit in excerpt.units)
    assert sum(len(unit.split()) for unit in excerpt.units) <= passage_reader.WINDOW_WORDS


def test_a_passage_of_no_words_is_read_by_its_title() -> None:
    assert passage_reader.excerpt_of("A picture", "", "![](a.png)", set(), {}).units == ("A picture",)
