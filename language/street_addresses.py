"""Postal addresses as written in several countries. All patterns are linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"[^\W\d_][\w.'-]{0,30}"
_NUMBER = r"\d{1,4}(?:[/-]\d{1,4})?[a-z]?\b"
_MONTHS = (
    r"(?:jan|feb|mar|apr|ma[iy]|june?|july?|aug|sept?|o[ck]t|nov|de[cz])\b|(?:january|february|march|april|august|"
    r"september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember)\b"
)
_DAYS = r"(?:mon|diens|donners|frei|sams|sonn)tags?\b|mittwochs?\b|sonnabend"
# Units: a counted thing has neither a house number before it nor a postcode.
_UNITS = (
    r"(?:uhr|days?|weeks?|months?|years?|hours?|minutes?|times?|tagen?|wochen?|monaten?|jahren?|stunden?|minuten?|mal|"
    r"jours?|mois|semaines?|años?|meses|semanas?|d[ií]as?|veces|giorni|settimane|mesi|volte|dagen|weken|keer|dni|fois|euros?|dollars?|punkten?|points?|kilometern?|km|miles|watt|lumen|personen|kunden|stück|pieces|items|"
    r"meilen|meter|gramm|liter|volt|mah|umdrehungen|schritte|steps|units|users|customers|orders|%|\u20ac)"
)
# Streets without a word for street: "Am Markt 7", "Unter den Linden 77". These nouns precede numbers without being
# streets.
_NO_STREET = (
    r"(?:artikel|version|kapitel|schritt|punkt|seite|preis|jahr|fall|set|modell|abschnitt|paket|monat|lager|stufe|"
    r"level|wert|umfang|alter|rahmen|durchschnitt|raum|zeitraum|format|bereich|tarif|plan|angebot|shop|laden|haus|"
    r"stock|stand|bild|feld|menü|warenkorb|zimmer|"
    r"kurs|teil|band|vergleich|zug|bus|gate|gleis|"
    r"abstand|winter|sommer|herbst|frühling|wochenende|schnitt|wert|alpen|welt|kiste|packung|schachtel|größe|farbe|"
    r"klasse|reihe|regel|gruppe|liste|woche|kategorie)"
)
_ENGLISH = (
    r"street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|square|terrace|crescent|highway|parkway|"
    r"trail"
)
# Also ordinary words: only with capitals, or after "to" and the like.
_ENGLISH_WORDS = (
    r"close|way|place|grove|gardens?|mews|hill|rise|row|walk|green|park|view|quay|wharf|yard|circle|loop|path|alley"
)
_BEFORE_THE_NAME = (
    r"rue|avenue|boulevard|quai|impasse|chemin|allée|cours|route|place d[eu]|calle|avenida|avda\.?|paseo|"
    r"plaza|viale|piazza|"
    r"piazzale|corso|vicolo|largo|rua|travessa|ul\.|ulica|ulicy|aleja|aleje|al\.|plac|pl\.|rynek|os\.|osiedle|c/|"
    r"(?:straße|strasse|platz|allee|weg) (?:de[rsmn]|zu[rm]|am)"
)
_GERMANIC_ENDINGS = (
    r"stra(?:ss|\u00df)e|str\.|weg|platz|allee|gasse|gässchen|markt|steig|stieg|chaussee|ufer|straat|laan|plein|gracht|"
    r"kade|singel|dijk|steeg|gatan|vägen|vej|veien|gade|katu"
)
STREETS = (
    re.compile(rf"\b\d{{1,5}}[a-z]?,? (?:{_NAME} ){{1,4}}?(?:{_ENGLISH})\b", re.IGNORECASE),
    re.compile(
        rf"\b\d{{1,5}}[a-z]?,? (?:[^\W\d_a-z][\w.'-]{{1,30}} ){{1,3}}?(?=[A-Z])(?i:{_ENGLISH_WORDS})\b(?!-)",
    ),
    re.compile(
        rf"\b(?:to|at|in|near|from|address:?|is) \d{{1,4}}[a-z]? (?!{_UNITS})[^\W\d_]{{3,20}} (?:{_ENGLISH_WORDS})\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b\d{1,4}(?: ?(?:[a-d]|bis|ter|quater))?,? (?:rue|avenue|av\.|boulevard|bd|quai|impasse|chemin|allée|route|"
        rf"place (?:d[eu]s?|saint)|cours)\b(?: {_NAME}){{1,5}}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b\w{{2,30}}(?:{_GERMANIC_ENDINGS}) ?{_NUMBER}", re.IGNORECASE),
    # Endings that many other words have.
    re.compile(rf"\b[^\W\d_a-z]\w{{2,30}}(?:ring|damm|tie) ?{_NUMBER}(?! [a-zäöü])"),
    re.compile(
        r"\b(?!(?:de[nmrs]|das|die|eine[nmr]?|kein\w{0,2}|jede[nmr]?|diese[nmr]?|the|this|het|een)\b)"
        rf"[^\W\d_]{{3,30}} (?:straße|strasse|str\.|weg|gasse|allee|platz|straat|laan|gracht|plein) "
        rf"{_NUMBER}(?! {_UNITS})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\w)(?:{_BEFORE_THE_NAME}) (?:{_NAME},? ){{1,5}}?(?:n[ro°º]?\.? ?)?{_NUMBER}(?! ?{_UNITS})", re.IGNORECASE
    ),
    re.compile(
        rf"\b[Vv]ia (?:(?:d[aei]l*a?|San|[A-Z]\.) )?(?:[A-Z][a-zàèéìòù']+,? ){{1,3}}?{_NUMBER}(?! ?(?i:{_UNITS}))"
    ),
    re.compile(rf"\bvia [a-z']{{3,20}},? {_NUMBER}(?=[.,;?!]|$)", re.IGNORECASE),
    re.compile(
        r"\b(?i:am|an de[rn]|im|in de[rn]|unter de[rn]|zu[rm]|auf de[rm]|hinter de[rm]|vor dem|beim|alte[rn]?|"
        r"neue[rn]?) "
        rf"(?!(?i:{_MONTHS}|{_DAYS}|{_NO_STREET}))[^\W\d_a-z][a-zäöüß-]{{2,30}} "
        rf"{_NUMBER}(?! ?(?i:{_UNITS})|\.\d|\. ?[A-Z])"
    ),
    re.compile(
        rf"\b(?:am|an de[rn]|im|in de[rn]|unter de[rn]|zu[rm]) (?:markt|linden|bahnhof|berg|kirche|hof|wald|park|see|"
        rf"bach|anger|graben|ring|dorf|schloss|rathaus|tor|hang|feld|wasser) {_NUMBER}(?! ?{_UNITS})",
        re.IGNORECASE,
    ),
    # "Marszałkowska 10": a Polish street is an adjective.
    re.compile(
        rf"\b[A-ZĄĆĘŁŃÓŚŹŻ][a-ząćęłńóśźż]{{2,30}}(?:ska|cka|dzka|owa|jnej|skiej|ckiej|owej|skiego|ckiego) {_NUMBER}"
    ),
    re.compile(
        r"\b(?:apt|apartment|suite|flat|p\.? ?o\.? box|fpo|apo)\.? ?(?:#|no\.? )?(?:[a-z]{2} )?\d+", re.IGNORECASE
    ),
    re.compile(r"\b(?:psc \d{2,5},?|unit \d{2,5},?) box \d{2,5}\b|\b[afd]po,? a[aep],? \d{5}\b", re.IGNORECASE),
    # Hungarian, Estonian, Slavic, Turkish and Nordic words for a street that stand behind its name.
    re.compile(
        rf"\b{_NAME} (?:{_NAME} )?(?:utca|u\.|út|útja|tér|körút|krt\.|köz|tee|tänav|mnt|trg|ulica|cesta|gate|gata|"
        rf"vägen|vei|veien|vegen|vej|katu|tie|sokak|caddesi) {_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?i:the corner of) (?:{_NAME} ){{1,4}}?(?:\d{{1,4}}\.? )?(?i:and) (?:[^\W\d_a-z][\w.'-]{{1,30}} ?){{1,3}}"
    ),
    # "Elmegade 4": a capitalised word with a number may be a street, where somebody lives or meets.
    re.compile(
        r"\b(?i:lives?|living|address|ship(?:ped)? to|sent? to|deliver(?:ed)? to|meet|return to|moved to|wohne?t?|"
        r"adresse?|adres|dirección|indirizzo|habite|vivo en|abito in|woon|mieszkam|station is on|"
        r"liefer\w{1,3} (?:\w{1,20} )?(?:nach|an|in)|livrez-vous (?:à|au)|bezorgt \w{1,20} (?:op|in|aan)|"
        r"dostarczacie (?:na|do)|entregan en|consegnate in)"
        rf"\b[^.?!]{{0,40}}? (?!(?i:{_MONTHS}))([A-Z][^\W\d_][\w'-]{{1,30}},? \d{{1,3}}\b)(?! ?(?i:{_UNITS}))"
    ),
)
# "28245 Puruntie 82": a number, a name, a number. An order of articles may read the same.
NUMBERED_TWICE = re.compile(
    r"(?<![\w.,-])\d{3,5} (?:[^\W\d_][\w'-]{3,30}|[^\W\d_a-z]\.)(?: [^\W\d_][\w'.-]{0,30}){0,3}? \d{1,4}\b",
    re.IGNORECASE,
)
_TOWN = rf"(?!(?i:{_UNITS})\b)[A-ZÀ-ÖØ-ÞŁŚŻ][^\W\d_]{{2,30}}"
_STATES = (
    r"A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
POSTCODES = (
    re.compile(
        rf"(?:(?:^|[,\n:]|\b(?i:nach|in|to|à|au|aux|a|ad|en|em|te|w|do|na|op|aan|je|from|de|aus|von|is|ist)) ?)"
        rf"((?:[A-Z]{{1,2}}-)?\d{{5}} {_TOWN})"
    ),
    re.compile(rf"\d[a-z]?, ?(\d{{4,5}} {_TOWN})"),
    re.compile(rf"\b\d{{2}}-\d{{3}} {_TOWN}"),
    re.compile(rf"\b\d{{4}}-\d{{3}} {_TOWN}"),
    re.compile(
        rf"\b[1-9]\d{{3}} ?(?!MB|GB|TB|KB|MW|KW|KM|CM|MM|KG|LB|EU|US|UK|AM|PM|PX|HP|PS|HZ|ML)[A-Z]{{2}},? {_TOWN}"
    ),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d(?!AM|PM|GB|MB|TB|MM|CM|KG|KM)[ABD-HJLNP-UW-Z]{2}\b"),
    re.compile(rf"\b(?:{_STATES}) \d{{5}}(?:-\d{{4}})?\b"),
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Return the spans of streets with a number, and of postcodes with a town."""
    yield from sure_addresses(text)
    yield from (match.span() for match in NUMBERED_TWICE.finditer(text))


def sure_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Return the same without what may be something else with two numbers."""
    for pattern in (*STREETS, *POSTCODES):
        for match in pattern.finditer(text):
            yield match.span(match.lastindex or 0)  # without the words before it
