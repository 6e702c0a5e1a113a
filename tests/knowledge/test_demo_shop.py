"""The demo shop's own questions, answered by quoting: with the real embedder and no model."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from assistant import embeddings
from assistant.workspaces.models import Workspace
from knowledge import search
from knowledge.importing import import_path
from knowledge.passages import Query
from knowledge.quoting import best_quote

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
QUESTIONS = Path(__file__).resolve().parents[1] / "demo_questions.jsonl"


def test_the_demo_shop_answers_its_questions_and_declines_the_others(workspace: Workspace) -> None:
    import_path(workspace, settings.BASE_DIR / "templates" / "demo" / "articles", publish=True)
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    shown = [row for row in rows if row.get("shown")]

    cited = {row["question"]: cited_for(workspace, row) for row in rows}

    right = [bool(set(row["gold"]) & cited[row["question"]]) for row in shown if row["answerable"]]
    assert sum(right) >= 0.9 * len(right)
    assert not any(cited[row["question"]] for row in shown if not row["answerable"])
    declined = [not cited[row["question"]] for row in rows if not row["answerable"]]
    assert sum(declined) >= 0.8 * len(declined)


def cited_for(workspace: Workspace, row: dict[str, Any]) -> set[str]:
    """The article whose words are quoted, if any are."""
    history = tuple((turn["role"], turn["text"]) for turn in row.get("history", ()))
    vector = embeddings.embed([search.search_text(row["question"], history)])[0]
    found = search.passages_for(workspace, Query(row["question"], history), vector)
    quote = best_quote(found.searched_text, found, vector)
    return {quote.passage.external_id} if quote else set()
