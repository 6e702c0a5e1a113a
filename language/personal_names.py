"""Find names of people in a text, by the words before them or from a list of names. All patterns are linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Span = tuple[int, int]
WORD = re.compile(r"[^\W\d_]+")
INTRODUCED = re.compile(
    r"\b(?:my name(?: is|'s)|(?:first|last|maiden|family|full|sur) ?name(?: is|'s)|the name(?: is|:)|name(?:d|:)|"
    r"called|under(?: the name)?(?: of)?|(?:i am|i'm|this is|"
    r"it is|it's)"
    r"|ich hei(?:ss|ß)e|mein name ist|je m'appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome(?: è)?|"
    r"ik heet|mijn naam is|ich bin|hier ist|je suis|soy|sono|ik ben|jestem|eu sou"
    r"|nazywam sie|nazywam się|mam na imi[eę]|chamo-me|me chamo|o meu nome)\s+"
    r"(?=([^\W\d_][\w'-]{1,30}))",
    re.IGNORECASE,
)
# After these any word is a name, in any case; after "I am", "this is" and "called" only a capitalised one.
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
# In lower case: titles that are only used with a name.
TITLED_IN_SMALL = re.compile(r"\b(?:mr|mrs|mister|herrn?|mme|mlle|mevrouw|meneer)\b\.? ([^\W\d_]{3,30})")
# Titles that are also words: a name follows only if it looks like one.
TITLED_PERHAPS = re.compile(
    r"\b(?:ms|miss|frau|monsieur|madame|señora?|signora?|pani?|dr|this is|it's|i am|i'm|ich bin|je suis|soy|sono|"
    r"ik ben|jestem) ([^\W\d_]{3,30})"
)
SURNAME = re.compile(r"\w{2,20}(?:[aeiou][nńlwr]?ski|ska|cki|cka|wicz|czyk|enko|opoulos|idis|sson)$", re.IGNORECASE)
INITIAL = re.compile(
    r"\b(?i:for|from|to|by|of|für|von|an|pour|para|per|di|voor|van|dla|od) (?=([A-Z]\. ?[A-ZÀ-ÖØ-ÞŁŚŻ][^\W\d_]{2,30}))"
)
SIGNED = re.compile(
    r"\b(?i:regards|cheers|thanks|thank you|sincerely|best|yours|gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss)|dank|mfg|vg|lg|"
    r"cordialement|merci|saludos|gracias|saluti|grazie|groet(?:en|jes)?|bedankt|pozdrawiam|dziękuję|atenciosamente|"
    r"obrigad[oa])"
    r"(?:[,!.]\s{0,2}|\s?\n\s?)(?=((?:[A-Z]\. ?){0,2}[A-ZÀ-ÖØ-ÞŁŚŻ][\w'-]{2,30}"
    r"(?: [A-ZÀ-ÖØ-ÞŁŚŻ][\w'-]{1,30}){0,2})[.!]?\s?(?:$|\n))"
)
KIN = (
    r"(?:wife|husband|son|daughter|mother|father|mom|mum|dad|brother|sister|friend|girlfriend|boyfriend|partner|"
    r"uncle|aunt|"
    r"nephew|niece|grandmother|grandfather|grandma|grandpa|boss|colleague|neighbou?r|child|baby|kid)"
)
RELATED = re.compile(rf"\b(?i:my|our|his|her|their) (?i:{KIN}),? ([A-Z][^\W\d_]{{2,}})")
# Double names, and particles between names: "Anna-Lena von der Heide".
_MORE_OF_A_NAME = re.compile(
    r"(?:-[^\W\d_]+){0,3}"
    r"(?: (?:(?:von|van|zu|zur|de|di|da|do|dos|del|della|du|la|le|el|al|bin|ben|der|den|dem|ter|ten) ){0,3}"
    r"(?:[^\W\d_a-z]\.|[^\W\d_a-zß-öø-ÿ][\w'-]*)){0,3}"
)
_NEXT_WORD = re.compile(r" (?:(?:von|van|zu|de|di|da|del|du|la|der|den|dem) ){0,3}([^\W\d_][\w'-]*)")
_MONTHS = frozenset(
    [
        "jan",
        "mai",
        "may",
        "april",
        "avril",
        "aprile",
        "abril",
        "june",
        "juin",
        "juni",
        "june",
        "august",
        "augusto",
        "agosto",
        "juli",
        "julio",
    ]
)
_NO_NAMES = """
    a an the not in on at to for from with by of and or so also just still here there sorry sure unsure aware afraid
    able unable allowed looking trying going getting having using asking calling writing about regarding because how
    what when where why who which if whether my your our his her their its it this that one no any all any very really
    new old out off up down over under
    kunde kundin neukunde neukundin stammkunde bestandskunde privatkunde geschäftskunde student studentin mitglied
    händler händlerin rentner rentnerin schüler schülerin lehrer lehrerin anfänger anfängerin besitzer deutscher
    deutsche österreicher österreicherin schweizer schweizerin ihr sie ihre mir mit der die das ein eine kein keine
    nicht auch neu jetzt hier seit aus am im auf von zu wie was wann wo ob und oder ist hat war wird kann soll
    selbständig unternehmer vegetarier veganer allergiker linkshänder ausländer premium nutzer nutzerin
    français française belge suisse client cliente étudiant étudiante est et qui dans en au avec très pas sur
    un une le la les des du de votre chez aussi
    cliente socio estudiante español española es el los las una con sin muy yo
    studente italiano italiana il lo gli di da per con molto stato stata
    klant student lid nederlander belg een het de niet van nu ook
    klientem klientką studentem studentką z w na od nie tu
"""
NOT_INTRODUCED = frozenset(_NO_NAMES.split())
NOT_TITLED = NOT_INTRODUCED | {"can", "could", "may", "must", "please", "thanks"}


def names(text: str) -> Iterator[Span]:
    """Return the spans of names of people, with all parts of each name."""
    for start, end in first_names(text):
        yield start, whole_name(text, end)


def whole_name(text: str, end: int) -> int:
    """Return where a name ends of which a first part ends here."""
    more = _MORE_OF_A_NAME.match(text, end)
    return more.end() if more else end


def first_names(text: str) -> Iterator[Span]:
    """Return the pieces of text that show a name; in lower-case text, each with the word after it."""
    for match in TITLED.finditer(text):
        yield match.span()
    for pattern in (RELATED, INITIAL, SIGNED):
        for match in pattern.finditer(text):
            yield match.span(1)
    yield from _titled_in_small(text)
    yield from _introduced(text)
    yield from listed_names(text)


def listed_names(text: str) -> Iterator[Span]:
    """Return the words that are on the list of given names, and nothing else says so."""
    for match in WORD.finditer(text):
        is_known = match.group().lower() in given_names()
        if is_known and (match.group()[0].isupper() or text.islower()) and not _is_month(text, match):
            yield match.span()


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Return whether a word that is a name and a month stands beside the number of a day or a year."""
    beside = text[max(0, match.start() - 4) : match.start()] + text[match.end() : match.end() + 4]
    return match.group().lower() in _MONTHS and any(character.isdigit() for character in beside)


def _titled_in_small(text: str) -> Iterator[Span]:
    for match in TITLED_IN_SMALL.finditer(text):
        if match.group(1) not in NOT_TITLED:
            yield match.span()
    for match in TITLED_PERHAPS.finditer(text):
        if SURNAME.fullmatch(match.group(1)):
            yield match.span(1)


def _introduced(text: str) -> Iterator[Span]:
    for match in INTRODUCED.finditer(text):
        word = match.group(1)
        surely = SURELY_A_NAME.search(match.group())
        if _may_be_a_name(word) and (surely or (word[0].isupper() and not word.isupper())):
            following = _NEXT_WORD.match(text, match.end(1)) if surely and text.islower() else None
            yield match.start(1), following.end() if following and _may_be_a_name(following[1]) else match.end(1)


def _may_be_a_name(word: str) -> bool:
    return word.lower() not in NOT_INTRODUCED


@cache
def given_names() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "given_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
