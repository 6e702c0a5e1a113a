"""Seeded sentences for measuring what is masked: personal data in ten languages, and numbers that belong to a shop."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

CARRIERS = {
    "en": ("Hello, {} thanks", "Please note {}. When will it arrive?", "{}"),
    "de": ("Hallo, {} danke", "Bitte notieren: {}. Wann kommt es?", "{}"),
    "fr": ("Bonjour, {} merci", "Notez {}. Quand arrive-t-il ?", "{}"),
    "es": ("Hola, {} gracias", "Anote {}. ¿Cuándo llega?", "{}"),
    "it": ("Salve, {} grazie", "Prenda nota: {}. Quando arriva?", "{}"),
    "nl": ("Hallo, {} bedankt", "Noteer {}. Wanneer komt het?", "{}"),
    "pl": ("Dzień dobry, {} dziękuję", "Proszę zanotować: {}. Kiedy dotrze?", "{}"),
    "pt": ("Olá, {} obrigado", "Anote {}. Quando chega?", "{}"),
    "sv": ("Hej, {} tack", "Notera {}. När kommer det?", "{}"),
    "da": ("Hej, {} tak", "Noter {}. Hvornår kommer det?", "{}"),
}
SAYS = {
    "EMAIL": ("my e-mail is {}", "meine E-Mail ist {}", "mon adresse est {}", "{}", "<{}>"),
    "PHONE": ("call me on {}", "Telefon {}", "mon téléphone est le {}", "mi teléfono es {}", "tel. {}"),
    "IBAN": ("IBAN {}", "my account: {}", "Konto {}", "{}"),
    "CARD": ("my card {}", "Kreditkarte {}", "carte {}", "{}"),
    "ID": ("SSN {}", "my social security number is {}", "{}"),
    "IP": ("my IP is {}", "it comes from {}", "IP-Adresse {}"),
    "PASSWORD": ("my password is {}", "password: {}", "mein Passwort lautet {}", "mot de passe : {}", "contraseña: {}"),
    "PIN": ("my PIN is {}", "PIN: {}", "meine PIN ist {}", "mon code PIN est {}"),
    "KEY": ("the key is {}", "{}", "api_key={}"),
    "POLICY": (
        "my policy number is {}",
        "policy no. {}",
        "Versicherungsnummer {}",
        "numéro de police d'assurance : {}",
    ),
    "LICENCE": ("my driving licence is {}", "driver's license number: {}", "Führerschein {}"),
}
GIVEN = ["anna", "jonas", "maria", "pierre", "lucia", "tomasz", "ingrid", "marco", "joao", "sanne"]
FAMILY = ["berg", "keller", "moreau", "garcia", "nowak", "lind", "rossi", "silva", "visser", "holm"]


@dataclass(frozen=True, slots=True)
class Item:
    kind: str
    text: str
    value: str


def personal(count: int, seed: int = 7) -> list[Item]:
    """Return `count` sentences, each with one personal value; kinds and languages in turn."""
    drawn = random.Random(seed)
    return [_item(list(VALUES)[number % len(VALUES)], drawn) for number in range(count)]


def _item(kind: str, drawn: random.Random) -> Item:
    value = VALUES[kind](drawn)
    carrier = drawn.choice(CARRIERS[drawn.choice(list(CARRIERS))])
    return Item(kind, carrier.format(drawn.choice(SAYS[kind]).format(value)), value)


def digits(drawn: random.Random, count: int) -> str:
    return "".join(drawn.choice("0123456789") for _ in range(count))


def _card(drawn: random.Random) -> str:
    body = drawn.choice(("4", "51", "55", "2221")) + digits(drawn, 15)
    body = body[:15]
    number = body + luhn.calc_check_digit(body)
    return drawn.choice((number, " ".join(number[at : at + 4] for at in range(0, 16, 4))))


def _iban(drawn: random.Random) -> str:
    country, length = drawn.choice((("DE", 18), ("FR", 23), ("ES", 20), ("NL", 0), ("AT", 16), ("BE", 12)))
    body = f"ABNA{digits(drawn, 10)}" if country == "NL" else digits(drawn, length)
    number = country + mod_97_10.calc_check_digits(f"{body}{country}") + body
    return drawn.choice((number, " ".join(number[at : at + 4] for at in range(0, len(number), 4))))


def _phone(drawn: random.Random) -> str:
    form = drawn.choice(
        (
            *(
                "+49 151 2{7}",
                "+44 7911 {6}",
                "+33 6 {2} {2} {2} {2}",
                "0151 2{7}",
                "06 {2} {2} {2} {2}",
                "(212) 55{1}-{4}",
            ),
            *(
                "212-55{1}-{4}",
                "07911 {6}",
                "+34 6{2} {3} {3}",
                "+48 50{1} {3} {3}",
                "+1 (415) 55{1} {4}",
                "030/9018{4}",
            ),
        )
    )
    for size in "1234567":
        while f"{{{size}}}" in form:
            form = form.replace(f"{{{size}}}", digits(drawn, int(size)), 1)
    return form


def _ssn(drawn: random.Random) -> str:
    return f"{drawn.randint(100, 665)}-{drawn.randint(10, 99)}-{drawn.randint(1000, 9999)}"


def _ip(drawn: random.Random) -> str:
    four = ".".join(str(drawn.randint(33, 254)) for _ in range(4))
    return drawn.choice((four, four, f"2001:db8:{drawn.randint(10, 99)}::{drawn.randint(1000, 9999)}"))


def _email(drawn: random.Random) -> str:
    given, family = drawn.choice(GIVEN), drawn.choice(FAMILY)
    form = drawn.choice(
        ("{g}.{f}@mail.example", "{g}{n}@example.co.uk", "{g}_{f}+shop@sub.example.org", "{F}@example.de")
    )
    return form.format(g=given, f=family, n=drawn.randint(1, 99), F=family.title())


def _policy(drawn: random.Random) -> str:
    return drawn.choice((f"PX-{digits(drawn, 7)}", f"{digits(drawn, 3)}-{digits(drawn, 6)}", f"A{digits(drawn, 8)}"))


def _key(drawn: random.Random) -> str:
    letters = "".join(drawn.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(36))
    return drawn.choice(
        (f"sk-proj-{letters}", f"ghp_{letters}", f"AKIA{letters[:16].upper()}", f"sk_live_{letters[:24]}")
    )


VALUES: dict[str, Callable[[random.Random], str]] = {
    "EMAIL": _email,
    "PHONE": _phone,
    "IBAN": _iban,
    "CARD": _card,
    "ID": _ssn,
    "IP": _ip,
    "PASSWORD": lambda drawn: drawn.choice(("hunter{}", "Sommer{}!", "tr0ub4dor&{}", "x{}Kq_z")).format(
        digits(drawn, 3)
    ),
    "PIN": lambda drawn: digits(drawn, 4),
    "KEY": _key,
    "POLICY": _policy,
    "LICENCE": lambda drawn: f"{drawn.choice('ABDKM')}{digits(drawn, drawn.choice((7, 8)))}",
}
OF_A_SHOP = (
    *("Where is my order {o}?", "order number {o} is late", "Bestellung {o} ist nicht da", "Ma commande {o} ?", "#{o}"),
    *("Do you have {s} in stock?", "Is {s} compatible with {s}?", "Article {s}, please", "Ersatzteil {s} für {s}"),
    *("It runs firmware {v}", "Does {v} fix it?", "Updated from {v} to {v}", "Since version {v} it fails"),
    *("It costs {p}, right?", "Is delivery free above {p}?", "Ihr schreibt {p} statt {p}", "I paid {p} on {d}"),
    *(
        "Delivered on {d}?",
        "Is the sale from {d} to {d}?",
        "Am {d} bestellt",
        "tracking number {t}",
        "Paket {t} verfolgen",
    ),
    *("Invoice {o} of {d}", "EAN {e}", "barcode {e} on the box", "serial number {n}", "RMA {o}", "voucher code {c}"),
    *(
        "It has 5000 mAh and weighs 1200 g, {s}",
        "Lens {s} with 1200 lumens",
        "{s} 230 V 50 Hz",
        "the {s} manual, page 128",
    ),
)


def of_a_shop(count: int, seed: int = 11) -> list[str]:
    """Return `count` sentences with orders, articles, versions, prices and dates, and nothing personal."""
    drawn = random.Random(seed)
    return [_filled(OF_A_SHOP[number % len(OF_A_SHOP)], drawn) for number in range(count)]


def _filled(template: str, drawn: random.Random) -> str:
    for mark, value in _SHOP_VALUES.items():
        while mark in template:
            template = template.replace(mark, value(drawn), 1)
    return template


def _one_of(*forms: str) -> Callable[[random.Random], str]:
    """Forms in which 9 stands for a digit and X for a capital."""

    def value(drawn: random.Random) -> str:
        letters = "ABCDEFGHKLMNPRSTUVWXYZ"
        return "".join(_drawn(drawn, character, letters) for character in drawn.choice(forms))

    return value


def _drawn(drawn: random.Random, character: str, letters: str) -> str:
    return digits(drawn, 1) if character == "9" else drawn.choice(letters) if character == "X" else character


def _ean(drawn: random.Random) -> str:
    body = "400" + digits(drawn, 9)
    weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return body + str(-weighted % 10)


_SHOP_VALUES: dict[str, Callable[[random.Random], str]] = {
    "{o}": _one_of(
        "99999", "1000999999", "2026-99999", "X99-9999999-9999999", "999-9999999-9999999", "SO-999999", "99999999"
    ),
    "{s}": _one_of(
        "XX-9999X-EU", "X-200", "XX999", "99-9999", "XXX-99-X", "K99999", "9999.99.999", "XX99 Pro", "99999-XX"
    ),
    "{v}": _one_of("1.9.9", "2.9", "v3.9.99", "10.9.9.9", "2026.9", "1.99.9-beta9"),
    "{p}": _one_of("99.99 €", "€1,999.00", "1.999,00 EUR", "$99", "999 PLN", "12 999 zł"),
    "{d}": _one_of(
        "2026-11-29", "24.12.2026", "12/24/2026", "1 March 2026", "3. Mai 2026", "24.12.26", "2026-11-29 10:30"
    ),
    "{t}": _one_of("1Z999XX99999999999", "00349999999999999999", "XX999999999DE", "999999999999"),
    "{e}": _ean,
    "{n}": _one_of("XX9999999999", "999999999999", "X9X9X9X9X9"),
    "{c}": _one_of("SAVE99", "XXXX-9999-XXXX", "WELCOME10"),
}


def labelled(rows: Iterator[dict[str, object]]) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    """Yield text and labelled spans of rows of `presidio_pii`."""
    for row in rows:
        spans = row["spans"]
        assert isinstance(spans, list)
        yield str(row["text"]), [(span["start"], span["end"], span["type"]) for span in spans]
