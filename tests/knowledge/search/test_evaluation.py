import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from knowledge.models import Article

pytestmark = pytest.mark.django_db


def test_search_is_evaluated_row_by_row_with_totals(shop: dict[str, Article], tmp_path: Path, capsys: Any) -> None:
    rows = [
        {"id": "1", "question": "What does shipping to Norway cost?", "gold": ["shipping"], "answerable": True},
        {"id": "2", "question": "and to Austria?", "gold": ["shipping"], "answerable": True,
         "history": [{"role": "user", "text": "What does shipping to Norway cost?"}]},
        {"id": "3", "question": "Who won the world cup in 1998?", "gold": [], "answerable": False},
    ]  # fmt: skip
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)))

    call_command("evaluate", "search", str(source), workspace="acme", out=out)

    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "2", "3"]
    assert answers[0]["found"][0] == answers[1]["found"][0] == "shipping"
    assert [answer["declined"] for answer in answers] == [False, False, True]
    totals = capsys.readouterr().err
    assert "R@1: 1.000 (95 % interval" in totals
    assert "declined, of the not answerable: 1.000" in totals
    confident = min(answer["confidence"] for answer in answers[:2])
    assert answers[2]["confidence"] < 0.2 < confident
    assert "  0.2: declined 1.000 of the not answerable, 0.000 of the answerable" in totals


def test_without_questions_of_both_kinds_there_is_nothing_to_weigh(
    shop: dict[str, Article], tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "in.jsonl").write_text('{"question": "What does shipping to Norway cost?", "gold": ["shipping"]}')

    call_command("evaluate", "search", str(tmp_path / "in.jsonl"), workspace="acme", out=tmp_path / "out.jsonl")

    assert "minimum confidence" not in capsys.readouterr().err


def test_a_bad_row_is_named(shop: dict[str, Article], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"question": "x"}\nnot json\n')

    with pytest.raises(CommandError, match=r"in\.jsonl:2 is not JSON"):
        call_command("evaluate", "search", str(tmp_path / "in.jsonl"), workspace="acme")
