"""The result of a detector, and helpers for the words around a number. All patterns run in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

CONTEXT_CHARS = 60


class Kind(StrEnum):
    """The kinds of personal data. The values are used in placeholders."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    IBAN = "IBAN"
    CARD = "CARD"
    ID = "ID"  # issued by a state: social security, tax, passport
    NUMBER = "NUMBER"  # of a contract, an account, a licence
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    PASSWORD = "PASSWORD"
    KEY = "KEY"
    IP = "IP"


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A finding in a text. `sure` is False if the only evidence is a list of names."""

    start: int
    end: int
    kind: Kind
    sure: bool = True


# Words directly before one of the shop's own numbers: an order, an article, a version.
_SHOP_NUMBER = re.compile(
    r"\b(?:order|orders|ordernumber|invoice|receipt|ticket|case|tracking|parcel|shipment|consignment|waybill|return|"
    r"rma|sku|item|article|art|product|part|model|mod|version|ver|firmware|build|release|serial|s/n|imei|ean|upc|gtin|"
    r"isbn|barcode|batch|lot|voucher|coupon|gift card|reference|ref|booking|bestellung|bestellnummer|bestellnr|auftrag|"
    r"auftragsnummer|rechnung|rechnungsnummer|sendung|sendungsnummer|paket|artikel|artikelnummer|artikelnr|gutschein|"
    r"kundennummer|customer number|customer no|customer id|seriennummer|typ|commande|facture|suivi|colis|pedido|"
    r"factura|envío|artículo|ordine|fattura|spedizione|articolo|bestelling|bestelnummer|factuur|zamówienie|zamówienia|"
    r"faktura|przesyłka|encomenda|fatura)\b\.?"
    r"[\s:#=.-]{0,4}(?:(?:number|numbers|numero|número|numer|nummer|no|nr|num|code|id|is|was|ist|est|es|è|to|lautet|"
    r"de|of|the|my)\b[\s:#=.-]{0,4}){0,4}\Z",
    re.IGNORECASE,
)


def before(text: str, start: int, chars: int = CONTEXT_CHARS) -> str:
    return text[max(0, start - chars) : start]


def is_numbered_by_the_shop(text: str, start: int) -> bool:
    """Return whether the words directly before a number say that it is an order, an article or the like."""
    return bool(_SHOP_NUMBER.search(before(text, start)))


def digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
