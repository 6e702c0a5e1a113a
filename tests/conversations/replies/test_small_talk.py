"""What is no question costs nothing and gets a real answer, in the customer's language."""

import pytest

from conversations.canned_responses import PHRASES
from conversations.models import Conversation, Message
from conversations.understanding.acts import Act, ToOffer, act_of, answer_to_offer
from conversations.understanding.offers import offers_person

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = "Do you deliver to the moon?"


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("hi there :)", Act.GREETING),
        ("guten Tag, liebes Team", Act.GREETING),
        ("thank you for explaining", Act.THANKS),
        ("merci bien pour tout", Act.THANKS),
        ("see you next time", Act.GOODBYE),
        ("ok, understood", Act.ACKNOWLEDGEMENT),
        ("is this a chatbot?", Act.ARE_YOU_A_BOT),
        ("what is it that you can help with", Act.WHAT_CAN_YOU_DO),
        ("tell me something funny", Act.CHAT),
        ("let me speak with a human being", Act.WANTS_PERSON),
        ("quisiera hablar con un empleado", Act.WANTS_PERSON),
        ("it does not work", Act.VAGUE),
        ("this is outrageous, your service is the worst", Act.COMPLAINT),
        ("How long does delivery to Norway take?", Act.QUESTION),
        ("Wie kann ich einen Artikel zurückgeben?", Act.QUESTION),
        ("How many people can use one account?", Act.QUESTION),
        ("Who is the contact person for press enquiries?", Act.QUESTION),
    ],
)
def test_the_act_of_a_message_is_told_in_any_language(text: str, act: Act) -> None:
    understood = act_of(text)

    assert understood.act == act
    assert understood.is_sure


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("yes please", ToOffer.ACCEPT),
        ("sehr gern", ToOffer.ACCEPT),
        ("d'accord", ToOffer.ACCEPT),
        ("no, thank you", ToOffer.DECLINE),
        ("nein, ist schon gut", ToOffer.DECLINE),
        ("and what does express delivery cost?", ToOffer.OTHER),
    ],
)
def test_the_answer_to_an_offer_is_understood(text: str, taken: ToOffer) -> None:
    assert answer_to_offer(text) == taken


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_language_offers_a_person_and_has_every_phrase(language: str) -> None:
    assert offers_person(PHRASES[language]["unknown"])
    assert PHRASES[language].keys() == PHRASES["en"].keys()


def test_a_question_about_something_else_is_no_offer() -> None:
    assert not offers_person("Which of the two lamps do you mean?")


async def test_small_talk_is_answered_without_model_and_sources(chat, engine, returns_article):
    async with chat() as ana:
        greeted = await ana.ask("hey, hope you are well")
        thanked = await ana.ask("vielen lieben Dank!")

    assert greeted["citations"] == thanked["citations"] == []
    assert "I'm the assistant of Acme" in greeted["text"]
    assert thanked["text"] == PHRASES["de"]["thanks"]
    assert engine.asked == []


@pytest.mark.parametrize(("text", "status"), [("yes please", "waiting"), ("no thanks", "bot")])
async def test_yes_to_the_offer_of_a_person_brings_one(chat, no_engine, returns_article, text, status):
    async with chat() as ana:
        offered = await ana.ask(UNKNOWN)
        await ana.ask(text)

    assert offered["action"] == "offer_handoff"
    assert (await Conversation.objects.aget()).status == status


async def test_a_vague_message_is_asked_back_with_choices(chat, no_engine, returns_article):
    async with chat() as ana:
        asked = await ana.ask("I have a problem")

    assert asked["text"] == f"{PHRASES['en']['ask_back']}\n\n- Returns and refunds"
    assert asked["citations"] == []


async def test_a_complaint_that_no_article_answers_goes_to_a_person(chat, no_engine, returns_article):
    async with chat() as ana:
        said = await ana.ask("I am furious, this is the worst company in the world")

    conversation = await Conversation.objects.aget()
    assert said["text"] == PHRASES["en"]["complaint"]
    assert (conversation.status, conversation.status_reason) == ("waiting", "complaint")


async def test_the_refusal_is_in_the_customers_language(chat, no_engine, returns_article):
    async with chat() as ana:
        said = await ana.ask("Können Sie mir bitte sagen, wie hoch der Eiffelturm in Paris ist?")

    assert said["text"] in (PHRASES["de"]["unknown"], PHRASES["de"]["chat"].format(shop="Acme"))
    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert set(receipt["understood"]) == {"act", "probability", "questions"}


async def test_a_likely_wish_for_a_person_brings_one(chat, no_engine, returns_article):
    wish = "who is your manager, I want him"

    async with chat() as ana:
        await ana.ask(wish)

    assert not act_of(wish).is_sure
    assert (await Conversation.objects.aget()).status == "waiting"
