"""Personal data in a text: anything that names, locates or describes one person.

Patterns of closed classes, all linear. A missed answer costs little and a leaked secret much, so a doubtful text counts
as personal: more than `language.identifiers` is certain of.
"""

import ipaddress
import re

from language.characters import composed
from language.identifiers import Kind
from language.identifiers import find as identifiers_in
from language.identifiers.labelled import PLATE
from language.personal_names import KIN, first_names
from language.street_addresses import addresses

MAX_CHARS = 4000
# What the patterns here leave to `language.identifiers`, in their words.
KINDS = {
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a long number",
    Kind.IBAN: "a code of somebody's own",
    Kind.CARD: "a long number",
    Kind.ID: "a number of somebody's own",
    Kind.NUMBER: "a number of somebody's own",
    Kind.ADDRESS: "a street",
    Kind.NAME: "a name",
    Kind.PASSWORD: "a number of somebody's own",
    Kind.KEY: "a code of somebody's own",
    Kind.IP: "an IP address",
}
EMAIL = re.compile(r"[^\s@]@[\w-]{1,63}\.\w")
# "foo [at] bar.com", "foo at bar dot com"
SPELT_EMAIL = re.compile(
    r"\b[\w.+-]{1,64} ?[\[({] ?(?:at|ät|a|arroba|@) ?[\])}] ?[\w-]{1,63}"
    r"(?: ?(?:\.|[\[({] ?(?:dot|punkt|point) ?[\])}]) ?\w{1,30}){1,4}"
    r"|\b(?!(?:look(?:ing|ed)?|buy|bought|order(?:ed)?|shop|available|found|find|saw|see|sold|is|are|it|this|that|me)\b)"
    r"[\w.+-]{1,64} (?:at|ät) [\w-]{1,63} (?:dot|punkt) [a-z]{2,10}\b",
    re.IGNORECASE,
)
# A user name; "@daily" is a schedule.
HANDLE = re.compile(
    r"\b(?:facebook|instagram|twitter|linkedin|tiktok|github|youtube|snapchat|pinterest|x|t|fb|vk|wa)\.(?:com|me|net)/"
    r"(?=\w)[\w./@-]{1,60}\w"
    r"|(?<![\w@./])@(?!(?:daily|hourly|weekly|monthly|yearly|annually|midnight|reboot|everyone|here|channel|all|home|work)\b)"
    r"[a-z_][\w.]{1,28}\w\b"
    r"|\b(?:insta|instagram|telegram|whatsapp|snapchat|tiktok|discord|skype|twitter|facebook) ?: ?"
    r"(?=\w{1,20}[._\d])([\w.]{2,29}\w)",
    re.IGNORECASE,
)
# "#48231", "order no. 12-77b", "policy number is X9", "pin: 1234": a word for an identifier, then a value with a digit.
NUMBERED = re.compile(
    r"(?:#|\b(?:nos?|nr|numbers?|num|ids?|ref|reference|orders?|invoices?|tickets?|cases?|bookings?|tracking|"
    r"account|policy|"
    r"member|customer|claim|licen[cs]e|plate|passport|ssn|social security|serial|imei|vin|pin|code|passcode|password|"
    r"passwort|kennwort|username|user name|login|routing|sort code|iban|bic|bestellung|bestellnummer|auftrag|rechnung|"
    r"kundennummer|commande|facture|numero|client|pedido|factura|cliente|ordine|fattura|bestelling|factuur|zamowienie|"
    r"faktura|encomenda|fatura)\b)"
    r"[\s.:#=-]{0,3}(?:(?:is|was|number|ist|est|es|lautet|no|nr)\b[\s.:#=-]{0,3}){0,2}"
    r"(?=[\w/-]{0,30}\d)(?:[\w/-]{4,}|\d{3,}|\d{2,3}(?:[ .-]\d{2,4}){2})",
    re.IGNORECASE,
)
# After such a word the whole grouped number: "123 45 6789"; but "48231 3 weeks ago" ends before the 3.
MORE_OF_A_NUMBER = re.compile(
    r"(?:[ ./-]\d{1,6}(?!\w)(?! (?:days?|weeks?|months?|years?|hours?|minutes?|times?|tagen?|wochen?|monaten?|jours?|"
    r"semaines?|mois|d[ií]as?|semanas?|meses|giorni|settimane|mesi|dagen|weken|dni|euros?|eur|usd)\b)){1,8}",
    re.IGNORECASE,
)
# Long numbers in any grouping: telephones, cards, accounts; codes of capitals and digits: IBANs, licences.
LONG_NUMBER = re.compile(
    r"(?<![\w.,/])(?:\+\d|\(?0\d)(?:[\s()./-]{0,2}\d){6,}|(?<![\w.,])\+?\(?\d(?:[\s().-]{0,2}\d){6,}"
)
# With more numbers after the same separator it is a telephone number: "06.12.34.56.78".
SPACED_DATE = re.compile(
    r"(?<!\d)(?<!\d[ ./])(?<!\d\) )(?<!(?<!\d\d\d)\d-)"
    r"(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}([-./ ])\d{1,2}[-./ ](?:19|20)?\d\d(?!\1\d))(?![ /]?\d)"
)
# "GB29 NWBK 6016 1331 9268 19"
IBAN = re.compile(
    r"\b[A-Za-z]{2}\d\d[ -]?(?:[A-Z]{4}|[a-z]{4}|\d{4})(?:[ -]?(?:\d{4}|[A-Z0-9]{4})){2,7}"
    r"(?:[ -]?[A-Z0-9]{1,4}\b)?(?!\w)"
)
ON_A_CARD = re.compile(
    r"\b(?:cvc2?|cvv2?|csc|security code|prüfziffer|prüfnummer|sicherheitscode|cryptogramme|code de sécurité|código de "
    r"seguridad|codice di sicurezza|beveiligingscode|kod cvc)\W{0,3}(?:(?:is|ist|est|es|è|to)\W{1,2})?(\d{3,4})\b"
    r"|\b(?:exp|expiry|expiration|valid thru)(?: date)?\W{0,3}(?:is\W)?((?:0?[1-9]|1[0-2]) ?[/-] ?(?:20)?\d\d)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"\b(?=(?:[A-Z-]{0,20}\d){5})(?=[\d-]{0,30}[A-Z])(?=(?:[A-Z0-9]-?){7,})[A-Z0-9-]{7,40}\b")
SECRET = re.compile(
    r"\b(?:my|our|his|her|mein|meine|mon|ma|mi|mio|mia) (?:\w+ ){0,2}"
    r"(?:password|passcode|passwort|kennwort|mot de passe|contrasena|pin|login|user ?name)"
    r"(?: (?:is|was|ist|lautet|est|es)|\s?[:=])",
    re.IGNORECASE,
)
# An illness and the person who has it: together they describe somebody.
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
    r"\b(?:born|birthday|birth date|date of birth|dob|geboren|geburtsdatum|naissance|nacimiento|née?|nacid[oa]|nat[oa]|"
    r"urodzon[yae]|geb|ur)\b.{0,20}\d|"
    r"\b(?:turn(?:ed|s)?|aged?)"
    r" (?:just )?\d{1,3}\b|\b\d{1,3}[ -]years?[ -]old\b(?=.{0,40}\b(?:man|woman|boy|girl|son|daughter|male|female)\b)"
    r"|\b(?:i am|i'm|he is|she is|he's|she's) \d{1,3}\b",
    re.IGNORECASE,
)
WEB = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
ADDRESS_LIKE = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I
)


def personal_data_in(text: str) -> str | None:
    """Return the kind of personal data in a text ("an e-mail address", "a name"), or None."""
    text = composed(text[:MAX_CHARS]).replace("\u2019", "'")
    for kind, match in (
        ("an e-mail address", EMAIL.search(text) or SPELT_EMAIL.search(text)),
        ("an address on the web", WEB.search(text)),
        ("a name on a network", HANDLE.search(text)),
        ("an IP address", _ip_address(text)),
        ("a number of somebody's own", NUMBERED.search(text) or SECRET.search(text) or ON_A_CARD.search(text)),
        ("a long number", LONG_NUMBER.search(SPACED_DATE.sub(" ", text))),
        ("a code of somebody's own", CODE.search(text) or IBAN.search(text)),
        ("a licence plate", PLATE.search(text)),
        ("a street", next(addresses(text), None)),
        ("a name", next(first_names(text), None)),
        ("a date of birth or an age", BIRTH.search(text)),
        ("somebody's health", ILLNESS.search(text) and SOMEBODY.search(text)),
    ):
        if match:
            return kind
    return next((KINDS[found.kind] for found in identifiers_in(text)), None)


def _ip_address(text: str) -> bool:
    for match in ADDRESS_LIKE.finditer(text):
        try:
            ipaddress.ip_address(match.group())
        except ValueError:
            continue
        return True
    return False
