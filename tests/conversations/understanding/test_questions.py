"""A message with several questions is split; one with a single question is not (issue 18)."""

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


LED_IN = [  # finding H1: the polite opening is no question, and what follows it is no second one
    ("de", "Können Sie mir sagen, wie lange der Versand dauert?"),
    ("de", "Könnt ihr mir sagen, ob ihr nach Norwegen liefert?"),
    ("de", "Darf ich Sie fragen, wie hoch die Lampe ist?"),
    ("de", "Haben Sie eine Ahnung, wo der Laden ist?"),
    ("de", "Wo kann ich sehen, wie weit mein Paket ist?"),
    ("de", "Wie kann ich prüfen, ob die Lampe echt ist?"),
    ("de", "Ich wüsste wirklich gern, wie lange der Versand dauert."),
    ("de", "Ich hätte da eine Frage: liefert ihr nach Norwegen?"),
    ("de", "Können Sie mir als Neukunde sagen, was kostet der Versand?"),
    ("de", "Wie erfährt man als Kunde, welche Größe die richtige ist?"),
    ("de", "Habt ihr einen Laden in Berlin, wo man die Lampe ansehen kann?"),
    ("en", "Do you happen to know, is there a deadline for sending something back?"),
    ("en", "May I ask you something, do you ship to Norway?"),
    ("en", "Could I please ask you something? Do you ship to Norway?"),
    ("en", "How can I check, whether the lamp is genuine?"),
    ("en", "Where in the app can I see, is the parcel on its way?"),
    ("en", "I would like to know: do you ship to Norway?"),
    ("en", "How long is the warranty, may I ask?"),
    ("en", "Can I return the blue lamp, which is broken?"),
    ("en", "Can I speak with your colleague Anna, who was so friendly?"),
    ("nl", "Kunt u mij vertellen, hoe lang de levering duurt?"),
    ("nl", "Hoe kan ik zien, welke maat ik heb?"),
    ("nl", "Weet iemand van jullie toevallig, wanneer de winkel opengaat?"),
    ("nl", "Ik zou graag willen weten, leveren jullie in Noorwegen?"),
    ("nl", "Hebben jullie een winkel, waar de lampen staan?"),
    ("pl", "Czy możecie mi powiedzieć, ile trwa dostawa?"),
    ("pl", "Czy mogę państwa zapytać, gdzie jest sklep?"),
    ("pl", "Jak mogę sam sprawdzić, czy lampa jest oryginalna?"),
    ("pl", "Jak mogę zwrócić lampę, która jest zepsuta?"),
    ("fr", "Pouvez-vous me dire, quelle est la durée de la garantie ?"),
    ("fr", "Comment puis-je savoir, quelle taille est la bonne ?"),
    ("fr", "Est-ce que vous savez, comment la lampe se monte ?"),
    ("fr", "Puis-je vous demander quelque chose, est-ce que vous livrez en Suisse ?"),
    ("fr", "Puis-je renvoyer la lampe, quand la boîte est ouverte ?"),
    ("es", "¿Me pueden decir ustedes, cuánto tarda el envío?"),
    ("es", "¿Cómo puedo yo comprobar, si hay un defecto?"),
    ("es", "¿Puedo hacerles una pregunta: hacen envíos a Noruega?"),
    ("es", "¿Puedo devolver la lámpara, si hay un defecto?"),
    ("it", "Mi potete dire per favore, quanto dura la garanzia?"),
    ("it", "Posso farvi una domanda, spedite in Norvegia?"),
    ("it", "Dove posso vedere io, quali misure ci sono?"),
    ("it", "Posso restituire la lampada rossa, perché è rotta?"),
    ("pt", "Vocês podem me dizer, quanto custa a entrega?"),
    ("pt", "Posso fazer uma pergunta, vocês entregam na Noruega?"),
    ("pt", "Como é que posso verificar, se há um defeito?"),
    ("pt", "Posso devolver a minha lâmpada, porque não funciona?"),
]


@pytest.mark.parametrize(("language", "text"), LED_IN)
def test_a_polite_opening_and_what_it_leads_in_are_one_question(language: str, text: str) -> None:
    assert questions_in(text, language) == (text,)


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        (
            "de",
            "Können Sie mir sagen, wie lange die Garantie gilt und ob ihr nach Norwegen liefert?",
            ("Können Sie mir sagen, wie lange die Garantie gilt", "ob ihr nach Norwegen liefert?"),
        ),
        (
            "de",
            "Wie lange gilt die Garantie? Ich wüsste auch gern, ob ihr nach Norwegen liefert.",
            ("Wie lange gilt die Garantie?", "Ich wüsste auch gern, ob ihr nach Norwegen liefert."),
        ),
        (
            "de",
            "Wo kann ich meine Rechnung sehen? Wie lange dauert der Versand?",
            ("Wo kann ich meine Rechnung sehen?", "Wie lange dauert der Versand?"),
        ),
        (
            "de",
            "Wie lange gilt die Garantie, was kostet der Versand?",
            ("Wie lange gilt die Garantie", "was kostet der Versand?"),
        ),
        (
            "en",
            "How long is the warranty, and can you tell me, do you ship to Norway?",
            ("How long is the warranty", "can you tell me, do you ship to Norway?"),
        ),
        (
            "nl",
            "Kunt u mij zeggen, hoe lang de garantie is en leveren jullie in Noorwegen?",
            ("Kunt u mij zeggen, hoe lang de garantie is", "leveren jullie in Noorwegen?"),
        ),
        (
            "pl",
            "Czy możecie mi powiedzieć, ile trwa dostawa i czy wysyłacie do Norwegii?",
            ("Czy możecie mi powiedzieć, ile trwa dostawa", "czy wysyłacie do Norwegii?"),
        ),
        (
            "fr",
            "Pouvez-vous me dire, quelle est la garantie et est-ce que vous livrez en Suisse ?",
            ("Pouvez-vous me dire, quelle est la garantie", "est-ce que vous livrez en Suisse ?"),
        ),
    ],
)
def test_a_polite_opening_goes_with_the_question_behind_it(language: str, text: str, parts: tuple[str, ...]) -> None:
    """Finding H1, where more is asked."""
    assert questions_in(text, language) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Puis-je retourner la lampe ? Combien coûte le retour ?",
            ("Puis-je retourner la lampe ?", "Combien coûte le retour ?"),
        ),
        (
            "Combien coûte la livraison et puis-je payer par facture ?",
            ("Combien coûte la livraison", "puis-je payer par facture ?"),
        ),
        (
            "Combien coûte la livraison, et puis est-ce que vous livrez en Suisse ?",
            ("Combien coûte la livraison", "est-ce que vous livrez en Suisse ?"),
        ),
    ],
)
def test_french_puis_je_begins_a_question(text: str, parts: tuple[str, ...]) -> None:
    """Finding M3: "puis" is a conjunction, "puis-je" is not."""
    assert questions_in(text, "fr") == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Jak długa jest gwarancja i czy wysyłacie do Norwegii?",
            ("Jak długa jest gwarancja", "czy wysyłacie do Norwegii?"),
        ),
        ("Ile kosztuje lampa i jak ciężka jest?", ("Ile kosztuje lampa", "jak ciężka jest?")),
        ("Jak wysokie są lampy? Ile trwa dostawa?", ("Jak wysokie są lampy?", "Ile trwa dostawa?")),
    ],
)
def test_polish_how_before_an_adjective_begins_a_question(text: str, parts: tuple[str, ...]) -> None:
    assert questions_in(text, "pl") == parts


def test_a_question_that_is_asked_twice_is_one() -> None:
    twice = "Who sang at the opera? who sang at the opera?"

    assert questions_in(twice, "en") == (twice,)
    assert questions_in("When are you open? And when are you open? Do you ship?", "en") == (
        "When are you open?",
        "Do you ship?",
    )


def test_there_are_never_more_than_three_parts_and_nothing_is_lost() -> None:
    text = "When are you open? Where are you? Do you ship to Oslo? How much is it?"

    assert questions_in(text, "en") == ("When are you open?", "Where are you?", "Do you ship to Oslo? How much is it?")


def test_a_long_story_stays_whole() -> None:
    assert len(questions_in("When are you open? Can I pay by card? " * 20, "en")) == 1
    assert len("When are you open? Can I pay by card? " * 20) > MAX_CHARS


def test_questions_are_known_in_every_language_with_signs() -> None:
    assert QUESTIONS.keys() == SIGNS.keys()
