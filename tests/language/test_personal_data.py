"""Personal data in a question: found where it stands, and not where it does not."""

import time

import pytest

from caching.matching.cacheability import classify
from language.personal_data import personal_data_in


# A8: a question with a person's name, street, licence, address on the net or illness was kept as a key.
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Do you ship to ana.holm@example.com?", "an e-mail address"),
        ("What is the policy for a man with HIV named Ford?", "a name"),
        ("What is covered for a man with diabetes?", "somebody's health"),
        ("Kann ich mit meiner Schwangerschaft reisen?", "somebody's health"),
        ("What does the warranty cover for Jeremy Holm?", "a name"),
        ("what does the warranty cover for jeremy", "a name"),
        ("Can Mr. Dent return an item?", "a name"),
        ("Can my son Arthur return an item?", "a name"),
        ("How do I return it, my name is xyzzy", "a name"),
        ("Wie lange dauert es? Ich heiße Xyz", "a name"),
        ("Do you deliver to 221b Baker Street?", "a street"),
        ("Liefert ihr in die Hauptstraße 12?", "a street"),
        ("Livrez-vous rue de la Paix 12 ?", "a street"),
        ("Do you deliver to Apt. 762?", "a street"),
        ("I live in Elmegade 4, do you deliver?", "a street"),
        ("How do I pay with 4111 1111 1111 1111?", "a long number"),
        ("Can you call +45 20 12 34 56?", "a long number"),
        ("Can you call 0688 872 49 99?", "a long number"),
        ("Is GB10LORI20288482594042 right?", "a code of somebody's own"),
        ("Is licence D1234567 valid?", "a number of somebody's own"),
        ("my plate is AB12CDE", "a number of somebody's own"),
        ("my policy number is 4711", "a number of somebody's own"),
        ("Wo ist Bestellung 48231?", "a number of somebody's own"),
        ("my password is hunter2", "a number of somebody's own"),
        ("Does it reach 192.168.1.20?", "an IP address"),
        ("Does it reach 2001:db8::8a2e:370:7334?", "an IP address"),
        ("Is https://shop.example/cart/8a7f3 mine?", "an address on the web"),
        ("I was born in 1961, is there a discount?", "a date of birth or an age"),
        ("I am 67, is there a discount?", "a date of birth or an age"),
    ],
)
def test_personal_data_is_found_and_no_key(text, kind):
    assert personal_data_in(text) == kind
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "How many days do I have to return something?",
        "Is the X-200 kettle waterproof up to 30 m?",
        "What is the warranty on the Alder Kettle?",
        "Do you ship to New York before 24 December 2026?",
        "Are you open from 10:00 to 18:30 on 2026-12-24?",
        "Is delivery free above 1,500.00 EUR?",
        "Does the TX-4471B-EU fit the Mill Pro?",
        "What is called a working day?",
        "How do I change the order of my articles?",
        "How do I set a PIN with four digits?",
        "Does Windows 11 support Bluetooth 5.3?",
        "What are the symptoms of flu?",
        "Wie lange dauert der Versand nach Österreich?",
    ],
)
def test_what_names_nobody_is_no_personal_data(text):
    assert personal_data_in(text) is None


# M5: these were no personal data.
@pytest.mark.parametrize(
    "text",
    [
        "Do you deliver to 12 rue de la Paix?",
        "Livrez-vous au 4 bis, avenue Victor Hugo ?",
        "Livrez-vous au 3 place de la République ?",
        "Livrez-vous 18 chemin des Vignes ?",
        "Do you deliver to 5 Elm Close?",
        "do you deliver to 5 elm close",
        "Do you deliver to 7 Mill Lane?",
        "Is 14 Orchard Way in your zone?",
        "Liefert ihr an Am Markt 7, 12345 Musterstadt?",
        "Liefert ihr am markt 7",
        "Liefern Sie Unter den Linden 77?",
        "Liefern Sie in die Lange Straße 5?",
        "Liefern Sie Platz der Republik 1?",
        "Liefert ihr nach 10117 Berlin?",
        "Consegnate in Via Roma 12?",
        "Consegnate in via Giuseppe Verdi, 8?",
        "Consegnate in Piazza Garibaldi 3?",
        "Czy dostarczacie na Marszałkowska 10?",
        "Czy dostarczacie na ul. Długa 5/7?",
        "Czy dostarczacie do 00-950 Warszawa?",
        "Bezorgt u op Keizersgracht 123?",
        "Bezorgt u in 1016 DK Amsterdam?",
        "Bezorgt u op de Nieuwe Kerkstraat 5?",
        "¿Entregan en Calle Mayor 4?",
        "¿Entregan en la avenida de la Constitución, 22?",
        "Do you deliver to SW1A 1AA?",
        "Do you ship to Austin, TX 78701?",
        "Do you ship to Kalverstraat 92?",
        "Livrez-vous au 75002 Paris ?",
        "ship to Marktgasse 7",
        "Livrez-vous place de la Bastille 4 ?",
        "Czy dostarczacie na pl. Zbawiciela 3?",
        "Czy dostarczacie na Rynek Główny 1?",
    ],
)
def test_an_address_is_found_in_the_form_of_its_country(text):
    assert personal_data_in(text) == "a street"
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "Do you ship within 2 days to close destinations?",
        "Can I pay via PayPal 3 times?",
        "Do you send it via DHL in 2 days?",
        "What happens during 2 weeks of testing?",
        "Can I get help when ordering 3 lamps?",
        "Is it open on 4 May 2026?",
        "Am Montag 7 Uhr geöffnet?",
        "Kommt es im Dezember 2026?",
        "Gilt es ab 10000 Punkte?",
        "Hat der Akku 20000 Stunden Garantie?",
        "Is the 2000 MB plan enough?",
        "Are there 2 ways to pay?",
        "Puis-je payer en cours de 3 mois ?",
        "Wie viele passen auf den Platz 4?",
        "Is there a way to place 2 orders?",
        "Fits the iPad 2 on the Alder Stand 4?",
        "Liefert ihr die Halo Pro 2 am Wochenende?",
        "How do I drive it 2 km in a row?",
    ],
)
def test_what_only_looks_like_an_address_is_none(text):
    assert personal_data_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Ich bin Kowalski, wie lange dauert es?",
        "Je suis Dupont, combien de temps ?",
        "Soy Fernández, ¿cuánto tarda?",
        "Sono Esposito, quanto dura?",
        "Ik ben Jansen, hoe lang duurt het?",
        "Jestem Kowalski, jak długo?",
        "this is kowalski, how long does it take",
        "How long does it take? Regards, J. Kowalski",
        "Wie lange dauert es? Viele Grüße\nKowalski",
        "is it the warranty of mrs kowalski",
        "gilt es für herr kowalski",
        "gilt es für Frau Kowalski",
        "Can you send it to J. Kowalski?",
    ],
)
def test_a_name_is_found_behind_what_names_somebody(text):
    assert personal_data_in(text) == "a name"
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "Ich bin Neukunde, gilt der Rabatt?",
        "Je suis Français, livrez-vous ?",
        "Thanks, how do I return it?",
        "Which plan is better, A or B. Thanks",
        "Kann meine frau hat einer gefragt zahlen?",
        "this is whisky, right?",
    ],
)
def test_a_word_that_names_nobody_is_no_name(text):
    assert personal_data_in(text) is None


# M4, M5: these were no personal data.
@pytest.mark.parametrize(
    "text",
    [
        "Can you call 06.12.34.56.78?",
        "Can you call 06/12/34/56/78?",
        "Ist 030/901820 richtig?",
        "Ist (030) 90 18 20 richtig?",
        "Ist 0151/23456789 richtig?",
    ],
)
def test_a_telephone_number_is_one_however_it_is_grouped(text):
    assert personal_data_in(text) == "a long number"
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "Does it work with GB29 NWBK 6016 1331 9268 19?",
        "Does it work with exp 12/27 cvc 123?",
        "Is cvv 123 right?",
        "Ist die Prüfziffer 123 richtig?",
        "is my number 12 34 56 right",
    ],
)
def test_a_grouped_account_and_what_stands_on_a_card_are_found(text):
    assert personal_data_in(text)
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "Is the sale from 01.12.2026 to 05.12.2026?",
        "Are you open on 24.12.26 and 31/12/2026?",
        "Is the 2025/2026 catalogue printed?",
        "Does it come with 1200/1500 W?",
        "How long do I have, if the offer ends on 2026-12-24?",
        "Do you sell the 06-12 set?",
    ],
)
def test_dates_and_measures_are_no_telephone_numbers(text):
    assert personal_data_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "my licence plate is B-AB 1234",
        "Fits the bag into my car AB12 CDE?",
        "Is M-XY 77 right?",
        "Kennzeichen WA 12345, passt das?",
        "immatriculation AB-123-CD",
        "mi matrícula es 1234 BCD",
        "targa AB 123 CD",
        "mijn kenteken is 12-ABC-3",
        "numer rejestracyjny WA 12345",
    ],
)
def test_a_licence_plate_is_found(text):
    assert personal_data_in(text)
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text",
    [
        "Has it a USB-C 3 port?",
        "Does the LED-TV 55 come with a stand?",
        "How do I change my plate?",
        "Is a targa model sold?",
    ],
)
def test_what_only_looks_like_a_plate_is_none(text):
    assert personal_data_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Do you write to foo [at] bar.com?",
        "Do you write to foo(at)bar.com?",
        "Do you write to foo at bar dot com?",
        "Is facebook.com/anna.k yours?",
        "Can you write to @anna_k?",
        "my instagram: anna.k",
        "Is 10.0.0.1. allowed?",
        "Gibt es Rabatt, geb. 12.03.1985?",
        "Y a-t-il un rabais, né le 12 mars 1985 ?",
        "Jest rabat, ur. 12.03.1985?",
    ],
)
def test_what_finds_somebody_on_the_net_and_a_date_of_birth_are_found(text):
    assert personal_data_in(text)
    assert not classify(text).may_be_kept


@pytest.mark.parametrize(
    "text", ["Can I use @daily as a schedule?", "Do you sell on facebook.com?", "Look at shop dot com"]
)
def test_what_finds_nobody_on_the_net_is_no_personal_data(text):
    assert personal_data_in(text) is None


@pytest.mark.timing
@pytest.mark.parametrize(
    "seed",
    ["a", "1 ", "A1", "0:", "1-", "my name is ", "order no ", "123 main ", "a@", "hi, ", " \n", "i am ", "lives "],
)
def test_a_hostile_text_takes_no_longer_than_any_other(seed):
    """B2, B3: no pattern of the question's way through the cache is worse than linear."""
    text = (seed * 4000)[:4000]

    began = time.process_time()
    classify(text)
    personal_data_in(text)
    assert time.process_time() - began < 0.5
