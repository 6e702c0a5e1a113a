"""Find numbers after a word for what they belong to: a policy, a driving licence, an account, a car."""

from __future__ import annotations

import re
from collections.abc import Iterator

from language.identifiers.found import Found, Kind

_HINT = r"(?:number|numbers|no|nr|num|id|code|nummer|numéro|numero|número|numer|n°|nº|#)"
_LINK = rf"[\s.:#=-]{{0,3}}(?:(?:{_HINT}|is|was|ist|lautet|est|es|è|jest|é|er|är|on|für|for)\b[\s.:#=-]{{0,3}}){{0,4}}"
_VALUE = (
    r"(?=[\w./-]{0,24}\d|[A-Z]{1,6} ?\d)(?!(?:19|20)\d\d(?![\w/-]))"
    r"([A-Za-z]{0,6}[ -]?\d[\w/.-]{2,30}(?: (?=\d)[\dA-Z]{2,8}(?!\w)){0,5}|"
    r"[A-Z][A-Z0-9/-]{4,30}|\d{3,6}(?: \d{2,6}){1,4})"
)
# Personal after these words, whatever the value looks like.
_OWN = re.compile(
    r"\b(?:insurance policy|policy|policies|policy holder|policyholder|insurance|police|versicherungsschein(?:nummer)?|"
    r"versicherungsnummer|vertragsnummer|polizze|police d'assurance|contrat d'assurance|póliza|polizza|"
    r"polis|polisnummer|polisy|apólice|driv(?:er'?s|ing) licen[cs]e|licen[cs]e|dl|"
    r"führerschein(?:nummer)?|permis(?: de conduire)?|carnet de conducir|patente|rijbewijs(?:nummer)?|prawo jazdy|"
    r"prawa jazdy|carta de condução|bank account|account|"
    r"sort code|routing|konto|kontonummer|bankleitzahl|blz|compte|cuenta|conto|rekening(?:nummer)?|konta|conta|"
    r"health card|medicare|member id card|krankenversicherungsnummer|versichertennummer|vin|fahrgestellnummer)\b"
    rf"{_LINK}{_VALUE}",
    re.IGNORECASE,
)
# A licence plate: in any form after the word for it, otherwise only in an unmistakable form.
PLATE = re.compile(
    r"\b(?i:plate|registration|kennzeichen|nummernschild|immatriculation|plaque|matr[ií]cula|targa|kenteken|"
    r"rejestracyjn\w{1,3}|rejestracj[aię]|tablic[aey])(?i:[\s:#=]{1,3}(?:(?:is|ist|est|es|è|to|number|no|"
    r"nr)\b[\s.:#=]{1,3}){0,2})"
    r"(?=[A-Za-z]{0,3}[ -]?[A-Za-z]{0,2}[ -]?\d)"
    r"((?:[A-Z]{1,3}|[a-z]{1,3}|\d{1,5})(?:[ -]?(?:[A-Z]{1,3}|\d{1,5})){1,4})\b"
    r"|\b((?!(?:USB|DVI|HDMI|LED|LCD|OLED|TFT|DVB|RJ|PS|TV|IP|HD|UV|VGA|SD|DAB|PC|E|X|T|XL|XS|S|L|ISO|DIN|EN)-)"
    r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?)\b"
    r"|\b([A-Z]{2}\d\d [A-Z]{3}|[A-Z]{2}-\d{3}-[A-Z]{2})\b"
)
_MIN_CHARS = 5
_UNITS = re.compile(
    r" ?(?:days?|weeks?|months?|years?|hours?|tage?n?|wochen?|monaten?|jahren?|jours?|mois|€|eur|usd|%)", re.IGNORECASE
)


def labelled_numbers(text: str) -> Iterator[Found]:
    for match in _OWN.finditer(text):
        start, end = match.span(1)
        value = text[start:end].rstrip(" .,-/")
        digits = sum(character.isdigit() for character in value)
        if digits < 3 or len(value) < _MIN_CHARS or _UNITS.match(text, start + len(value)):
            continue
        yield Found(start, start + len(value), Kind.NUMBER)


def plates(text: str) -> Iterator[Found]:
    for match in PLATE.finditer(text):
        start, end = match.span(match.lastindex or 0)
        yield Found(start, end, Kind.NUMBER)
