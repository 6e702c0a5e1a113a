"""Where a sentence ends, in every kind of text that is split."""

import pytest

from language.sentences import (
    ASKED,
    CITED,
    CLAIMS,
    EVIDENCE,
    MESSAGE,
    PARAGRAPH,
    QUESTION,
    QUOTABLE,
    STYLES,
    VALUES,
    Style,
    spans,
    split,
)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_every_reader_ends_a_sentence_at_a_mark_before_a_space(style: Style) -> None:
    assert split("We ship today. Does it cost 4.50? It does!", style) == [
        "We ship today.",
        "Does it cost 4.50?",
        "It does!",
    ]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_no_letter_is_lost_between_two_sentences(style: Style) -> None:
    text = '**Done.** He said "no." (Really?) [1] Then "…" 今日は。明日は! e.g. this; z.B. das.[2] End'

    found = list(spans(text, style))

    assert "".join("".join(text[begin:end].split()) for begin, end in found) == "".join(text.split())


@pytest.mark.parametrize("style", [PARAGRAPH, QUOTABLE, CITED, CLAIMS, QUESTION, MESSAGE])
def test_an_abbreviation_ends_no_sentence(style: Style) -> None:
    text = "Ask Dr. Moor about part No. 5, e.g. Screws."

    assert split(text, style) == [text]


@pytest.mark.parametrize("style", [PARAGRAPH, QUOTABLE, CITED, CLAIMS])
def test_a_german_abbreviation_ends_no_sentence(style: Style) -> None:
    assert split("Teile, z.B. Schrauben, wiegen ca. 5 g.", style) == ["Teile, z.B. Schrauben, wiegen ca. 5 g."]


def test_what_closes_a_sentence_stays_with_it() -> None:
    assert split("**Replacement.** You get a label.", QUOTABLE) == ["**Replacement.**", "You get a label."]
    assert split("It says “hot.” Then wait.", PARAGRAPH) == ["It says “hot.”", "Then wait."]


def test_a_citation_behind_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    assert split("It takes two days. [1][2] Then it is yours.", CITED) == [
        "It takes two days. [1][2]",
        "Then it is yours.",
    ]


def test_ideographic_full_stops_need_no_space() -> None:
    assert split("今日届きます。明日は休みです。", PARAGRAPH) == ["今日届きます。", "明日は休みです。"]


def test_a_line_ends_a_sentence_but_not_in_a_paragraph() -> None:
    assert split("Order 5\nMill Pro", MESSAGE) == ["Order 5", "Mill Pro"]
    assert split("The mill is\nquiet.", QUOTABLE) == ["The mill is\nquiet."]


def test_only_a_claim_and_a_question_end_at_a_semicolon() -> None:
    text = "It is free; you pay nothing."

    assert {name for name, style in STYLES.items() if len(split(text, style)) == 2} == {"claims", "asked"}


def test_the_cache_reads_its_sentences_as_it_was_measured() -> None:
    assert split('It is "hot." Wait e.g. a day. Go', EVIDENCE) == ['It is "hot." Wait e.g.', "a day.", "Go"]
    assert split("Where is it?\nI paid", ASKED) == ["Where is it?", "I paid"]
    assert [begin for begin, _ in spans("One. Two.\n  Three", VALUES)] == [0, 5, 12]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_nothing_is_no_sentence(style: Style) -> None:
    assert split(" \n ", style) == []
