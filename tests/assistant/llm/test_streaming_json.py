"""A structured reply is shown while its JSON still arrives."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.llm.streaming_json import StreamedText


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


# --- findings D: what real servers make of it ---

TWO_LINES = 'Two years.\n\nBatteries: "none" [1].'
NEARLY_JSON = {
    "a real line break in the string": '{"text": "Two years.\n\nBatteries: \\"none\\" [1].", "action": null}',
    "a real tab and line break": '{\n\t"text": "Two years.\n\nBatteries: \\"none\\" [1].",\n\t"action": null\n}',
    "a sentence and a fence before it": f"Sure:\n```json\n{json.dumps({'text': TWO_LINES, 'action': None})}\n```\n",
    "a sentence before it": f"Here is my answer: {json.dumps({'text': TWO_LINES, 'action': None})}",
    "a list around it": f"[{json.dumps({'text': TWO_LINES, 'action': None})}]",
    "a fence and a list around it": f"```json\n[{json.dumps({'text': TWO_LINES, 'action': None})}]\n```",
    "another name around it": json.dumps({"reply": {"text": TWO_LINES, "action": None}}),
    "a word after the fence": f"```json\n{json.dumps({'text': TWO_LINES, 'action': None})}\n```\nI hope this helps!",
    "bare quotation marks": '{"text": "Two years.\n\nBatteries: "none" [1].", "action": null}',
    "a trailing comma": f"{json.dumps({'text': TWO_LINES, 'action': None})[:-1]},}}",
    "single quotes, as Python writes it": str({"text": TWO_LINES, "action": None}),
    "keys without quotes": '{text: "Two years.\\n\\nBatteries: \\"none\\" [1].", action: null}',
    "JSON in a string of JSON": json.dumps(json.dumps({"text": TWO_LINES, "action": None})),
    "the action first": json.dumps({"action": None, "text": TWO_LINES}),
    "thoughts before it": f"<think>\nThe article says two years.\n</think>\n\n{json.dumps({'text': TWO_LINES})}",
    "only the closing tag": f"The article says two years.\n</think>\n{json.dumps({'text': TWO_LINES})}",
    "thoughts and a fence": f"<think>Hm</think>```json\n{json.dumps({'text': TWO_LINES})}\n```",
    "thoughts in the text": json.dumps({"text": f"<think>Hm {{}}</think>{TWO_LINES}", "action": None}),
    "thoughts in the text, escaped": json.dumps({"text": f"<think>Hm</think>{TWO_LINES}"}).replace("<", "\\u003c"),
    "the closing tag in the text": json.dumps({"text": f"I should cite it.</think>{TWO_LINES}"}),
    "an end marker": json.dumps({"text": TWO_LINES, "action": None}) + "<|im_end|>",
    "an end marker in the text": json.dumps({"text": TWO_LINES + "<|im_end|>", "action": None}),
    "an end marker and another turn": json.dumps({"text": TWO_LINES}) + "<|eot_id|><|start_header_id|>user",
    "two drafts around the thoughts": f"{json.dumps({'text': 'A draft'})}</think>{json.dumps({'text': TWO_LINES})}",
}


def shown(pieces: list[str], *, structured: bool) -> tuple[str, str, bool]:
    """What a customer has in the end, all that was ever on the screen, and whether anything was taken back."""
    said, text, seen, took_back = StreamedText(), "", "", False
    for piece in [*pieces, None]:
        new = said.close() if piece is None else said.feed(piece, structured=structured)
        if said.took_back():
            text, took_back = "", True
        text, seen = text + new, seen + new
    assert said.text == text
    return text, seen, took_back


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("kind", NEARLY_JSON)
def test_nearly_json_is_read_and_never_shown_raw(kind: str, structured: bool) -> None:
    raw = NEARLY_JSON[kind]

    for size in (1, 2, 5, 11, 10_000):
        text, seen, took_back = shown([raw[at : at + size] for at in range(0, len(raw), size)], structured=structured)

        assert text.strip() == TWO_LINES
        assert '"action"' not in seen
        assert not any(mark in seen for mark in ("<think>", "</think>", "<|"))
        if structured and kind not in ("the closing tag in the text", "two drafts around the thoughts"):
            assert not took_back
            assert seen.strip() == TWO_LINES


def test_prose_before_the_object_is_held_back_where_the_server_has_promised_the_object() -> None:
    said = StreamedText()

    held = [said.feed(piece, structured=True) for piece in ("Okay, the ", "customer asks. ", "\n</think>\n")]
    given = [said.feed(piece, structured=True) for piece in ('{"te', 'xt": "Two', " years", '."}')]

    assert "".join(held) == ""
    assert "".join(given) == "Two years."
    assert not said.took_back()


def test_prose_instead_of_the_promised_object_is_given_at_the_end() -> None:
    assert shown(["Two ", "years."], structured=True) == ("Two years.", "Two years.", False)


def test_an_example_of_json_in_prose_stays_in_it() -> None:
    prose = 'Send this to the API:\n```json\n{"text": "hello", "to": "ana"}\n```\nIt answers with an id.'

    assert shown(list(prose), structured=False)[0] == prose


@pytest.mark.parametrize(
    "raw", ['{"text": 7, "action": null}', 'Here: {"text": 7, "action": null}', '{"text": ', '{"text"']
)
def test_an_object_without_a_text_is_never_shown(raw: str) -> None:
    assert shown([raw], structured=True)[0] == ""
    assert "{" not in shown([raw], structured=False)[0]


def test_a_text_cut_off_anywhere_is_shown_as_far_as_it_came() -> None:
    whole = json.dumps({"text": 'Für 2 Jahre "ganz"\n\\ ja 🙂', "action": None})

    for end in range(len(whole)):
        text, _, took_back = shown([whole[:end]], structured=True)
        assert 'Für 2 Jahre "ganz"\n\\ ja 🙂'.startswith(text.rstrip("\ud83d"))
        assert not took_back


@given(st.text(alphabet='ab{}[]":,\\\n `textaction<|think>/', max_size=80), CUTS)
@settings(max_examples=300)
def test_no_answer_breaks_the_reader(raw: str, cuts: list[int]) -> None:
    whole, pieces = shown([raw], structured=True)[0], shown(split(raw, cuts), structured=True)[0]

    assert whole == pieces
