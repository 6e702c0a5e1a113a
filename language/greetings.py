"""Recognise greetings and requests for a person by rules."""

import re
from typing import Final

GREETING: Final = re.compile(
    r"h(i|ey|ello|allo)|good (morning|day|afternoon|evening)"
    r"|guten (morgen|tag|abend)|moin|bonjour|salut|hola|buen(o|a)s \w+",
    re.IGNORECASE,
)
PERSON: Final = (
    r"person|human|agent|someone|somebody|employee|staff|representative"
    r"|mensch(en)?|mitarbeiter(in)?|personne|humain|conseiller|persona|humano|agente"
)
WISH: Final = r"talk|speak|chat|connect|transfer|reach|contact|real|live|sprechen|reden|parler|hablar"
WANTS_PERSON: Final = re.compile(rf"\b({WISH})\b(?:\W+\w+){{0,4}}?\W+({PERSON})\b", re.IGNORECASE)
MAX_WORDS: Final = 12


def is_greeting(text: str) -> bool:
    """Return whether a text is only a greeting."""
    return GREETING.fullmatch(text.strip(" \t\n.!,?:)")) is not None


def wants_person(text: str) -> bool:
    """Return whether a short text asks for a person, as in "can I talk to a real person?"."""
    return len(text.split()) <= MAX_WORDS and WANTS_PERSON.search(text) is not None
