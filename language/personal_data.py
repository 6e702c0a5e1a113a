"""Personal data in a text: what names, finds or describes one person. Patterns of closed classes, each linear.

A missed answer costs little and a kept secret much, so a doubtful text counts as personal.
"""

import ipaddress
import re
from functools import cache
from pathlib import Path

from language.characters import composed

MAX_CHARS = 4000
EMAIL = re.compile(r"[^\s@]@[\w-]{1,63}\.\w")
# "#48231", "order no. 12-77b", "policy number is X9", "pin: 1234": a word of naming, then a value with a digit.
NUMBERED = re.compile(
    r"(?:#|\b(?:nos?|nr|numbers?|num|ids?|ref|reference|orders?|invoices?|tickets?|cases?|bookings?|tracking|"
    r"account|policy|"
    r"member|customer|claim|licen[cs]e|plate|passport|ssn|social security|serial|imei|vin|pin|code|passcode|password|"
    r"passwort|kennwort|username|user name|login|routing|sort code|iban|bic|bestellung|bestellnummer|auftrag|rechnung|"
    r"kundennummer|commande|facture|numero|client|pedido|factura|cliente|ordine|fattura|bestelling|factuur|zamowienie|"
    r"faktura|encomenda|fatura)\b)"
    r"[\s.:#=-]{0,3}(?:(?:is|was|number|ist|est|es|lautet|no|nr)\b[\s.:#=-]{0,3}){0,2}"
    r"(?=[\w/-]{0,30}\d)(?:[\w/-]{4,}|\d{3,})",
    re.IGNORECASE,
)
# Long numbers however they are grouped: telephones, cards, accounts; codes of capitals and digits: IBANs, licences.
LONG_NUMBER = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s().-]{0,2}\d){6,}")
SPACED_DATE = re.compile(
    r"(?<!\d)(?<!\d )(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d\d)(?! ?\d)"
)
CODE = re.compile(r"\b(?=(?:[A-Z-]{0,20}\d){5})(?=[\d-]{0,30}[A-Z])(?=(?:[A-Z0-9]-?){7,})[A-Z0-9-]{7,40}\b")
SECRET = re.compile(
    r"\b(?:my|our|his|her|mein|meine|mon|ma|mi|mio|mia) (?:\w+ ){0,2}"
    r"(?:password|passcode|passwort|kennwort|mot de passe|contrasena|pin|login|user ?name)"
    r"(?: (?:is|was|ist|lautet|est|es)|\s?[:=])",
    re.IGNORECASE,
)
STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[^\W\d_][\w.'-]{0,30} ){1,4}?(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd"
    r"|court|ct|square|terrace|crescent|highway|parkway|trail)\b"
    r"|\b\w{2,30}(?:stra(?:ss|\u00df)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|plein|gatan|vej|veien|"
    r"gade"
    r"|katu|tie) ?\d{1,4}\b"
    r"|\b(?:rue|calle|avenida|paseo|viale|piazza|rua|ul\.|ulica|aleja|c/) (?:[^\W\d_][\w.'-]{0,30},? ){1,5}?\d{1,4}\b"
    r"|\b(?:apt|apartment|suite|flat|p\.? ?o\.? box|fpo|apo)\.? ?(?:#|no\.? )?(?:[a-z]{2} )?\d+"
    r"|\b\d{3,5} [^\W\d_][\w'-]{3,30}(?: [^\W\d_][\w'-]{3,30})? \d{1,4}\b",
    re.IGNORECASE,
)
# "Via Roma 12", "Elmegade 4": what has a capital and a number may be a street, where somebody lives or is met.
AT_HOME = re.compile(
    r"\b(?i:lives?|living|address|ship(?:ped)? to|sent? to|deliver(?:ed)? to|meet|return to|moved to|wohne?t?|"
    r"adresse|station is on)"
    r"\b[^.?!]{0,40}? (?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))[A-Z][^\W\d_][\w'-]{1,30},? \d{1,3}\b"
)
INTRODUCED = re.compile(
    r"\b(?:my name(?: is|'s)|the name(?: is|:)|name(?:d|:)|called|under(?: the name)?(?: of)?|(?:i am|i'm|this is|"
    r"it is|it's)"
    r"|ich hei(?:ss|ß)e|mein name ist|je m'appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome|ik heet|"
    r"mijn naam is"
    r"|nazywam sie|nazywam się|mam na imi[eę]|chamo-me|me chamo|o meu nome)\s+(?=([^\W\d_][\w'-]{1,30}))",
    re.IGNORECASE,
)
# After these any word names somebody, in any case; after "I am", "this is" and "called" only one with a capital.
SURELY_A_NAME = re.compile(
    r"\bmy name\b|\bthe name\b|\bnamed?\b|hei(?:ss|ß)e|name ist|appelle|nom est|llamo|nombre es|chiamo|mio nome|"
    r"ik heet|mijn naam"
    r"|nazywam|imi[eę]|chamo|meu nome",
    re.IGNORECASE,
)
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Sir|Madam|Herr|Frau|Herrn|Mme|Mlle|Monsieur|Madame|Sra?|Señora?|Don|Doña|"
    r"Signor|"
    r"Signora|Mevrouw|Meneer|Pan|Pani|Senhora?)\b\.? [^\W\d_]{2,}"
)
KIN = (
    r"(?:wife|husband|son|daughter|mother|father|mom|mum|dad|brother|sister|friend|girlfriend|boyfriend|partner|"
    r"uncle|aunt|"
    r"nephew|niece|grandmother|grandfather|grandma|grandpa|boss|colleague|neighbou?r|child|baby|kid)"
)
RELATED = re.compile(rf"\b(?i:my|our|his|her|their) (?i:{KIN}),? [A-Z][^\W\d_]{{2,}}")
NOT_INTRODUCED = """
    a an the not in on at to for from with by of and or so also just still here there sorry sure unsure aware afraid
    able unable allowed looking trying going getting having using asking calling writing about regarding because how
    what when where why who which if whether my your our his her their its it this that one no any all very really new
    old out off up down over under"""

# What a person suffers from, and who suffers: together they describe somebody.
ILLNESS = re.compile(
    r"\b(?:hiv|aids|cancer|tumou?r|leuk(?:a)?emia|diabet\w+|epilep\w+|asthma\w*|depress(?:ion|ed|iv)\w*|bipolar|"
    r"schizophren\w+|"
    r"autis\w+|adhd|dementia|demenz|alzheimer\w*|parkinson\w*|multiple sclerosis|hepatitis|tuberculosis|covid|"
    r"pregnan\w+|"
    r"miscarriage|abortion|disabilit\w+|wheelchair|blind|deaf|stroke|heart (?:attack|condition|disease|"
    r"failure)|"
    r"high blood pressure|surgery|chemo\w*|dialysis|transplant\w*|ptsd|anxiety|anorexi\w+|bulimi\w+|alcoholi\w+|"
    r"addict\w+|"
    r"suicid\w+|arthritis|migraine\w*|eczema|psoriasis|allerg\w+|infect(?:ed|ion)\w*|illness|krebs\w*|krank\w*|"
    r"schwanger\w*|"
    r"behindert\w*|enceinte|malad\w+|handicap\w*|embarazada|enferm\w+|incinta|malat\w+|zwanger|ziek\w*|gravida)\b",
    re.IGNORECASE,
)
SOMEBODY = re.compile(
    rf"\b(?:i|i'm|me|my|we|our|he|she|his|her|him|man|woman|men|women|boy|girl|guy|lady|patient|person|{KIN}|ich|"
    rf"mein\w*|mann|"
    r"frau|kind|je|mon|ma|mari|femme|fils|fille|mi|mis|hijo|hija|marido|mujer|mio|mia|figlio|figlia|marito|moglie|"
    r"ik|mijn|zoon|"
    r"dochter|meu|minha|filho|filha)\b",
    re.IGNORECASE,
)
BIRTH = re.compile(
    r"\b(?:born|birthday|birth date|date of birth|dob|geboren|geburtsdatum|naissance|nacimiento)\b.{0,20}\d|"
    r"\b(?:turn(?:ed|s)?|aged?)"
    r" (?:just )?\d{1,3}\b|\b\d{1,3}[ -]years?[ -]old\b(?=.{0,40}\b(?:man|woman|boy|girl|son|daughter|male|female)\b)"
    r"|\b(?:i am|i'm|he is|she is|he's|she's) \d{1,3}\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+")
WEB = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
ADDRESS_LIKE = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I
)


def personal_data_in(text: str) -> str | None:
    """What kind of personal data a text holds ("an e-mail address", "a name"), or None."""
    text = composed(text[:MAX_CHARS]).replace("\u2019", "'")
    for kind, found in (
        ("an e-mail address", EMAIL.search(text)),
        ("an address on the web", WEB.search(text)),
        ("an IP address", _ip_address(text)),
        ("a number of somebody's own", NUMBERED.search(text) or SECRET.search(text)),
        ("a long number", LONG_NUMBER.search(SPACED_DATE.sub(" ", text))),
        ("a code of somebody's own", CODE.search(text)),
        ("a street", STREET.search(text) or AT_HOME.search(text)),
        ("a name", _name(text)),
        ("a date of birth or an age", BIRTH.search(text)),
        ("somebody's health", ILLNESS.search(text) and SOMEBODY.search(text)),
    ):
        if found:
            return kind
    return None


def _ip_address(text: str) -> bool:
    for match in ADDRESS_LIKE.finditer(text):
        try:
            ipaddress.ip_address(match.group())
        except ValueError:
            continue
        return True
    return False


@cache
def given_names() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "given_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _given_name(text: str) -> bool:
    """One of the known names, written as a name, or in any case where nothing is written large."""
    found = [word for word in WORD.findall(text) if word.lower() in given_names()]
    return any(word[0].isupper() for word in found) or (bool(found) and text.islower())


def _name(text: str) -> bool:
    if TITLED.search(text) or RELATED.search(text) or _given_name(text):
        return True
    for match in INTRODUCED.finditer(text):
        word = match.group(1)
        if word.lower() in NOT_INTRODUCED.split():
            continue
        if SURELY_A_NAME.search(match.group()[: match.start(1) - match.start()]) or word[0].isupper():
            return True
    return False
