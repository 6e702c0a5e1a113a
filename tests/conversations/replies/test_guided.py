"""Guidance acts on languages and topics, with a large model and without one; and no answer outlives its guidance."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async

from assistant.guidance import versions
from assistant.guidance.content import Content, Topic
from assistant.llm import embeddings, registry
from assistant.llm.engines.base import EngineUnavailable
from assistant.llm.engines.sentence_encoder import SentenceEncoder
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer
from conversations.models import Conversation, Message
from knowledge.articles import publishing
from knowledge.models import Gap
from language.detection import language_of
from tests.conversations.messaging.test_attachments import client_of
from tests.conversations.messaging.test_file_reading import sent

pytestmark = pytest.mark.django_db(transaction=True)
TALK = Path(__file__).resolve().parents[4] / "shared" / "data" / "talk"
NO_LAW = "We give no legal advice."
LAW = Topic(
    "Legal advice",
    words=("lawsuit", "court case"),
    examples=("Can I sue you?", "Is this legal?", "What are my rights under consumer law?", "I will take you to court"),
    reply=NO_LAW,
)
CANCEL = Topic(
    "Cancel a contract",
    examples=("I want to cancel my contract", "Please close my account", "I want to terminate my subscription"),
)
QUESTION, ANSWER = "How do I send something back?", "Print the label from your account [1]."
BY_MEANING = "can i take legal action against you guys over this"
BY_WORDS = "I am thinking about a lawsuit"


def go_live(workspace: Workspace, **wishes: Any) -> None:
    newest = versions.newest_of(workspace)
    versions.go_live(versions.save_draft(workspace, Content(**wishes), seen=newest and newest.pk))


alive = sync_to_async(go_live)


@pytest.fixture(params=["with a model", "without a model"])
def any_engine(request: Any) -> Any:
    """The scripted engine, or None."""
    with_model = request.param == "with a model"
    made = request.getfixturevalue("engine" if with_model else "no_engine")
    return made if with_model else None


async def reply() -> Message:
    return await Message.objects.filter(role="assistant").alatest("created_at")


@pytest.mark.parametrize(("asked", "by"), [(BY_MEANING, "meaning"), (BY_WORDS, "words")])
async def test_a_forbidden_topic_gets_the_set_reply(chat, any_engine, returns_article, workspace, asked, by):
    await alive(workspace, forbidden_topics=(LAW,))

    async with chat() as ana:
        completed = await ana.ask(asked)

    assert (completed["text"], completed["action"], completed["citations"]) == (NO_LAW, None, [])
    receipt = (await reply()).receipt
    assert receipt["source"] == "rule"
    assert receipt["guidance"]["version"] == 1
    topic = receipt["guidance"]["topic"]
    assert (topic["kind"], topic["name"], topic["by"]) == ("forbidden", "Legal advice", by)
    assert (topic["similarity"] is None) == (by == "words")
    assert any_engine is None or not any_engine.asked
    assert not await CachedAnswer.objects.aexists()
    assert not await Gap.objects.aexists()


async def test_a_question_about_something_else_is_answered(chat, any_engine, returns_article, workspace):
    await alive(workspace, forbidden_topics=(LAW,), handoff_topics=(CANCEL,))
    if any_engine:
        any_engine.script = [ANSWER]

    async with chat() as ana:
        completed = await ana.ask(QUESTION)

    assert "Print the label" in completed["text"]
    assert (await reply()).receipt["guidance"] == {"version": 1, "topic": None}


@pytest.mark.parametrize(
    ("response", "action", "status"),
    [("say", None, "bot"), ("offer", "offer_handoff", "bot"), ("hand_over", "handed_off", "waiting")],
)
async def test_a_topic_says_what_follows(chat, no_engine, workspace, response, action, status):
    await alive(workspace, forbidden_topics=(Topic("Law", ("lawsuit",), response=response, reply=NO_LAW),))

    async with chat() as ana:
        completed = await ana.ask(BY_WORDS)

    assert (completed["text"], completed["action"]) == (NO_LAW, action)
    assert (await Conversation.objects.aget()).status == status


async def test_a_reason_to_hand_over_brings_a_person_in(chat, any_engine, returns_article, workspace):
    await alive(workspace, handoff_topics=(CANCEL,))

    async with chat() as ana:
        completed = await ana.ask("how do i end my contract with you")

    conversation = await Conversation.objects.aget()
    assert completed["action"] == "handed_off"
    assert "colleague" in completed["text"]
    assert (conversation.status, conversation.status_reason) == ("waiting", "guidance")


async def test_a_second_question_of_a_message_is_held_to_it_too(chat, no_engine, returns_article, workspace):
    await alive(workspace, forbidden_topics=(LAW,))

    async with chat() as ana:
        completed = await ana.ask(f"{QUESTION} And can I take legal action against you?")

    assert completed["text"] == NO_LAW


LETTER = "Dear shop,\n\nmy parcel came on Monday and the lamp in it was broken.\n\n{}\n\nYours, Ana"


@pytest.mark.parametrize(
    ("line", "by"),
    [
        ("There will be a court case soon.", "words"),
        ("I will take legal action against you guys over this.", "meaning"),
    ],
)
async def test_what_stands_on_a_file_is_held_to_it_too(
    chat, server, any_engine, returns_article, workspace, settings, tmp_path, line, by
):
    settings.MEDIA_ROOT = tmp_path
    await alive(workspace, forbidden_topics=(LAW,))

    async with chat() as ana, client_of(server, ana.ready["session"]) as browser:
        _, with_text = await sent(ana, browser, LETTER.format(line).encode(), "letter.txt", QUESTION)
        topic = (await reply()).receipt["guidance"]["topic"]
        _, alone = await sent(ana, browser, LETTER.format(line).encode(), "again.txt")

    assert (with_text["text"], topic["name"], topic["by"]) == (NO_LAW, "Legal advice", by)
    assert alone["text"] == NO_LAW
    assert any_engine is None or not any_engine.asked


async def test_a_file_about_something_else_is_answered(
    chat, server, no_engine, returns_article, workspace, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    await alive(workspace, forbidden_topics=(LAW,), handoff_topics=(CANCEL,))

    async with chat() as ana, client_of(server, ana.ready["session"]) as browser:
        _, completed = await sent(
            ana, browser, LETTER.format("I would like a new one.").encode(), "letter.txt", QUESTION
        )

    assert "Print the label" in completed["text"]


@pytest.mark.usefixtures("no_engine")
async def test_without_vectors_words_alone_decide(chat, returns_article, workspace, settings):
    await alive(workspace, forbidden_topics=(LAW,))
    settings.GUIDANCE_SIMILARITY_MIN = 1.1  # no meaning reaches it

    async with chat() as ana:
        by_meaning = await ana.ask(BY_MEANING)
    async with chat() as bob:
        by_words = await bob.ask("so there will be a court case")

    assert by_meaning["text"] != NO_LAW
    assert by_words["text"] == NO_LAW


class KnowsNoTopics(SentenceEncoder):
    """Embeds questions; is away whenever it is asked for the vectors of topics."""

    def embed(self, texts):
        if LAW.examples[0] in texts:
            raise EngineUnavailable("away", reason="unreachable")
        return super().embed(texts)


async def test_what_could_not_be_compared_with_topics_is_given_to_nobody_else(
    chat, engine, returns_article, workspace, settings
):
    backend = f"{__name__}.{KnowsNoTopics.__name__}"
    settings.EMBEDDER = {**settings.EMBEDDER, "BACKEND": backend}
    registry.forget()
    engine = registry.engine(engine.name)
    engine.script = [ANSWER]
    await alive(workspace, forbidden_topics=(Topic("Parcels", examples=LAW.examples, reply=NO_LAW),))

    async with chat() as ana:
        told = await ana.ask(QUESTION)

    assert "Print the label" in told["text"]
    assert not await CachedAnswer.objects.aexists()


async def test_a_language_that_is_not_answered_gets_the_set_reply(chat, any_engine, returns_article, workspace):
    await alive(workspace, languages=("en",), other_languages="We answer in English.")
    if any_engine:
        any_engine.script = [ANSWER]

    async with chat() as ana:
        german = await ana.ask("Wie kann ich meine Bestellung zurücksenden, bitte?")
        receipt = (await reply()).receipt
        english = await ana.ask(QUESTION)

    assert german["text"] == "We answer in English."
    assert receipt["guidance"]["topic"] == {"kind": "language", "name": "de", "by": "words", "similarity": None}
    assert "Print the label" in english["text"]


async def test_what_was_kept_under_another_guidance_is_not_given(chat, engine, returns_article, workspace):
    engine.script = [ANSWER, "Print it [1]."]
    async with chat() as ana:
        await ana.ask(QUESTION)
    await alive(workspace, tone="curt")

    async with chat() as bob:
        second = await bob.ask(QUESTION)
    async with chat() as cid:
        third = await cid.ask(QUESTION)

    assert (second["text"], third["text"]) == ("Print it [1].", "Print it [1].")
    assert len(engine.asked) == 2
    assert json.loads(engine.asked[1].messages[0].content)["style"]["tone"] == "curt"


@pytest.mark.parametrize(("length", "tokens"), [("short", 400), ("normal", 800), ("detailed", 1600)])
async def test_a_model_may_write_as_much_as_the_length_says(chat, engine, returns_article, workspace, length, tokens):
    await alive(workspace, length=length)
    engine.script = [ANSWER]

    async with chat() as ana:
        await ana.ask(QUESTION)

    assert engine.asked[0].max_tokens == tokens


async def test_a_quotation_is_as_long_as_the_length_says(chat, no_engine, workspace):
    def written() -> None:
        sentences = " ".join(
            f"The lamp number {n} is sent back in its own box with the label on top." for n in range(30)
        )
        publishing.publish(publishing.save_draft(workspace, title="Sending lamps back", body=sentences))

    await sync_to_async(written)()
    words = []
    for length in ("short", "normal", "detailed"):
        await alive(workspace, length=length)
        async with chat() as ana:
            words.append(len((await ana.ask("How is a lamp sent back in its box?"))["text"].split()))

    assert words[0] < words[1] < words[2]
    assert words[0] < 90


def about(name: str, *examples: str) -> Topic:
    return Topic(name, examples=examples, reply="No.")


# Each topic with messages that are about it, in words of their own.
ABOUT: dict[Topic, tuple[str, ...]] = {
    about("Legal advice", *LAW.examples): (
        "can i take legal action against you guys over this",
        "what does the law say about refunds after 14 days",
        "do i have a claim for damages in court",
        "my lawyer says you owe me compensation",
        "is it against the law to refuse a refund",
        "should I file a lawsuit",
    ),
    about(
        "Medical advice",
        "Is it safe during pregnancy?",
        "Can I take this with my medication?",
        "What helps against a headache?",
    ): (
        "i'm pregnant, can i use this",
        "does this interact with blood pressure pills",
        "what dose should i give my child",
        "could this cause an allergic reaction on my skin",
        "which painkiller do you recommend",
        "my doctor prescribed antibiotics, is it ok to combine them",
    ),
    about(
        "Politics",
        "What do you think of the president?",
        "Which party should I vote for?",
        "What is your opinion on the war?",
    ): (
        "who should win the election",
        "are you left wing or right wing",
        "what's your view on immigration policy",
        "do you support the government",
        "who did you vote for",
        "is brexit good",
    ),
    about(
        "Competitors",
        "Are you better than Amazon?",
        "How do you compare to your competitors?",
        "Is it cheaper elsewhere?",
    ): (
        "why should i buy from you instead of amazon",
        "does ebay have it cheaper",
        "which other shops sell this",
        "what makes you better than the competition",
        "is zalando better than you",
        "do other stores have lower prices",
    ),
    about(
        "Financial advice",
        "Should I invest in your shares?",
        "Is Bitcoin a good investment?",
        "Can I get a loan?",
    ): (
        "would you buy crypto now",
        "is your stock worth buying",
        "how should i invest my savings",
        "what interest rate would i get on a loan",
        "do you think ethereum will go up",
        "can you give me investment tips",
    ),
    about("cancel contract", *CANCEL.examples): (
        "how do i end my contract with you",
        "get rid of my account please",
        "stop my subscription immediately",
        "i no longer want the service, cancel everything",
        "delete my account",
        "i'd like to quit my plan",
    ),
    about("press", "I am a journalist", "Can I get a statement for my article?", "press enquiry"): (
        "i write for the guardian and would like a comment",
        "who handles media requests",
        "i'm a reporter working on a story about you",
        "can i interview someone from your company",
        "where do i send press questions",
        "need a quote for our newspaper",
    ),
}


@pytest.mark.skipif(not TALK.exists(), reason="needs ../shared/data/talk")
def test_the_threshold_finds_most_and_raises_few_false_alarms(db, settings):
    """The figures of docs/guidance.md: the 776 messages are of three shops, and none asks for any of the topics."""
    rows = [json.loads(line) for file in sorted(TALK.glob("*.jsonl")) for line in file.read_text().splitlines()]
    said = embeddings.embed([row["text"] for row in rows])
    found, taken = 0, np.zeros(len(rows), dtype=bool)
    for topic, messages in ABOUT.items():
        described = embeddings.embed([topic.name, *topic.examples])
        found += int(((embeddings.embed(messages) @ described.T).max(1) >= settings.GUIDANCE_SIMILARITY_MIN).sum())
        taken |= (said @ described.T).max(1) >= settings.GUIDANCE_SIMILARITY_MIN

    assert len(rows) == 776
    assert found == 25  # of 42
    assert int(taken.sum()) == 6


@pytest.mark.skipif(not TALK.exists(), reason="needs ../shared/data/talk")
def test_no_message_in_a_language_that_is_answered_is_turned_away():
    """754 messages in English, German, French and Spanish."""
    rows = [json.loads(line) for file in sorted(TALK.glob("*.jsonl")) for line in file.read_text().splitlines()]
    asked = [row for row in rows if row["lang"] in ("en", "de", "fr", "es")]

    turned_away = [row["text"] for row in asked if language_of(row["text"]) not in (None, row["lang"])]

    assert len(asked) >= 700
    assert not turned_away
