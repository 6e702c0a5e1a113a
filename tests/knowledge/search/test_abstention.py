"""The model that decides whether to decline, by itself."""

from dataclasses import replace

import pytest

from knowledge.search.abstention import Signals, model_for

NOTHING = Signals(cosine=0.0, sentence=0.0, both=0.0, own=0.0, lead=0.0, covered=0.0, known=0.0)
EVERYTHING = Signals(cosine=1.0, sentence=1.0, both=1.0, own=1.0, lead=1.0, covered=1.0, known=1.0)


@pytest.mark.parametrize("has_vector", [True, False], ids=["with vectors", "words alone"])
def test_nothing_seen_is_declined_and_everything_seen_is_answered(has_vector: bool) -> None:
    nothing, everything = (replace(signals, has_vector=has_vector) for signals in (NOTHING, EVERYTHING))
    model = model_for(nothing)

    assert model.declines(nothing)
    assert not model.declines(everything)


@pytest.mark.parametrize("has_vector", [True, False], ids=["with vectors", "words alone"])
@pytest.mark.parametrize("signal", ["cosine", "sentence", "both", "own", "lead", "covered", "known"])
def test_to_see_more_never_makes_it_less_sure(signal: str, has_vector: bool) -> None:
    nothing = replace(NOTHING, has_vector=has_vector)
    model = model_for(nothing)

    assert model.confidence(replace(nothing, **{signal: 1.0})) >= model.confidence(nothing)


@pytest.mark.parametrize("signals", [NOTHING, replace(NOTHING, has_vector=False), replace(NOTHING, is_foreign=True)])
def test_only_what_is_far_from_everything_is_kept_from_a_large_model(signals: Signals) -> None:
    model = model_for(signals)

    assert model.confidence(signals) < model.far < 0.6 * model.threshold


@pytest.mark.parametrize("has_vector", [True, False], ids=["with vectors", "words alone"])
def test_what_the_reader_finds_likely_is_surer(has_vector: bool) -> None:
    doubted, believed = (replace(NOTHING, has_vector=has_vector, is_read=True, reader=each) for each in (-3.0, 1.0))

    assert model_for(doubted).confidence(doubted) < model_for(believed).confidence(believed)


@pytest.mark.parametrize("has_vector", [True, False], ids=["with vectors", "words alone"])
def test_without_the_reader_it_is_not_weighed(has_vector: bool) -> None:
    assert "reader" not in model_for(replace(NOTHING, has_vector=has_vector)).weights


def test_without_the_embedder_only_words_are_weighed() -> None:
    assert {"cosine", "sentence", "both"}.isdisjoint(model_for(replace(NOTHING, has_vector=False)).weights)
