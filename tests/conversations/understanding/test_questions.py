"""A message that asks several things is taken apart; one that asks one thing is not (issue 18, two questions)."""

import pytest

from conversations.understanding.questions import MAX_CHARS, questions_in
from language.signs import SIGNS
from language.signs.questions import QUESTIONS


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        (
            "en",
            "How long is the warranty, and do you ship to Norway?",
            ("How long is the warranty", "do you ship to Norway?"),
        ),
        ("en", "When are you open? Also can I pay by invoice?", ("When are you open?", "can I pay by invoice?")),
        ("en", "how heavy is the large one and how loud", ("how heavy is the large one", "how loud")),
        (
            "en",
            "I live in Oslo. What's the delivery time and who pays the duty, thanks",
            ("I live in Oslo. What's the delivery time", "who pays the duty, thanks"),
        ),
        (
            "en",
            "What sizes are there, is it blue and how do I wash it?",
            ("What sizes are there", "is it blue", "how do I wash it?"),
        ),
        (
            "de",
            "Wie lange gilt die Garantie und liefert ihr nach Norwegen?",
            ("Wie lange gilt die Garantie", "liefert ihr nach Norwegen?"),
        ),
        (
            "de",
            "Wann habt ihr auf? Kann ich auch auf Rechnung zahlen?",
            ("Wann habt ihr auf?", "Kann ich auch auf Rechnung zahlen?"),
        ),
        (
            "fr",
            "Combien de temps dure la garantie et est-ce que vous livrez en Suisse ?",
            ("Combien de temps dure la garantie", "est-ce que vous livrez en Suisse ?"),
        ),
        (
            "es",
            "¿Cuánto dura la garantía? ¿Hacen envíos a Noruega?",
            ("¿Cuánto dura la garantía?", "¿Hacen envíos a Noruega?"),
        ),
        ("it", "Quanto dura la garanzia e quali paesi servite?", ("Quanto dura la garanzia", "quali paesi servite?")),
        (
            "nl",
            "Hoe lang is de garantie en leveren jullie in Noorwegen?",
            ("Hoe lang is de garantie", "leveren jullie in Noorwegen?"),
        ),
        ("pl", "Ile trwa gwarancja i czy wysyłacie do Norwegii?", ("Ile trwa gwarancja", "czy wysyłacie do Norwegii?")),
        (
            "pt",
            "Quanto dura a garantia e quais são os países de entrega?",
            ("Quanto dura a garantia", "quais são os países de entrega?"),
        ),
    ],
)
def test_a_message_with_several_questions_is_taken_apart(language: str, text: str, parts: tuple[str, ...]) -> None:
    assert questions_in(text, language) == parts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "hi, do you ship to Norway? and thanks"),
        ("en", "How and when do I pay?"),
        ("en", "What do I do if the lamp is broken and is not charging?"),
        ("en", "Can I take it apart and do it myself?"),
        ("en", "Do you ship to Norway or do I have to pick it up?"),
        ("en", "If it breaks, can I send it back?"),
        ("en", "At which age, may I ask?"),
        ("en", "My parcel has not come. Can you help me?"),
        ("en", "How do I return a lamp which I bought and which I used?"),
        ("en", "I can't log in? What can I do now?"),
        ("en", "Why?"),
        ("en", ""),
        ("en", "?!"),
        ("de", "Was mache ich, wenn die Lampe kaputt ist und nicht lädt?"),
        ("de", "Wie und wann bezahle ich?"),
        ("fr", "Bonjour, est-ce que vous livrez en Suisse ? Merci !"),
        ("es", "¿Cómo y cuándo pago?"),
        ("ja", "\u4fdd\u8a3c\u671f\u9593\u306f\uff1f\u914d\u9001\u3067\u304d\u307e\u3059\u304b\uff1f"),
    ],
)
def test_a_message_with_one_question_stays_whole(language: str, text: str) -> None:
    assert questions_in(text, language) == (text,)


def test_there_are_never_more_than_three_parts_and_nothing_is_lost() -> None:
    text = "When are you open? Where are you? Do you ship to Oslo? How much is it?"

    assert questions_in(text, "en") == ("When are you open?", "Where are you?", "Do you ship to Oslo? How much is it?")


def test_a_long_story_stays_whole() -> None:
    assert len(questions_in("When are you open? Can I pay by card? " * 20, "en")) == 1
    assert len("When are you open? Can I pay by card? " * 20) > MAX_CHARS


def test_questions_are_known_in_every_language_with_signs() -> None:
    assert QUESTIONS.keys() == SIGNS.keys()
