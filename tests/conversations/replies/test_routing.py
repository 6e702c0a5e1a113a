"""Issue 19: each message goes to the model that it needs, and the customer sees one answer."""

import asyncio
import json
from datetime import date

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from assistant.llm import registry
from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import Budget, BudgetPeriod, ModelCall, PriceRule
from assistant.usage.pricing import price_list
from assistant.workspaces.models import ApiKey
from caching.models import CachedAnswer
from conversations.models import Message
from conversations.replies.receipts import PARTS
from knowledge.articles import publishing
from tests.conftest import RETURNS
from tests.conversations.messaging.test_attachments import client_of
from tests.conversations.messaging.test_file_reading import sent

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How do I send something back?"
GOOD = "Print the label from your account and put it on the parcel [1]."
OF_LARGE = "Print the label, put it on the parcel, and hand it in at any post office [1]."


def said(text: str, action: str | None = None) -> str:
    return json.dumps({"text": text, "action": action})


@pytest.fixture
def models(settings, workspace, returns_article):
    """A large and a small model, and no cache."""
    scripted = "assistant.llm.engines.scripted.ScriptedEngine"
    settings.ENGINES = {name: {"BACKEND": scripted, "OPTIONS": {"model": name}} for name in ("big", "little")}
    settings.TIERS = {"large": ["big"], "small": [], "saving": ["little"]}
    registry.forget()
    workspace.cache_enabled = False
    workspace.save()
    big, little = registry.engine("big"), registry.engine("little")
    big.script, little.script = [said(OF_LARGE)], [said(GOOD)]
    yield big, little
    registry.forget()


async def receipt_of(reply: dict) -> dict:
    return (await Message.objects.aget(pk=reply["message_id"])).receipt


async def ask(chat, text: str) -> tuple[dict, dict]:
    """The reply, and its receipt."""
    async with chat() as ana:
        reply = await ana.ask(text)
        assert [event for event in ana.heard if event["type"] == "reply.restarted"] == []
    return reply, await receipt_of(reply)


async def prices(settings) -> None:
    """The small model costs a tenth of the large one, which savings are reckoned by."""
    settings.LARGE_MODEL = "big"
    for model, usd in (("big", "10"), ("little", "1")):
        each = dict.fromkeys(("input_usd", "cached_input_usd", "output_usd"), usd)
        await PriceRule.objects.acreate(model=model, valid_from=date(2026, 1, 1), **each)
    price_list.forget()


async def a_budget(workspace, percent: int) -> None:
    budget = await Budget.objects.acreate(workspace=workspace, period="day", cap_tokens=1_000_000)
    spent = {"starts_on": timezone.now().date(), "spent_tokens": 1_000_000 * percent // 100}
    await BudgetPeriod.objects.acreate(budget=budget, **spent)


async def test_a_clear_question_is_answered_by_the_small_model_alone(chat, models):
    big, little = models

    reply, receipt = await ask(chat, QUESTION)

    assert (reply["text"], [c["n"] for c in reply["citations"]]) == (GOOD, [1])
    assert (len(little.asked), len(big.asked)) == (1, 0)
    assert (receipt["tier"], receipt["model"]) == ("saving", "little")
    routing, cascade = receipt["routing"], receipt["cascade"]
    assert (routing["tier"], routing["reason"], routing["policy"]) == ("saving", "simple", "balanced")
    assert routing["signals"]["confidence"] > 0.6
    assert (cascade["tried"], cascade["accepted"], cascade["why_not"]) == ("saving", True, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("How do I send something back, and when do I get my refund?", "several_questions"),
        ("What is the difference between sending something back and a refund?", "combines_values"),
        ("Can I return it after 31 days if I paid 20 dollars?", "combines_values"),
        ("Wie kann ich etwas zurückschicken?", "language"),
    ],
)
async def test_a_question_that_needs_more_goes_to_the_large_model(chat, models, text, reason):
    big, little = models

    reply, receipt = await ask(chat, text)

    assert receipt["routing"]["reason"] == reason
    assert (receipt["routing"]["tier"], receipt["tier"], receipt["cascade"]) == ("large", "large", None)
    assert (len(little.asked), len(big.asked)) == (0, 1)
    assert reply["text"] == OF_LARGE


async def test_a_complaint_goes_to_the_large_model(chat, models):
    _, receipt = await ask(chat, "this is outrageous, your return label is the worst")

    assert (receipt["routing"]["reason"], receipt["tier"]) == ("complaint", "large")


async def test_a_question_that_leans_on_the_conversation_goes_to_the_large_model(chat, models):
    async with chat() as ana:
        await ana.ask(QUESTION)
        reply = await ana.ask("And how long does that take?")

    receipt = await receipt_of(reply)
    assert (receipt["routing"]["reason"], receipt["tier"]) == ("conversation", "large")
    assert receipt["routing"]["signals"]["needs_history"] is True


async def test_what_search_is_not_sure_of_goes_to_the_large_model(chat, models, workspace):
    workspace.routing_confidence_min = 1.0
    await workspace.asave()

    _, receipt = await ask(chat, QUESTION)

    assert (receipt["routing"]["reason"], receipt["tier"]) == ("uncertain", "large")


@pytest.fixture
def copies(workspace, returns_article):
    """Publishes so many articles that say the same as `returns_article`."""

    def publish(count: int) -> None:
        for number in range(count):
            draft = publishing.save_draft(
                workspace, external_id=f"copy-{number}", title=returns_article.title, body=RETURNS
            )
            publishing.publish(draft)

    return sync_to_async(publish)


@pytest.mark.parametrize(("count", "reason"), [(1, "close_call"), (2, "several_articles")])
async def test_articles_that_fit_alike_go_to_the_large_model(chat, models, copies, count, reason):
    await copies(count)

    _, receipt = await ask(chat, QUESTION)

    assert (receipt["routing"]["reason"], receipt["tier"]) == (reason, "large")
    assert receipt["routing"]["signals"]["articles"] == count + 1


async def test_the_policy_of_a_workspace_can_keep_every_reply_with_the_large_model(chat, models, workspace):
    workspace.routing_policy = "always_large"
    await workspace.asave()

    _, receipt = await ask(chat, QUESTION)

    assert (receipt["routing"]["reason"], receipt["routing"]["policy"]) == ("policy", "always_large")
    assert receipt["tier"] == "large"


async def test_the_policy_of_the_server_holds_for_a_workspace_without_one(chat, models, settings):
    settings.ROUTING_POLICY = "always_large"

    _, receipt = await ask(chat, QUESTION)

    assert receipt["routing"]["reason"] == "policy"


async def test_a_thrifty_workspace_asks_the_small_model_what_a_balanced_one_does_not(chat, models, workspace):
    _, little = models
    workspace.routing_policy = "thrifty"
    await workspace.asave()

    _, receipt = await ask(chat, "How do I send something back, and when do I get my refund?")

    assert (receipt["routing"]["reason"], receipt["routing"]["policy"]) == ("simple", "thrifty")
    assert len(little.asked) == 1


async def test_under_a_budget_that_is_nearly_used_up_the_small_model_comes_first(chat, models, workspace):
    big, little = models
    workspace.routing_policy = "always_large"
    await workspace.asave()
    await a_budget(workspace, 92)

    _, receipt = await ask(chat, QUESTION)

    assert (receipt["routing"]["reason"], receipt["tier"]) == ("budget", "saving")
    assert (len(little.asked), len(big.asked), receipt["cascade"]["accepted"]) == (1, 0, True)
    assert receipt["budget"]["rung"] == 90


@pytest.mark.parametrize("percent", [92, 97])
@pytest.mark.parametrize(
    ("line", "why_not"),
    [
        (said("Print the label and hand it in within 45 days [1]."), "value"),
        (said("I do not have this information.", "offer_handoff"), "cannot"),
        (EngineUnavailable("away", reason="connect"), "unavailable"),
    ],
)
async def test_under_such_a_budget_an_answer_that_fails_a_check_becomes_a_quotation(
    chat, models, workspace, percent, line, why_not
):
    big, little = models
    little.script = [line]
    await a_budget(workspace, percent)

    reply, receipt = await ask(chat, QUESTION)

    assert (receipt["source"], receipt["tier"], receipt["cascade"]["why_not"]) == ("quoted_passage", None, why_not)
    assert "Print the label" in reply["text"]
    assert (len(little.asked), len(big.asked)) == (1, 0)
    assert receipt["budget"]["rung"] == {92: 90, 97: 95}[percent]
    assert receipt["why_tier"].endswith("a budget is nearly used up, so the large one was not asked")


async def test_where_a_budget_has_no_room_for_the_small_model_either_a_person_answers(chat, models, workspace):
    big, little = models
    budget = await Budget.objects.acreate(workspace=workspace, period="day", cap_tokens=1_000)
    await BudgetPeriod.objects.acreate(budget=budget, starts_on=timezone.now().date(), spent_tokens=960)

    reply, receipt = await ask(chat, QUESTION)

    assert (reply["action"], receipt["cascade"]["why_not"]) == ("handed_off", "budget")
    assert (little.asked, big.asked) == ([], [])
    assert "Print the label" in reply["text"]


@pytest.mark.parametrize("tiers", [{"large": ["big"], "saving": []}, {"large": ["big"], "saving": ["big"]}])
async def test_with_one_model_nothing_is_routed(chat, models, settings, tiers):
    big, _ = models
    settings.TIERS = {"small": [], **tiers}

    reply, receipt = await ask(chat, QUESTION)

    assert (receipt["routing"], receipt["cascade"]) == (None, None)
    assert (reply["text"], len(big.asked)) == (OF_LARGE, 1)
    assert receipt["why_tier"] == "open question, 1 articles"


async def test_without_a_large_model_an_article_is_quoted_as_before(chat, models, settings):
    settings.TIERS = {"large": [], "small": [], "saving": ["little"]}

    _, receipt = await ask(chat, QUESTION)

    assert (receipt["source"], receipt["routing"]) == ("quoted_passage", None)


# --- models with different room ---


def passages_in(prompt) -> int:
    return len(json.loads(prompt.messages[-1].content)["passages"])


def tokens_of(prompt, engine) -> int:
    """All of a prompt and its answer, as the engine reckons: words."""
    return sum(engine.count_tokens(message.content) for message in prompt.messages) + prompt.max_tokens


def context_for_less(receipt: dict) -> int:
    """Room for an answer and this prompt, but not for the titles and field names in it."""
    return sum(receipt["tokens"][part] for part in PARTS) + 100 + 30


@pytest.fixture
async def long_articles(workspace, settings):
    """Three long articles that fit alike, which go to the small model all the same."""
    settings.REPLY_MAX_TOKENS, workspace.routing_policy, workspace.routing_confidence_min = 100, "thrifty", 0.0
    await workspace.asave()

    def publish() -> None:
        for country in ("Norway", "Chile", "Japan"):
            body = f"To send something back from {country}, print the label. {'It costs nothing. ' * 40}"
            draft = publishing.save_draft(workspace, title=f"How do I send something back from {country}?", body=body)
            publishing.publish(draft)

    await sync_to_async(publish)()


@pytest.mark.usefixtures("long_articles")
async def test_a_prompt_is_cut_to_what_the_small_model_has_room_for_and_for_that_alone(chat, models):
    big, little = models
    little.script = [said("Print the label.")]
    question = "How do I send something back from abroad?"
    _, receipt = await ask(chat, question)
    assert big.asked[0] == little.asked[0]

    little.context_tokens = context_for_less(receipt)
    _, receipt = await ask(chat, question)
    little.script = [said("Print the label [1].")]
    _, of_small = await ask(chat, question)

    assert receipt["cascade"]["why_not"] == "no_citation"
    assert [passages_in(prompt) for prompt in little.asked[:2]] == [4, 3]
    assert tokens_of(little.asked[1], little) <= little.context_tokens
    assert big.asked[1] == big.asked[0]
    assert receipt["dropped"] == []
    assert (of_small["tier"], of_small["dropped"]) == ("saving", ["passage 4: no room"])


@pytest.mark.usefixtures("long_articles")
async def test_a_prompt_fits_the_model_that_answers_where_the_large_one_is_away(chat, models, settings, workspace):
    big, little = models
    workspace.routing_policy = "always_large"
    await workspace.asave()
    settings.TIERS = {"large": ["big"], "small": ["little"], "saving": ["little"]}
    settings.TIER_FALLBACK = {"large": ["small"]}
    big.script = [EngineUnavailable("away", reason="connect")]
    question = "How do I send something back from abroad?"
    _, receipt = await ask(chat, question)
    little.context_tokens = context_for_less(receipt)

    _, receipt = await ask(chat, question)

    assert [passages_in(prompt) for prompt in little.asked] == [4, 3]
    assert tokens_of(little.asked[1], little) <= little.context_tokens
    assert (receipt["tier"], receipt["model"]) == ("saving", "little")


async def test_an_answer_has_room_in_a_model_with_very_little(chat, models, workspace):
    _, little = models
    little.context_tokens = 1_000

    await ask(chat, QUESTION)

    assert little.asked[0].max_tokens == 500


# --- the cascade ---


@pytest.mark.parametrize(
    ("line", "why_not"),
    [
        (said("I do not have this information.", "offer_handoff"), "cannot"),
        (said(""), "form"),
        (said(f"{GOOD} {GOOD} {GOOD}"), "form"),
        (said("Print the label from your account and put it on the parcel."), "no_citation"),
        (said("Print the label from your account and put it on the parcel [7]."), "unknown_source"),
        (said("Print the label from your account [1]. See https://evil.test/label"), "unknown_source"),
        (said("Drucken Sie das Etikett aus Ihrem Konto aus und kleben Sie es auf das Paket [1]."), "language"),
        (said("Print the label and hand it in within 45 days [1]."), "value"),
        (said("Print the label at Globex and put it on the parcel [1]."), "value"),
        (said("Our couriers collect bulky furniture from your doorstep every morning [1]."), "unsupported"),
        (said("Print the label [1]. Our couriers collect bulky furniture from your doorstep."), "unsupported"),
        (said("Do not print the label from your account, put it on the parcel [1]."), "unsupported"),
        (said("You can return anything within 30 days of delivery [1]."), None),
    ],
)
async def test_an_answer_of_the_small_model_that_fails_a_check_is_never_seen(chat, models, line, why_not):
    big, little = models
    little.script = [line]

    reply, receipt = await ask(chat, QUESTION)

    cascade = receipt["cascade"]
    assert (cascade["accepted"], cascade["why_not"]) == (why_not is None, why_not)
    assert (len(little.asked), len(big.asked)) == (1, int(why_not is not None))
    if why_not:
        assert (reply["text"], receipt["tier"], receipt["model"]) == (OF_LARGE, "large", "big")
        assert receipt["why_tier"] == f"the small model's answer was not used: {why_not}"


async def test_an_answer_of_the_small_model_may_repeat_what_a_file_says(chat, models, server, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    big, little = models
    little.script = [said("Print the label from your Globex account and put it on the parcel [1].")]

    async with chat() as ana, client_of(server, ana.ready["session"]) as browser:
        _, reply = await sent(ana, browser, b"Globex customer account", "note.txt", QUESTION)
    receipt = await receipt_of(reply)

    assert (receipt["cascade"]["accepted"], receipt["cascade"]["why_not"]) == (True, None)
    assert (len(little.asked), len(big.asked)) == (1, 0)


async def test_an_answer_that_the_reader_holds_for_none_is_never_seen(chat, models):
    _, little = models
    little.script = [said("Print the label from your account, put it on the parcel [1].")]

    reply, receipt = await ask(chat, "How many working days until I get my refund?")

    assert receipt["cascade"]["why_not"] == "reader"
    assert reply["text"] == OF_LARGE


@pytest.mark.parametrize(
    "line", [EngineUnavailable("away", reason="connect"), [said(GOOD)[:30], EngineUnavailable("broke off")]]
)
async def test_a_broken_small_model_costs_one_try_and_the_large_one_answers(chat, models, line):
    big, little = models
    little.script = [line]

    reply, receipt = await ask(chat, QUESTION)

    assert (len(little.asked), len(big.asked)) == (1, 1)
    assert receipt["cascade"]["why_not"] == "unavailable"
    assert (reply["text"], receipt["tier"], reply["status"]) == (OF_LARGE, "large", "done")


async def test_a_slow_small_model_is_left_for_the_large_one(chat, models, settings):
    _, little = models
    little.gate, settings.ROUTING_SMALL_TIMEOUT_S = asyncio.Event(), 0.2
    little.script = [[said(GOOD)[:20], said(GOOD)[20:]]]

    reply, receipt = await ask(chat, QUESTION)

    assert receipt["cascade"]["why_not"] == "too_slow"
    assert (reply["text"], little.closed) == (OF_LARGE, 1)
    call = await ModelCall.objects.aget(engine="little")
    assert (call.status, call.tier) == ("stopped", "saving")


async def test_a_reply_that_is_stopped_while_the_small_model_writes_tells_what_that_cost(chat, models):
    big, little = models
    little.gate = asyncio.Event()
    little.script = [[said(GOOD)[:20], said(GOOD)[20:]]]

    async with chat() as ana:
        await ana.say(QUESTION)
        begun = await ana.next("reply.started")
        while not little.asked:  # noqa: ASYNC110 - an engine has no event for it
            await asyncio.sleep(0.01)
        await ana.send(type="reply.stop", message_id=begun["message_id"])
        reply = await ana.next("reply.completed")

    receipt = await receipt_of(reply)
    assert (reply["status"], reply["text"], big.asked) == ("stopped", "", [])
    assert receipt["cascade"]["why_not"] == "stopped"
    assert receipt["cascade"]["prompt_tokens"] > 0


async def test_where_both_models_fail_an_article_is_quoted(chat, models):
    big, little = models
    big.script = little.script = [EngineUnavailable("away", reason="connect")]

    reply, receipt = await ask(chat, QUESTION)

    assert receipt["source"] == "quoted_passage"
    assert "Print the label" in reply["text"]


async def test_both_calls_are_metered_and_on_the_receipt(chat, models, settings):
    await prices(settings)
    _, little = models
    little.script = [said("Print the label from your account.")]

    _, receipt = await ask(chat, QUESTION)

    calls = {call.engine: call async for call in ModelCall.objects.filter(purpose="reply")}
    assert set(calls) == {"big", "little"}
    assert receipt["cascade"]["cost_usd"] == f"{calls['little'].cost_usd:.6f}" != "0.000000"
    assert receipt["cascade"]["prompt_tokens"] == calls["little"].prompt_tokens
    assert receipt["cost_usd"] == f"{calls['little'].cost_usd + calls['big'].cost_usd:.6f}"
    assert receipt["saved_usd"]["tier"] == f"{-calls['little'].cost_usd:.6f}"  # it was spent for nothing


async def test_what_the_small_model_saved_is_counted(chat, models, settings):
    await prices(settings)

    _, receipt = await ask(chat, QUESTION)

    assert float(receipt["saved_usd"]["tier"]) == pytest.approx(9 * float(receipt["cost_usd"]), rel=0.01)


# --- the cache ---


async def test_a_cached_answer_says_which_tier_made_it(chat, models, workspace):
    workspace.cache_enabled = True
    await workspace.asave()

    await ask(chat, QUESTION)
    _, receipt = await ask(chat, QUESTION)

    assert (receipt["source"], receipt["made_by"], receipt["tier"]) == ("exact_cache", "saving", None)
    assert (await CachedAnswer.objects.aget()).made_by == "saving"


async def test_what_one_policy_had_cached_is_not_given_under_another(chat, models, workspace):
    workspace.cache_enabled = True
    await workspace.asave()
    await ask(chat, QUESTION)

    workspace.routing_policy = "always_large"
    await workspace.asave()
    reply, receipt = await ask(chat, QUESTION)

    assert (receipt["source"], receipt["tier"], reply["text"]) == ("model", "large", OF_LARGE)


async def test_the_usage_report_counts_replies_by_tier(chat, models, workspace, server):
    _, little = models
    await ask(chat, QUESTION)
    little.script = [said("No source.")]
    await ask(chat, QUESTION)
    issue = sync_to_async(ApiKey.issue)
    _, secret = await issue(workspace, "for tests", ["usage:read"])

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as client:
        totals = (await client.get(f"http://{server}/api/v1/usage/")).json()["totals"]

    assert totals["tiers"] == {"large": 1, "saving": 1}
    assert totals["cascade"] == {"tried": 2, "accepted": 1}
