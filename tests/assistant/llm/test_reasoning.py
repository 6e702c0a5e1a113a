"""What a model thinks and how its template ends a turn is never for readers (findings D)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.llm.reasoning import ReasoningFilter, without_reasoning

ANSWER = "Two years [1]."
HIDDEN = [
    ("<think>The user asks about the warranty.</think>", ANSWER),
    ("<think>\n\n</think>\n\n", ANSWER),
    ("<THINKING>Hm.</THINKING>", ANSWER),
    ("<thought>Hm.</thought>\n", ANSWER),
    ("< think >Hm.</ think >", ANSWER),
    ("[THINK]Hm.[/THINK]", ANSWER),
    ("◁think▷Hm.◁/think▷", ANSWER),
    ("<|begin_of_thought|>Hm.<|end_of_thought|>", ANSWER),
    ("<seed:think>Hm.</seed:think>", ANSWER),
    ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>", ANSWER + "<|return|>"),
    ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>", ANSWER),
    ("Okay, the user asks about the warranty. I should cite [1].\n</think>\n\n", ANSWER),
    ("", ANSWER + "<|im_end|>"),
    ("", ANSWER + "<|im_end|>\n<|im_start|>user\nAnd then?<|im_end|>\n<|im_start|>assistant\nNothing."),
    ("<|im_start|>assistant\n", ANSWER + "<|im_end|>"),
    ("<|start_header_id|>assistant<|end_header_id|>\n\n", ANSWER + "<|eot_id|>"),
    ("<start_of_turn>model\n", ANSWER + "<end_of_turn>"),
    ("", ANSWER + "<\uff5cend▁of▁sentence\uff5c>"),
    ("", ANSWER + "</s>"),
    ("", ANSWER + " </s>\n"),
    ("", ANSWER + "[/INST] And?"),
    ("", ANSWER + "<|endoftext|>Human: what?"),
]
READABLE = [
    "Press <Enter> when 3 < 5 and a<b, see [1] and [INDEX].",
    "<s>was</s> now is",
    "A <b>bold</b> word",
    "It is < 5",
    "[T]his",
    "",
]


def streamed(pieces: list[str]) -> str:
    """What a reader has in the end, who forgets what is void."""
    words, text = ReasoningFilter(), ""
    for piece in [*pieces, None]:
        new = words.close() if piece is None else words.feed(piece)
        if words.void:
            words.void, text = False, ""
        text += new
    return text


@pytest.mark.parametrize(("before", "rest"), HIDDEN)
def test_reasoning_and_template_markers_are_removed_however_they_are_split(before: str, rest: str) -> None:
    whole = before + rest

    for size in (1, 2, 3, 7, 1_000):
        assert streamed([whole[at : at + size] for at in range(0, len(whole), size)]).strip() == ANSWER
    assert without_reasoning(whole).strip() == ANSWER


@pytest.mark.parametrize("text", READABLE)
def test_what_only_looks_like_a_marker_stays(text: str) -> None:
    assert streamed(list(text)) == text
    assert without_reasoning(text) == text


def test_thoughts_that_never_end_are_no_answer() -> None:
    assert without_reasoning("<think>The customer wants to know") == ""


def test_a_closing_tag_alone_says_that_what_was_given_is_void() -> None:
    words = ReasoningFilter()

    given = [words.feed("Let me see. "), words.feed("The article says two years.</th")]
    before = words.void
    after = words.feed("ink>Two years.")

    assert "".join(given).startswith("Let me see.")
    assert (before, words.void, after) == (False, True, "Two years.")


@given(st.text(alphabet="ab <>/[]|thinkTHINK\n▷◁_", max_size=60), st.lists(st.integers(0, 60), max_size=6))
@example("<think></s>", [3])
def test_pieces_give_the_same_as_the_whole(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]

    assert streamed([text[a:b] for a, b in itertools.pairwise(places)]) == without_reasoning(text)
