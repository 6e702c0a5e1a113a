"""Roles in a question: who acts, on whom, with whose things, and can, may or must they. Pure, English.

"Do you pay for the return?" and "Do I pay for the return?" share every content word.
"""

import re
from dataclasses import dataclass

from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem
from language.words import words_of

PERSONS = {
    word: person
    for person, words in {
        "i": "i me myself",
        "we": "we us ourselves",
        "you": "you yourself yourselves",
        "he": "he him himself",
        "she": "she her herself",
        "they": "they them themselves",
    }.items()
    for word in words.split()
}
OWNERS = {
    word: person
    for person, words in {
        "i": "my mine",
        "we": "our ours",
        "you": "your yours",
        "he": "his",
        "she": "her hers",
        "they": "their theirs",
    }.items()
    for word in words.split()
}
MODALS = (
    dict.fromkeys(words_of("can could"), "can")
    | dict.fromkeys(words_of("may might"), "may")
    | {"must": "must", "should": "should", "ought": "should"}
)
LIMITS = words_of("only even except all every both either neither each again")
WHO = r"(?:i|you|we|one|people|customers?)"
# Questions about how something is done, where the actor does not matter: "how do I", "how can one", "how to".
ANY_WAY = re.compile(rf"\bhow (?:do|can|could|would|does) {WHO}\b|\bhow to\b|\bhow would {WHO} go about\b")
SPAN = r"(?:\w+ )?(?:minute|hour|day|week|month|year)s?"
# One word for several of the same meaning.
SAID_AS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"^((?:what|which) (?:\w+ ){0,4}?)(?:do|does|will) (\w+) need to\b", r"\1\2 need for"),
        (rf"\bhow (?:long|much time|many {SPAN}) (?:do|does|did) (\w+) have to\b", r"how long \1 have for"),
        (r"\bis it (?:possible|feasible|ok|okay) (?:for (?:me|us) )?(?:to|that i|if i)\b", "can i"),
        (r"\bis it (?:allowed|permitted) (?:for (?:me|us) )?(?:to|that i|if i)\b", "may i"),
        (
            r"\bis it (?:required|mandatory|compulsory|obligatory|necessary) (?:for (?:me|us) )?(?:to|that i)\b",
            "must i",
        ),
        (r"\bis it (?:recommended|advisable) (?:for (?:me|us) )?(?:to|that i)\b", "should i"),
        (r"\b(?:am|are) (i|we) (?:able|free|entitled|eligible) to\b", r"can \1"),
        (r"\b(?:am|are) (i|we) (?:allowed|permitted) to\b", r"may \1"),
        (r"\b(where|who|which|what(?: \w+)?) (?:can|could) (i|we)\b", r"\1 do \2"),
        (r"\b(?:do|does|did|will|would) (\w+) (?:have|need) to\b", r"must \1"),
        (r"\b(?:am|are|is) (\w+) (?:required|obliged|forced) to\b", r"must \1"),
        (r"\b(?:am|are|is) (\w+) supposed to\b", r"should \1"),
        (r"\b(?:have|has|had|need|needs) to\b|\b(?:has|have) got to\b", "must"),
        (r"\bfor (?:me|us) to\b", "to"),
        (r"\b(?:i|we) (?:would like|want|wish|need|would love|am trying|are trying|am looking) (?:to|(?=an? ))\b", ""),
    )
)


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles in a question.

    `persons` are in order, without immediate repeats; `acts` pairs them with the words they precede; `owners` pairs a
    thing with its owner; `modals` are "can", "may", "must"; `limits` are quantifiers such as "only" and "all".
    """

    persons: tuple[str, ...]
    acts: frozenset[tuple[str, str]]
    owners: frozenset[tuple[str, str]]
    modals: frozenset[str]
    limits: frozenset[str]
    any_way: bool  # asks how it is done, by anyone


def roles_in(text: str) -> Roles:
    """Return the roles in a canonical question."""
    for pattern, replacement in SAID_AS:
        text = pattern.sub(replacement, text)
    text, any_ways = ANY_WAY.subn("how", text)
    tokens = text.split()
    persons: list[str] = []
    acts: set[tuple[str, str]] = set()
    owners: set[tuple[str, str]] = set()
    following = _followers(tokens)
    for place, word in enumerate(tokens):
        thing = owned_thing(tokens, place) if word in OWNERS else ""
        if thing:
            owners.add((stem(thing), OWNERS[word]))
        elif word in PERSONS:
            if persons[-1:] != [PERSONS[word]]:
                persons.append(PERSONS[word])
            acts.add((PERSONS[word], stem(following[place])))
    modals = frozenset(
        "could" if word == "could" and tokens[place + 1 : place + 2] == ["not"] else MODALS[word]
        for place, word in enumerate(tokens)
        if word in MODALS
    )
    return Roles(tuple(persons), frozenset(acts), frozenset(owners), modals, frozenset(tokens) & LIMITS, bool(any_ways))


def _followers(tokens: list[str]) -> list[str]:
    """For each word, return the next verb or noun; empty if none follows."""
    following, after = [], ""
    for word in reversed(tokens):
        following.append(after)
        after = after if word in FUNCTION_WORDS else word
    return following[::-1]


def owned_thing(tokens: list[str], place: int) -> str:
    """Return the thing after "my" or "her"; nothing after "her" as an object pronoun."""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    return "" if not after or after in FUNCTION_WORDS or after[0].isdigit() else after
