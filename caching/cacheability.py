"""May this question's answer be given to others? And why. Pure, English, no I/O.

Decided on the question, and once more on the answer: doubt keeps an answer out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from caching import signs
from caching.lexicon import stem
from caching.normalise import canonical, words
from caching.reading import read
from caching.vocabulary import LIGHT_WORDS

Kind = Literal["static", "dynamic", "personal", "follow_up", "small_talk", "side_effect"]
Turn = tuple[str, str]  # role, text

# Of a later question's telling words: how many nobody has said yet in this conversation.
NEW_MIN_SHARE, NEW_MIN_WORDS = 0.4, 3
# Of the telling words of a first message that says "it" of something it does not name.
AT_HAND_MIN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Cacheability:
    """What may be kept lives as long as the settings say of its kind; much that is dynamic may not."""

    kind: Kind
    why: str
    may_be_kept: bool = False


def classify(question: str, history: Sequence[Turn] = ()) -> Cacheability:
    """The kind of a question; the first sign found decides, the riskiest signs come first."""
    form = canonical(question)
    if signs.SMALL_TALK.search(form) or not form:
        return Cacheability("small_talk", "says nothing that an article could answer")
    if signs.IDENTIFIER.search(question):
        return Cacheability("personal", "holds an identifier")
    if signs.HANDOFF.search(form):
        return Cacheability("side_effect", "asks for a person")
    if signs.SIDE_EFFECT.search(form):
        return Cacheability("side_effect", "asks for something to be done")
    if is_personal(form):
        return Cacheability("personal", "asks about the customer's own state")
    if not stands_alone(question, history):
        return Cacheability("follow_up", "leans on what was said before")
    if history and not opens_a_topic(question, history):
        return Cacheability("follow_up", "may go on with what was said before")
    return timeliness(form)


def timeliness(form: str) -> Cacheability:
    """Static or dynamic, of a question that stands alone and is nobody's in particular."""
    if is_passing(form):
        return Cacheability("dynamic", "asks for this moment")
    if signs.STOCK.search(form):
        return Cacheability("dynamic", "asks what is in stock")
    if signs.PRICE.search(form):
        return Cacheability("dynamic", "asks for a price or a rate", may_be_kept=True)
    to_the_shop = bool(signs.SPOKEN_TO_THE_SHOP.search(form))
    renewed = not to_the_shop and bool(signs.RENEWED.search(form))
    if signs.ANCHORED.search(form) or (signs.PAST.search(form) and not renewed):
        return Cacheability("static", "asks what happened once", may_be_kept=True)
    if signs.OFFICE_HELD.search(form) or renewed or (goes_on(form) and not to_the_shop):
        return Cacheability("dynamic", "holds only until it is surpassed or replaced", may_be_kept=True)
    return Cacheability("static", "asks what holds for everyone", may_be_kept=True)


def concerns_differ(a: str, b: str) -> str | None:
    """Why two questions cannot have one answer: one asks for its own case or for this moment, the other does not."""
    left, right = canonical(a), canonical(b)
    if is_personal(left) != is_personal(right):
        return "own_case"
    return "moment" if is_passing(left) != is_passing(right) else None


def is_personal(form: str) -> bool:
    """One customer's own state is asked for. A case that is told to ask how it is done in general is not."""
    if signs.PERSONAL.search(signs.ASKING_THE_WAY.sub(" ", form)):
        return True
    return bool(signs.TELLING.search(form)) and (not signs.IN_GENERAL.search(form) or bool(signs.AWAITED.search(form)))


def is_passing(form: str) -> bool:
    bare = signs.NOT_PASSING.sub(" ", form)
    if signs.BY_WHAT_MEANS.search(form):
        bare = signs.WHICH_ONE.sub(" ", bare)
    return bool(signs.PASSING.search(bare))


def goes_on(form: str) -> bool:
    return bool(signs.STANDING_RECORD.search(form) or signs.GOING_ON.search(form))


def stands_alone(question: str, history: Sequence[Turn] = ()) -> bool:
    """Whether the question can be understood without what was said before it.

    A first message is taken to stand alone unless it points at something; a later one also fails
    when it opens like a reply or has too few words of its own.
    """
    found = words(question)
    form = " ".join(found)
    if points_back(form, alone=not history):
        return False
    if not history:
        return not signs.ELLIPTIC.search(form)
    if signs.DEPENDENT_OPENING.search(form):
        return False
    telling = [word for word in read(question).content if word.text not in LIGHT_WORDS]
    return len(telling) >= 2 and not names_the_known(question, telling[0].text if telling else "")


def opens_a_topic(question: str, history: Sequence[Turn]) -> bool:
    """Whether a later question turns to something else, so that nothing said before belongs to it.

    "How much notice do I need to give?" is whole as a sentence and still asks about the contract spoken
    of. A new topic brings words of its own, and it addresses the shop, names something, or is explicit.
    """
    if signs.REPLYING.search(question):
        return False
    said = {stem(word) for _, text in history for word in words(text)}
    asked = read(question)
    telling = [word for word in asked.content if not word.light]
    new = [word for word in telling if word.stem not in said]
    if len(new) < NEW_MIN_SHARE * len(telling):
        return False
    return len(new) >= NEW_MIN_WORDS or not {"you", "your"}.isdisjoint(asked.words) or any(w.name for w in telling)


def points_back(form: str, *, alone: bool) -> bool:
    """A pronoun whose noun is not in the sentence before it.

    In the first message of all, `alone`, "it" is what everybody has in mind who writes so ("Can I bring it
    back in person and have cash?"), as long as the rest of the sentence says enough.
    """
    if signs.DANGLING.search(form):
        return True
    bare = signs.NOT_POINTING.sub(" ", form)
    telling = [word for word in read(bare).content if not word.light]
    for match in signs.POINTING.finditer(bare):
        if alone and signs.AT_HAND.match(match.group()) and len(telling) >= AT_HAND_MIN_WORDS:
            continue
        before = read(bare[: match.start()]).content
        return sum(not word.light for word in before) < 2
    return False


def names_the_known(question: str, first: str) -> bool:
    """ "How long does the refund take?" after a first message: which refund was said before."""
    return len(read(question).content) <= 2 and bool(re.search(rf"\bthe {re.escape(first)}\b", canonical(question)))


REFUSAL = re.compile(
    r"\b(?:i (?:do not|don't) (?:know|have (?:that|any|enough|access|information))|i(?:'m| am) (?:sorry|afraid"
    r"|not sure|unable|not able)|"
    r"i (?:cannot|can't|could not|couldn't) (?:find|help|answer|access|say)|no information|as an ai|"
    r"(?:connect|transfer|hand|pass) (?:you|this) (?:to|over|on)|speak (?:to|with) (?:a|an|our) (?:person|agent"
    r"|colleague))",
    re.IGNORECASE,
)
ADDRESSED = re.compile(
    r"\b(?:dear|hi|hello) (?!there|and|all)[A-Z][a-z]+|\byour (?:order|parcel|refund|payment|booking|balance|ticket) "
    r"(?:is|was|has|will|#|number|of)\b"
)


def classify_answer(answer: str, *, cited: bool, finish_reason: str = "stop") -> Cacheability:
    """The same of an answer: only whole, cited, impersonal answers may be kept."""
    if finish_reason != "stop":
        return Cacheability("dynamic", f"the answer ended by {finish_reason or 'accident'}")
    if not answer.strip():
        return Cacheability("dynamic", "the answer is empty")
    if not cited:
        return Cacheability("dynamic", "the answer cites nothing")
    if REFUSAL.search(answer):
        return Cacheability("dynamic", "the answer refuses or hands over")
    if ADDRESSED.search(answer):
        return Cacheability("personal", "the answer speaks of the customer's own matters")
    return Cacheability("static", "whole, cited and impersonal", may_be_kept=True)
