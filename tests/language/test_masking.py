"""What tells of a person is taken out of a text, and what cannot be is told."""

import pytest

from language.masking import masked


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("my mail is ana.b@example.com, order #48231 is late", "my mail is [e-mail address], order [number] is late"),
        ("I'm Ana Smith and my wife Berta wants it back", "I'm [name] and my wife [name] wants it back"),
        ("my name is ana smith and i want a refund", "my name is [name] and i want a refund"),
        ("ich heiße Anna Müller, Bestellung 12345", "ich heiße [name], Bestellung [number]"),
        ("call me on +49 170 1234567 please", "call me on [number] please"),
        ("my password is hunter22 and it fails", "my password [secret] and it fails"),
        ("Please ship it to 12 Main Street.", "Please ship it to [street]."),
        ("see https://x.example/z?a=1.", "see [web address]."),
        ("it comes from 10.0.0.1", "it comes from [IP address]"),
        ("IBAN DE89370400440532013000 is mine", "IBAN [number] is mine"),
        ("my ssn is 123 45 6789", "my ssn is [number]"),
        ("customer number 123 456 789 please", "customer number [number] please"),
        ("my number is 089 12 34 56", "my number is [number]"),
        ("my account number is 1234 5678", "my account number is [number]"),
        ("my order 48231 3 weeks ago", "my order [number] 3 weeks ago"),
        ("call 06.12.34.56.78 or 0151/23456789", "call [number] or [number]"),
        ("IBAN DE89 3704 0044 0532 0130 00 is mine", "IBAN [number] is mine"),
        ("GB29 NWBK 6016 1331 9268 19 is mine", "[number] is mine"),
        ("exp 12/27 cvc 123", "exp [number] cvc [number]"),
        ("my licence plate is B-AB 1234", "my licence plate is [plate]"),
        ("write to foo [at] bar.com or @anna_k", "write to [e-mail address] or [name]"),
        ("my ip is 10.0.0.1.", "my ip is [IP address]."),
        ("my name is Anna-Lena von der Heide, hello", "my name is [name], hello"),
        ("Is it late? Regards, J. Kowalski", "Is it late? Regards, [name]"),
        ("send it to 12 rue de la Paix, please", "send it to [street], please"),
        ("Am Markt 7, 12345 Musterstadt", "[street], [street]"),
        ("it is Prinsengracht 263-267", "it is [street]"),
        ("ship to Marszałkowska 10 then", "ship to [street] then"),
    ],
)
def test_personal_data_is_replaced_by_what_it_was(said: str, left: str):
    result = masked(said)

    assert (result.text, result.remaining) == (left, None)
    assert result.replaced


@pytest.mark.parametrize(
    "said",
    [
        "How do I return something within 30 days?",
        "Does the Halo Pro fit a desk of 80 cm?",
        "Is there a sale on 24.12.2026?",
        "Wann kommt mein Paket an?",
    ],
)
def test_a_text_that_tells_of_nobody_stays_as_it_is(said: str):
    assert (masked(said).text, masked(said).replaced) == (said, ())


def test_what_is_known_of_the_customer_is_taken_out_wherever_it_stands():
    result = masked("Quillfeather here, id zq-77. A QUILLFEATHERED bird.", ["Zoe Quillfeather", "zq-77"])

    assert result.text == "[name] here, id [name]. A QUILLFEATHERED bird."


def test_a_known_name_is_taken_out_with_the_ending_of_a_genitive():
    result = masked("Quillfeathers lamp and QUILLFEATHER'S desk", ["Zoe Quillfeather"])

    assert result.text == "[name] lamp and [name] desk"


@pytest.mark.parametrize("said", ["x@y.zz " * 560, "\ufdfa" * 3000])
def test_a_masked_text_is_no_longer_than_a_text_may_be(said: str):
    """Low: every e-mail address became longer by ten characters."""
    assert len(masked(said).text) <= 4000


@pytest.mark.parametrize(
    "said", ["i have diabetes, can i take the pills", "I am 34 years old, may I order?", "geb. 12.03.1985"]
)
def test_what_cannot_be_taken_out_is_told(said: str):
    assert masked(said).remaining
