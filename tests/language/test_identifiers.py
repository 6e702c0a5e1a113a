"""P6: what identifies a person is found in a text with its place, and what belongs to a shop is left alone."""

import json
import time

import pytest

from benchmarks import masking, masking_items
from benchmarks.cache_data import FOLDER
from language.identifiers import find


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind.value, text[each.start : each.end]) for each in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to ana.b@example.com, please", "EMAIL", "ana.b@example.com"),
        ("foo [at] bar.com", "EMAIL", "foo [at] bar.com"),
        ("call +45 20 12 34 56", "PHONE", "+45 20 12 34 56"),
        ("my number is 0688 872 49 99.", "PHONE", "0688 872 49 99"),
        ("ring 212-555-0199 after six", "PHONE", "212-555-0199"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 is mine", "IBAN", "GB29 NWBK 6016 1331 9268 19"),
        ("DE89370400440532013000", "IBAN", "DE89370400440532013000"),
        ("4111 1111 1111 1111 was charged", "CARD", "4111 1111 1111 1111"),
        ("my card number 4111 1111 1111 1112", "CARD", "4111 1111 1111 1112"),
        ("Here's my SSN: 460-89-9847", "ID", "460-89-9847"),
        ("mein Personalausweis ist L01X00T471", "ID", "L01X00T471"),
        ("codice RSSMRA85T10A562S", "ID", "RSSMRA85T10A562S"),
        ("my policy number is PX-1234567", "NUMBER", "PX-1234567"),
        ("driving licence D1234567", "NUMBER", "D1234567"),
        ("my licence plate is B-AB 1234", "NUMBER", "B-AB 1234"),
        ("it comes from 93.184.216.34", "IP", "93.184.216.34"),
        ("my password is hunter2 and it fails", "PASSWORD", "hunter2"),
        ("password is 'open sesame'", "PASSWORD", "open sesame"),
        ("the PIN is four seven one one", "PASSWORD", "four seven one one"),
        ("Passwort: Sommer2024!", "PASSWORD", "Sommer2024!"),
        ("my pin 4711", "PASSWORD", "4711"),
        ("use sk-proj-abcdEFGH1234567890xyz", "KEY", "sk-proj-abcdEFGH1234567890xyz"),
        ("https://ana:s3cret@example.org/x", "KEY", "s3cret"),
        ("I'm Ana Smith", "NAME", "Ana Smith"),
        ("Regards, J. Kowalski", "NAME", "J. Kowalski"),
        ("send it to 12 Main Street, Austin, TX 78701", "ADDRESS", "12 Main Street, Austin, TX 78701"),
        ("my zip code is 35350", "ADDRESS", "35350"),
        ("Sara Schwarz\n28245 Puruntie 82 Apt. 595\nOulu\n53650", "ADDRESS", "28245 Puruntie 82 Apt. 595\nOulu\n53650"),
        ("Caitlin Lennox lives at 846 Elm Road", "NAME", "Caitlin Lennox"),
    ],
)
def test_a_value_is_found_in_its_place(text, kind, value):
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Where is order 48231?",
        "order number 2026-00412 of 24.12.2026",
        "tracking number 00349999999999999999",
        "EAN 4006381333931 on the box",
        "Is firmware 10.4.2.1 out?",
        "Updated from 1.2.3.4 to 1.2.4.0",
        "It costs 1.234.567 PLN",
        "I forgot my password",
        "my password is wrong",
        "The PIN is not accepted",
        "Can I change my PIN on holiday?",
        "What is your return policy? It says 30 days.",
        "Is it the 2025/2026 catalogue?",
        "Lens S-200 with 1200 lumens",
        "Is the sale from 3. Mai 2026 to 24.12.2026?",
        "I AM MISSING MY LAMP",
        "Does the Halo Pro 2 fit the Mill 500?",
    ],
)
def test_what_belongs_to_the_shop_is_left_alone(text):
    assert found(text) == []


def test_seeded_values_in_ten_languages_are_found():
    """P6: 99 % of values with a structure."""
    counts = masking.seeded(440)["all"]

    assert counts["hit"] >= 0.99 * counts.total()


def test_numbers_of_a_shop_are_left_alone():
    """P6: at most 5 % of 500 article numbers, versions and orders."""
    assert masking.shop(500)["hit"] <= 25


@pytest.mark.skipif(not FOLDER.exists(), reason="../shared/data is not here")
def test_labelled_values_are_found():
    recall, precision = masking.measure(masking.ours)
    share = {name: counts["hit"] / counts.total() for name, counts in recall.items()}

    assert share["all of ids"] >= 0.95
    assert share["all of addresses"] >= 0.85
    assert precision["all"]["hit"] >= 0.90 * precision["all"].total()


@pytest.mark.skipif(not FOLDER.exists(), reason="../shared/data is not here")
def test_everyday_questions_are_left_alone():
    """Questions to a bank, of which hardly one names anybody."""
    lines = (FOLDER / "banking77" / "dev.jsonl").read_text().splitlines()
    questions = [json.loads(line)["text"] for line in lines]

    assert sum(bool(find(text)) for text in questions) <= 0.005 * len(questions)


@pytest.mark.timing
@pytest.mark.parametrize(
    "seed",
    [
        *("1 ", "1-", "1234 ", "a@", "a.", "A1", "0:", "my password is ", "pin ", "iban ", "policy no. ", "call 1 "),
        *("12 Main ", "100 A. ", "the corner of a ", "Anna ", "is: ", "sk-", "eyJa.", '"', "zwei ", "D1 ", "zip 1 "),
    ],
)
def test_a_hostile_text_takes_no_longer_than_any_other(seed):
    text = (seed * 4000)[:4000]

    began = time.process_time()
    find(text)
    assert time.process_time() - began < 0.5


def test_seeded_sets_are_the_same_every_time():
    assert masking_items.personal(20) == masking_items.personal(20)
    assert masking_items.of_a_shop(20) == masking_items.of_a_shop(20)
