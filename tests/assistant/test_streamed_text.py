"""A structured reply is shown while its JSON still arrives."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.streamed_text import StreamedText


def fed(pieces: list[str]) -> tuple[list[str], StreamedText]:
    said = StreamedText()
    return [*map(said.feed, pieces), said.close()], said


def split(whole: str, cuts: list[int]) -> list[str]:
    places = [0, *sorted(cut % (len(whole) + 1) for cut in cuts), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(places)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
CUTS = st.lists(st.integers(min_value=0, max_value=400), max_size=12)


@given(
    text=TEXT, action=st.sampled_from([None, "offer_handoff"]), cuts=CUTS, ascii_only=st.booleans(), fence=st.booleans()
)
@settings(max_examples=400)
def test_any_split_of_the_json_gives_the_same_text_and_action(
    text: str, action: str | None, cuts: list[int], ascii_only: bool, fence: bool
) -> None:
    whole = json.dumps({"text": text, "action": action}, ensure_ascii=ascii_only)
    whole = f"```json\n{whole}\n```" if fence else whole

    out, said = fed(split(whole, cuts))

    assert "".join(out) == text
    assert said.text == text
    assert said.action == action


@given(text=TEXT.filter(lambda text: text.strip()[:1] not in ("", "{", "`")), cuts=CUTS)
def test_prose_of_a_model_that_ignored_the_schema_passes_through(text: str, cuts: list[int]) -> None:
    out, said = fed(split(text, cuts))

    assert "".join(out) == text
    assert said.action is None


def test_text_comes_out_before_the_object_is_complete() -> None:
    said = StreamedText()

    assert said.feed('{"text": "Two ye') == "Two ye"
    assert said.feed("ars") == "ars"
    assert said.action is None
    assert said.feed('.", "action": "offer_handoff"}') == "."
    assert said.action == "offer_handoff"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("{curly} words", "{curly} words"),
        ('{"text": "cut off in the mid', "cut off in the mid"),
        ('{"answer": "no such field"}', ""),
        ('{"text": 7}', ""),
        ('["a list"]', '["a list"]'),
        ("```\ncode\n```", "```\ncode\n```"),
        ("", ""),
    ],
)
def test_what_is_not_the_object_asked_for_is_still_shown_or_left_out(raw: str, text: str) -> None:
    out, _ = fed(list(raw))

    assert "".join(out) == text


def test_an_action_nobody_knows_is_no_action() -> None:
    _, said = fed(['{"text": "x", "action": "refund_everything"}'])

    assert said.action is None
