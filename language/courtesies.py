"""Small talk, and the wish for a person: recognised by rule, answered without a model."""

import re
from typing import Final

GREETING: Final = (
    r"h(i|ey|ello|allo)|good (morning|day|afternoon|evening)"
    r"|guten (morgen|tag|abend)|moin|bonjour|salut|hola|buen(o|a)s \w+"
)
THANKS: Final = (
    r"((many |ok(ay)?,? )?(thanks?|thank you|thx)|danke( schön)?|vielen dank|merci( beaucoup)?|(muchas )?gracias)"
    r"( \w+){0,4}"
)
GOODBYE: Final = r"(good)?bye( bye)?|tschüss?|auf wiedersehen|au revoir|adiós|adios|hasta luego"
PERSON: Final = (
    r"person|human|agent|someone|somebody|employee|staff|representative"
    r"|mensch(en)?|mitarbeiter(in)?|personne|humain|conseiller|persona|humano|agente"
)
WISH: Final = r"talk|speak|chat|connect|transfer|reach|contact|real|live|sprechen|reden|parler|hablar"

COURTESY: Final = re.compile(rf"(?P<greeting>{GREETING})|(?P<thanks>{THANKS})|(?P<goodbye>{GOODBYE})", re.IGNORECASE)
WANTS_PERSON: Final = re.compile(rf"\b({WISH})\b(?:\W+\w+){{0,4}}?\W+({PERSON})\b", re.IGNORECASE)
MAX_WORDS: Final = 12


def courtesy(text: str) -> str | None:
    """`greeting`, `thanks` or `goodbye` when the text is nothing else, otherwise None."""
    match = COURTESY.fullmatch(text.strip(" \t\n.!,?:)"))
    return match.lastgroup if match else None


def wants_person(text: str) -> bool:
    """Whether a short text asks for a person, as in "can I talk to a real person?"."""
    return len(text.split()) <= MAX_WORDS and WANTS_PERSON.search(text) is not None
