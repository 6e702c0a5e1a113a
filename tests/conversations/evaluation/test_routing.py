"""`manage.py evaluate routing`: the cost and quality of routing, from the answers of both models."""

import json
from datetime import date
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from assistant.llm import registry
from assistant.usage.models import ModelCall, PriceRule
from assistant.usage.pricing import price_list
from conversations.evaluation import routing_hull
from conversations.evaluation.routing_hull import Point, Row
from conversations.models import Contact, Conversation
from conversations.replies.routing import Signals

RIGHT = "Print the label from your account, put it on the parcel and hand it in at any post office."
CLEAR = Signals(0.9, 0.5, None, 1, 1, 1, 0, False, False, "en", False, 0)


def said(text: str, action: str | None = None) -> str:
    return json.dumps({"text": text, "action": action})


@pytest.fixture
def models(settings, returns_article):
    """Two scripted models; the small one costs a tenth."""
    scripted = "assistant.llm.engines.scripted.ScriptedEngine"
    settings.ENGINES = {name: {"BACKEND": scripted, "OPTIONS": {"model": name}} for name in ("big", "little")}
    settings.TIERS = {"large": ["big"], "small": [], "saving": ["little"]}
    registry.forget()
    for model, usd in (("big", "10"), ("little", "1")):
        each = dict.fromkeys(("input_usd", "cached_input_usd", "output_usd"), usd)
        PriceRule.objects.create(model=model, valid_from=date(2026, 1, 1), **each)
    price_list.forget()
    yield registry.engine("big"), registry.engine("little")
    registry.forget()
    price_list.forget()


@pytest.fixture
def questions(tmp_path):
    """Two questions that the article answers, and one that it does not."""
    rows = [
        {"id": "a", "text": "How do I send something back?", "answer": RIGHT, "articles": ["returns"]},
        {"id": "b", "text": "When does the refund reach me?", "answer": "Within five working days.", "articles": []},
        {"id": "c", "text": "Can I return anything after 30 days?", "answerable": False, "articles": []},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def evaluated(path, *options: str) -> list[dict]:
    out = path.with_name("rows.jsonl")
    call_command("evaluate", "routing", str(path), "--out", str(out), *options, verbosity=0)
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_no_model_is_asked_what_no_article_is_near_to(models, questions):
    big, little = models
    questions.write_text(json.dumps({"id": "a", "text": "Who painted the ceiling of the Sistine Chapel?"}))

    (row,) = evaluated(questions)

    assert row["asked"] is False
    assert (big.asked, little.asked) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_both_models_are_asked_the_same_and_scored_by_the_expected_answer(models, questions, capsys):
    big, little = models
    big.script = [said(f"{RIGHT} [1]")]
    little.script = [said("Send the label back by hand [1]."), said(f"{RIGHT} [1]")]

    first, *_ = evaluated(questions)

    assert big.asked[0] == little.asked[0]
    assert (first["large"]["score"], first["large"]["cited_right"], first["large"]["unsupported"]) == (1.0, True, [])
    assert first["small"]["score"] < 0.5
    assert 0 < first["small"]["cost_usd"] < first["large"]["cost_usd"]
    assert {call.purpose for call in ModelCall.objects.filter(kind="generation")} == {"evaluation"}
    assert not Conversation.objects.exists()
    assert not Contact.objects.exists()
    told = capsys.readouterr().err
    assert "put to both models" in told
    assert "cheapest threshold that loses at most 0.02, on average" in told


@pytest.mark.django_db(transaction=True)
def test_an_answer_from_the_wrong_article_or_with_an_unsupported_sentence_scores_nothing(models, questions):
    big, little = models
    big.script = [said(f"{RIGHT} Couriers collect bulky furniture from doorsteps every morning [1].")]
    little.script = [said(f"{RIGHT}")]

    first, *_ = evaluated(questions)

    assert (first["large"]["score"], len(first["large"]["unsupported"])) == (0.0, 1)
    assert (first["small"]["score"], first["small"]["cited_right"], first["why_not"]) == (0.0, False, "no_citation")


@pytest.mark.django_db(transaction=True)
def test_where_nothing_answers_declining_is_right(models, questions):
    big, little = models
    big.script = [said("I do not have this information.", "offer_handoff")]
    little.script = [said("Yes, we do [1].")]

    *_, last = evaluated(questions)

    assert (last["small"]["score"], last["large"]["score"]) == (0.0, 1.0)


@pytest.mark.django_db(transaction=True)
def test_a_judge_grades_instead_of_the_words(models, questions):
    big, little = models
    little.script = [said("Use the label, and hand the parcel in [1].")]
    big.script = [lambda prompt: "2" if "You grade" in prompt.messages[0].content else said(f"{RIGHT} [1]")]

    first, *_ = evaluated(questions, "--judge", "large")

    assert first["small"]["told"] < 0.5
    assert first["small"]["score"] == 1.0


@pytest.mark.django_db(transaction=True)
def test_the_totals_are_written_as_json_and_as_a_chart(models, questions, tmp_path):
    big, little = models
    big.script = little.script = [said(f"{RIGHT} [1]")]
    totals, chart = tmp_path / "totals.json", tmp_path / "chart.svg"

    evaluated(questions, "--json", str(totals), "--chart", str(chart), "--max-loss", "0.1")

    read = json.loads(totals.read_text())
    assert read["max_loss"] == 0.1
    large = next(point for point in read["points"] if point["name"] == "always large")
    (chosen,) = read["within_max_loss"]
    assert chosen["cost_usd"] < large["cost_usd"]
    assert chosen["threshold"] is not None
    assert ElementTree.fromstring(chart.read_text()).tag.endswith("svg")


@pytest.mark.django_db(transaction=True)
def test_with_one_model_there_is_nothing_to_route(settings, models, questions):
    settings.TIERS = {"large": ["big"], "small": [], "saving": []}

    with pytest.raises(CommandError, match="Routing needs two models"):
        evaluated(questions)


def test_options_of_routing_are_for_routing(questions):
    with pytest.raises(CommandError, match="for routing: max_loss"):
        call_command("evaluate", "search", str(questions), "--max-loss", "0.1")


# --- the hull ---


def point(cost: float, quality: float) -> Point:
    return Point("balanced", 0.5, (quality,), (cost,), 0.0)


def test_what_a_mixture_of_two_others_beats_is_not_on_the_hull() -> None:
    cheap, beaten, good, dear = point(1, 0.2), point(2, 0.3), point(3, 0.8), point(5, 0.7)

    assert routing_hull.hull([dear, beaten, good, cheap]) == [cheap, good]


def test_a_small_answer_that_fails_its_checks_costs_both_calls_and_gives_the_large_answer() -> None:
    passed, failed = (Row(CLEAR, 0.4, 1.0, 1.0, 10.0, is_accepted=accepted) for accepted in (True, False))

    found = {p.name: p for p in routing_hull.points([passed, failed], frozenset({"en"}))}

    checked = found[routing_hull.ALL_CHECKED]
    assert (checked.qualities, checked.costs) == ((0.4, 1.0), (1.0, 11.0))
    assert found[routing_hull.ALWAYS_SMALL].qualities == (0.4, 0.4)
    assert found[routing_hull.ALWAYS_LARGE].costs == (10.0, 10.0)


def test_the_threshold_that_is_chosen_loses_no_more_than_it_may() -> None:
    sure = Row(CLEAR, 1.0, 1.0, 1.0, 10.0, is_accepted=True)
    unsure = Row(Signals(0.4, 0.5, None, 1, 1, 1, 0, False, False, "en", False, 0), 0.0, 1.0, 1.0, 10.0, True)
    found = routing_hull.points([sure] * 9 + [unsure], frozenset({"en"}))

    strict, loose = (routing_hull.cheapest_within(found, most) for most in (0.05, 0.2))

    assert strict is not None
    assert loose is not None
    assert (strict.threshold or 0) > 0.4 >= (loose.threshold or 0)
    assert (strict.quality, loose.quality) == (1.0, 0.9)
    assert routing_hull.cheapest_within(found, 0.2, surely=True) == strict
