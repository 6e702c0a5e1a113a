"""Find national identity numbers by format and check digit (python-stdnum), or after the word for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.mx import curp
from stdnum.no import fodselsnummer
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.us import ssn

from language.identifiers.found import Found, Kind, is_numbered_by_the_shop

_Check = Callable[[str], bool]
# Unmistakable formats, with separators or letters at fixed positions.
_FORMS: tuple[tuple[re.Pattern[str], _Check], ...] = (
    (re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), ssn.is_valid),
    (re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])"), cpf.is_valid),
    (re.compile(r"(?<![\w-])\d{8}[ -]?[A-Z](?![\w-])"), dni.is_valid),
    (re.compile(r"(?<![\w-])[XYZ][ -]?\d{7}[ -]?[A-Z](?![\w-])"), nie.is_valid),
    (re.compile(r"(?<![\w-])[A-Za-z]{6}\d\d[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z](?![\w-])"), codicefiscale.is_valid),
    (re.compile(r"(?<![\w-])[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d(?![\w-])"), nir.is_valid),
    (re.compile(r"(?<![\w-])\d{2} \d{3} \d{3} \d{3}(?![\w-])"), idnr.is_valid),
    (re.compile(r"(?<![\w-])\d{6}(?:\d\d)?[-+]\d{4}(?![\w-])"), personnummer.is_valid),
    (re.compile(r"(?<![\w-])\d{6}[-+A-F]\d{3}[0-9A-Z](?![\w-])"), hetu.is_valid),
    (re.compile(r"(?<![\w.])756\.\d{4}\.\d{4}\.\d{2}(?!\w)"), ahv.is_valid),
    (re.compile(r"(?<![\w.])\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?!\w)"), nn.is_valid),
    (re.compile(r"(?<![\w/])\d{6}/\d{3,4}(?![\w/])"), rc.is_valid),
    (re.compile(r"(?<![\w-])\d{6} \d{5}(?![\w-])"), fodselsnummer.is_valid),
    (re.compile(r"(?<![\w-])\d{4} \d{4} \d{4}(?![\w-]| \d)"), aadhaar.is_valid),
    (re.compile(r"(?<![\w-])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![\w-])"), pan.is_valid),
    (re.compile(r"(?<![\w-])[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d(?![\w-])"), curp.is_valid),
    (re.compile(r"(?<![\w-])\d{3} \d{3} \d{4}(?![\w-]| \d)"), nhs.is_valid),
    (re.compile(r"(?<![\w-])\d{3}([ -])\d{3}\1\d{3}(?![\w-]| \d)"), sin.is_valid),
    (re.compile(r"(?<![\w-])\d{7}[A-W][ABHWTX]?(?![\w-])"), pps.is_valid),
    (
        re.compile(
            r"(?<![\w-])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D](?![\w-])"
        ),
        bool,
    ),
)
# Eleven or thirteen digits without separators. Order numbers often pass one or two check digits by chance, but these
# checks also require a date of birth.
_BARE: tuple[tuple[re.Pattern[str], _Check], ...] = (
    (re.compile(r"(?<![\w.,/-])\d{11}(?![\w/]|[.,-]\d)"), fodselsnummer.is_valid),
    (re.compile(r"(?<![\w.,/-])[1-8]\d{12}(?![\w/]|[.,-]\d)"), cnp.is_valid),
)
_NAMED = re.compile(
    r"\b(?:ssn|social security|social insurance|national insurance|insurance number|nino|nhs|tax(?:payer)? (?:id|"
    r"number|file)|tin|itin|sin|tfn|passport|identity card|id card|id|identity number|national id|aadhaar|pan card|"
    r"steuer-?(?:id|nummer|identifikationsnummer)|steuerliche identifikationsnummer|sozialversicherungsnummer|"
    r"rentenversicherungsnummer|personalausweis(?:nummer)?|ausweis(?:nummer)?|reisepass(?:nummer)?|numéro de sécurité "
    r"sociale|sécurité sociale|nir|passeport|carte d'identité|dni|nie|nif|pasaporte|número de la seguridad social|"
    r"codice fiscale|passaporto|carta d'identità|bsn|burgerservicenummer|paspoort|pesel|dowód|dowodu|paszport|"
    r"personnummer|fødselsnummer|cpr|henkilötunnus|hetu|cpf|cnp|rodné číslo|ahv)\b"
    r"[\s.:#=-]{0,3}(?:(?:card|number|no|nr|numero|número|nummer|numer|is|was|ist|lautet|est|es|è|to|jest|er|on|"
    r"osobistego)"
    r"\b[\s.:#=-]{0,3}){0,4}"
    r"(?=([A-Za-z0-9](?:[ ./-]?[A-Za-z0-9]){3,20}))",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"[A-Za-z]{0,3}[ ]?\d[\dA-Z]{0,20}(?:[ ./-](?=[\dA-Z]{0,8}\d)[\dA-Z]{1,9}){0,5}(?:[ -][A-Z](?!\w))?", re.ASCII
)
MIN_DIGITS = 5


def national_ids(text: str) -> Iterator[Found]:
    for pattern, is_valid in (*_FORMS, *_BARE):
        for match in pattern.finditer(text):
            if is_valid(match.group()) and not is_numbered_by_the_shop(text, match.start()):
                yield Found(match.start(), match.end(), Kind.ID)
    for match in _NAMED.finditer(text):
        value = _VALUE.match(text, match.start(1))
        if value and sum(character.isdigit() for character in value.group()) >= MIN_DIGITS:
            yield Found(value.start(), value.end(), Kind.ID)
