"""What may be kept for others, and what must not."""

from pathlib import Path

import pytest

from caching.matching.cacheability import classify

TALK = [("user", "I want to leave my gym contract."), ("assistant", "Your contract runs until May.")]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How do I reset my password?", "static"),
        ("What is your returns policy?", "static"),
        ("Can I return an item if I lost its receipt?", "static"),
        ("When was the company founded?", "static"),
        ("How much is express shipping?", "dynamic"),
        ("Is the blue mug in stock?", "dynamic"),
        ("Are you open right now?", "dynamic"),
        ("Where is my order?", "personal"),
        ("My refund has not arrived", "personal"),
        ("Track order 48213", "personal"),
        ("Mail me at ana@example.com", "personal"),
        ("Cancel my subscription", "side_effect"),
        ("I want to speak to a human", "side_effect"),
        ("How do I cancel it?", "follow_up"),
        ("What about the second one?", "follow_up"),
        ("What is the policy on those?", "follow_up"),
        ("Is that included?", "follow_up"),
        ("And if it has already left?", "follow_up"),
        ("Thanks a lot!", "small_talk"),
        ("hello", "small_talk"),
    ],
)
def test_a_first_question_is_of_one_kind(question, kind):
    assert classify(question).kind == kind


@pytest.mark.parametrize(
    "question", ["How much notice do I need to give?", "so what do I owe?", "how long does it take?"]
)
def test_a_later_question_on_the_same_matter_is_a_follow_up(question):
    assert not classify(question, TALK).may_be_kept


def test_a_later_question_on_a_new_matter_stands_alone():
    assert classify("Do you offer swimming lessons for children?", TALK).kind == "static"


@pytest.mark.parametrize(
    "question",
    [
        "How many days do I have to return something?",
        "How can I change the current time on the TV?",
        "How long does the money take if I paid with PayPal?",
        "Is there a discount for students?",
        "How do I find mails that have no label?",
        "Is it necessary to keep the box?",
        "Can you ship to Norway?",
        "What is the warranty on the kettle?",
        "Who pays for the return?",
        "return policy",
    ],
)
def test_what_shows_that_it_holds_for_everyone_is_static(question):
    assert classify(question).kind == "static"


# A7: what nothing else claimed was called static, and kept for others.
@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Any update on my order", "personal"),
        ("my policy number is 4711", "personal"),
        ("I ordered a mug and it still has not arrived, what can I do?", "personal"),
        ("I returned a jacket, how can I see when my money arrives?", "personal"),
        ("I dropped the lamp and the shade is cracked, is that covered?", "personal"),
        ("How many points do I have?", "personal"),
        ("Did you receive my return?", "personal"),
        ("Why was I charged twice?", "personal"),
        ("How do I check my balance?", "personal"),
        ("What's my tire pressure?", "personal"),
        ("put my delivery on hold", "side_effect"),
        ("change my PIN to 1234", "side_effect"),
        ("Can you check my balance?", "side_effect"),
        ("I need to change the address of a parcel", "side_effect"),
        ("How do I return an item? And cancel the other order.", "side_effect"),
        ("Who is the mayor of Oslo?", "dynamic"),
        ("Who holds the record for the longest warranty?", "dynamic"),
        ("Who is your CEO?", "dynamic"),
        ("When did Norway last win a medal?", "dynamic"),
        ("Which tower is the tallest?", "dynamic"),
        ("Is the blue mug in stock?", "dynamic"),
        ("What are the latest changes to the terms?", "dynamic"),
        ("The mug is nice", "unclear"),
        ("mug blue handle", "unclear"),
        ("How long does it take?", "unclear"),
        ("Tell me about Norway", "side_effect"),
    ],
)
def test_what_is_not_shown_to_hold_for_everyone_is_kept_for_nobody(question, kind):
    found = classify(question)

    assert (found.kind, found.may_be_kept) == (kind, False)


# A4: the rules of the text's own language, whatever the widget says.
@pytest.mark.parametrize(
    "question",
    [
        "Hallo, meine Bestellung ist nicht da.",
        "Wann kommt meine Bestellung an?",
        "Wo bleibt mein Paket?",
        "Bitte storniere die Lieferung nach Wien",
        "Wie ist der Status der Lieferung nach Wien?",
        "Wer ist gerade der Geschäftsführer von euch?",
        "Wie kann ich sehen, ob mein Geld angekommen ist?",
        "Où est ma commande ?",
        "Quand est-ce que je vais recevoir mon colis ?",
        "Annulez la livraison de demain s'il vous plaît",
        "Je voudrais changer l'adresse de livraison",
        "Qui est le directeur de votre entreprise ?",
        "¿Dónde está mi pedido?",
        "Quiero cancelar el pedido de ayer",
        "¿Cuándo llega mi paquete?",
        "¿Quién es el presidente de la empresa?",
        "Dov'è il mio ordine?",
        "Vorrei annullare l'ordine",
        "Waar blijft mijn bestelling?",
        "Kunnen jullie mijn adres wijzigen?",
        "Gdzie jest moja paczka?",
        "Proszę anulować moje zamówienie",
        "Onde está a minha encomenda?",
        "Quero cancelar a encomenda",
        "Missä tilaukseni on?",
        "Kuinka kauan toimitus kestää?",
        "Hvor er min pakke?",
    ],
)
def test_own_matters_and_acts_are_known_in_the_language_of_the_text(question):
    assert not classify(question).may_be_kept


@pytest.mark.parametrize(
    "question",
    [
        "Wie lange dauert der Versand nach Österreich?",
        "Wie kann ich einen Artikel zurückgeben?",
        "Liefert ihr in die Schweiz?",
        "Combien de temps prend la livraison en Belgique ?",
        "Comment puis-je retourner un article ?",
        "Quels sont les frais de livraison ?",
        "¿Cuánto tarda el envío a Portugal?",
        "¿Cómo puedo devolver un artículo?",
        "¿Hacen envíos a Canarias?",
        "Quanto tempo ci vuole per la spedizione?",
        "Hoe lang duurt de levering naar België?",
        "Jak długo trwa dostawa do Niemiec?",
        "Quanto tempo demora a entrega em Portugal?",
    ],
)
def test_what_holds_for_everyone_is_known_in_the_language_of_the_text(question):
    assert classify(question).may_be_kept


def test_a_later_question_in_another_language_is_for_nobody_else():
    assert not classify("Wie lange dauert der Versand nach Österreich?", TALK).may_be_kept


def test_every_kind_comes_with_its_reason():
    assert classify("How do I reset my password?").why == "asks how something is done"


HERE = Path(__file__).parent


# A7
@pytest.mark.parametrize("message", (HERE / "risky_messages.txt").read_text().splitlines())
def test_accounts_acts_and_this_moment_are_for_nobody_else(message):
    assert not classify(message).may_be_kept


@pytest.mark.parametrize("question", (HERE / "common_questions.txt").read_text().splitlines())
def test_common_questions_are_still_answered_once_for_all(question):
    assert classify(question).may_be_kept
