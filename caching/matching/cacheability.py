"""Decide whether the answer to a question can be reused for other customers, and why. Pure, no I/O.

A question is cacheable only if its form shows that the answer holds for everyone; without such a sign it is not shared.
The question is checked before the lookup, and the answer before it is stored.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from caching.matching import cacheability_patterns
from caching.matching.question_parsing import read
from language.normalise import canonical, language_in, plain_words, words
from language.personal_data import personal_data_in
from language.sentences import ASKED, split
from language.signs import SIGNS, Signs
from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem
from language.words import GREETING_WORDS, LIGHT_WORDS, words_of

Kind = Literal["static", "dynamic", "personal", "follow_up", "small_talk", "side_effect", "unclear"]
Turn = tuple[str, str]  # role, text

# A longer question usually describes one customer's case.
MAX_WORDS = 40
MAX_CHARS = 1_000  # longer texts describe a case, or hold no words at all
# A question about a price with more words than these usually describes a case as well.
PRICE_MAX_WORDS = 14
# Minimum share and number of a later question's content words that are new in the conversation.
NEW_MIN_SHARE, NEW_MIN_WORDS = 0.4, 3
# Minimum number of content words in a first message whose "it" refers to something unnamed.
AT_HAND_MIN_WORDS = 3
PARAGRAPH_END = re.compile(r"\n(?=\s)")
UNMARKED = str.maketrans({"\u00df": "ss", "\u0142": "l", "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe"})


@dataclass(frozen=True, slots=True)
class Cacheability:
    """The kind of a question and why. Each kind has its own lifetime in the settings; many are not cached."""

    kind: Kind
    why: str
    may_be_kept: bool = False


SAYING_NOTHING = FUNCTION_WORDS | LIGHT_WORDS | words_of("long much many far often soon big")

SMALL_TALK = Cacheability("small_talk", "says nothing that an article could answer")
PERSON = Cacheability("side_effect", "asks for a person")
ACT = Cacheability("side_effect", "asks for something to be done")
LIVE = Cacheability("personal", "asks about the customer's own state")
OWN = Cacheability("personal", "speaks of the customer's own case")
LEANS = Cacheability("follow_up", "leans on what was said before")
GOES_ON = Cacheability("follow_up", "may go on with what was said before")
PASSING = Cacheability("dynamic", "asks for this moment, or for what is surpassed or replaced")
LONG = Cacheability("unclear", "is too long to be everybody's question")
NO_RULES = Cacheability("unclear", "is written in a language without rules")
UNSHOWN = Cacheability("unclear", "does not show that the answer holds for everyone")
PRICE = Cacheability("dynamic", "asks for a price", may_be_kept=True)
THE_WAY = Cacheability("static", "asks how something is done", may_be_kept=True)
GENERAL = Cacheability("static", "asks for a rule or a property", may_be_kept=True)
NOTHING = Cacheability("unclear", "only greets")
# The riskiest kind among the sentences decides.
BY_RISK = (PERSON, ACT, LIVE, OWN, PASSING, NO_RULES, UNSHOWN, PRICE, GENERAL, THE_WAY, NOTHING)


def classify(question: str, history: Sequence[Turn] = ()) -> Cacheability:
    """Return the kind of a question. The riskiest signs are checked first, and a doubtful question is not shared."""
    if len(question) > MAX_CHARS:
        return LONG
    return _classified(question, history) if history else _classified_alone(question)


@lru_cache(maxsize=256)  # cached questions are classified again and again
def _classified_alone(question: str) -> Cacheability:
    return _classified(question, ())


def _classified(question: str, history: Sequence[Turn]) -> Cacheability:
    tokens = plain_words(question)
    if not tokens or cacheability_patterns.SMALL_TALK.search(" ".join(words(question))):
        return SMALL_TALK
    if (personal := personal_data_in(question)) is not None:
        return Cacheability("personal", f"holds {personal}")
    if len(tokens) > MAX_WORDS:
        return LONG
    language = language_in(question)
    kind = riskiest(question, language)
    if kind.kind in ("side_effect", "personal"):
        return kind
    if not stands_alone(question, history):
        return LEANS
    if history and (language != "en" or not opens_a_topic(question, history)):
        return GOES_ON
    return kind


def riskiest(question: str, language: str | None) -> Cacheability:
    """Return the riskiest kind of all sentences, each read in its language or, if uncertain, in all of them."""
    languages = {language} if language else set(SIGNS)
    if not languages <= set(SIGNS):
        return NO_RULES
    kinds = [shown_by(list(sentence_in(sentence, languages))) for sentence in sentences(question)]
    return min(kinds, key=BY_RISK.index, default=UNSHOWN)


def sentences(question: str) -> list[str]:
    """Return the sentences with content, without greetings."""
    parts = [part for paragraph in PARAGRAPH_END.split(question) for part in split(paragraph, ASKED)]
    spoken = [part for part in parts if plain_words(part) and plain_words(part) not in GREETING_WORDS]
    return [part for part in spoken if not cacheability_patterns.SMALL_TALK.search(" ".join(words(part)))]


def sentence_in(sentence: str, languages: set[str]) -> Iterator[Cacheability]:
    for language in languages:
        form = " ".join(words(sentence)) if language == "en" else without_marks(" ".join(plain_words(sentence)))
        yield kind_of(form, SIGNS[language])


def shown_by(readings: list[Cacheability]) -> Cacheability:
    """Combine readings in several languages: a risk in any of them counts, and so does a sign of a general question."""
    risky = [reading for reading in readings if BY_RISK.index(reading) < BY_RISK.index(NO_RULES)]
    certain = [reading for reading in readings if reading.may_be_kept or reading is NOTHING]
    return min(risky or certain or [UNSHOWN], key=BY_RISK.index)


def without_marks(form: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", form.translate(UNMARKED)) if not unicodedata.combining(c))


def kind_of(form: str, sign: Signs) -> Cacheability:
    """Classify one sentence by the signs of one language."""
    bare = sign.greeting.sub("", form).strip()
    if not bare:
        return NOTHING
    form = bare
    is_the_way = bool(sign.the_way.search(form))
    risk = risk_of(form, sign, is_the_way)
    if risk is not None:
        return risk
    if not names_something(form):
        return UNSHOWN
    if is_the_way:
        return THE_WAY
    if sign.price.search(form) and len(form.split()) <= PRICE_MAX_WORDS:
        return PRICE
    return GENERAL if sign.general.search(form) else UNSHOWN


def risk_of(form: str, sign: Signs, is_the_way: bool) -> Cacheability | None:
    """Return the riskiest sign against sharing. "How do I check ...?" asks for the way, not for a state."""
    if sign.person.search(form):
        return PERSON
    if sign.act.search(form):
        return ACT
    if not is_the_way and sign.live.search(form):
        return LIVE
    if (sign.the_way_mine if is_the_way else sign.own).search(form if is_the_way else sign.anybody.sub(" ", form)):
        return OWN
    return (
        PASSING if sign.passing.search(cacheability_patterns.WHICH_ONE.sub(" ", form) if is_the_way else form) else None
    )


def names_something(form: str) -> bool:
    """Return whether the sentence names its subject: "How long does it take?" does not."""
    return not set(form.split()) <= SAYING_NOTHING


def concerns_differ(a: str, b: str) -> str | None:
    """Return why two questions cannot share an answer: only one asks about its own case or this moment."""
    left, right = canonical(a), canonical(b)
    if is_personal(left) != is_personal(right):
        return "own_case"
    return "moment" if is_passing(left) != is_passing(right) else None


def is_personal(form: str) -> bool:
    """Return whether one customer's own state is asked for. A case described to ask for a rule does not count."""
    if cacheability_patterns.PERSONAL.search(cacheability_patterns.ASKING_THE_WAY.sub(" ", form)):
        return True
    return bool(cacheability_patterns.TELLING.search(form)) and (
        not cacheability_patterns.IN_GENERAL.search(form) or bool(cacheability_patterns.AWAITED.search(form))
    )


def is_passing(form: str) -> bool:
    bare = cacheability_patterns.NOT_PASSING.sub(" ", form)
    if cacheability_patterns.BY_WHAT_MEANS.search(form):
        bare = cacheability_patterns.WHICH_ONE.sub(" ", bare)
    return bool(cacheability_patterns.PASSING.search(bare))


def stands_alone(question: str, history: Sequence[Turn] = ()) -> bool:
    """Return whether the question can be understood without the conversation before it.

    A first message stands alone unless it points at something. A later one must also not open like a reply, and needs
    enough words of its own.
    """
    tokens = words(question)
    form = " ".join(tokens)
    if points_back(form, alone=not history):
        return False
    if not history:
        return not cacheability_patterns.ELLIPTIC.search(form)
    if cacheability_patterns.DEPENDENT_OPENING.search(form):
        return False
    telling = [word for word in read(question).content if word.text not in LIGHT_WORDS]
    return len(telling) >= 2 and not names_the_known(question, telling[0].text if telling else "")


def opens_a_topic(question: str, history: Sequence[Turn]) -> bool:
    """Return whether a later question opens a new topic, so that nothing said before belongs to it.

    "How much notice do I need to give?" is a complete sentence and still asks about the contract mentioned before. A
    new topic has words of its own, and addresses the shop, names something, or is explicit.
    """
    if cacheability_patterns.REPLYING.search(question):
        return False
    known = {stem(word) for _, text in history for word in words(text)}
    reading = read(question)
    telling = [word for word in reading.content if not word.light]
    new = [word for word in telling if word.stem not in known]
    if len(new) < NEW_MIN_SHARE * len(telling):
        return False
    return len(new) >= NEW_MIN_WORDS or not {"you", "your"}.isdisjoint(reading.words) or any(w.name for w in telling)


def points_back(form: str, *, alone: bool) -> bool:
    """Return whether a pronoun refers to a noun outside this sentence and the one before it.

    In the first message of a conversation (`alone`), "it" is the obvious thing ("Can I bring it back in person and have
    cash?"), provided the rest of the sentence says enough.
    """
    if cacheability_patterns.DANGLING.search(form):
        return True
    bare = cacheability_patterns.NOT_POINTING.sub(" ", form)
    telling = [word for word in read(bare).content if not word.light]
    for match in cacheability_patterns.POINTING.finditer(bare):
        if alone and cacheability_patterns.AT_HAND.match(match.group()) and len(telling) >= AT_HAND_MIN_WORDS:
            continue
        before = read(bare[: match.start()]).content
        return sum(not word.light for word in before) < 2
    return False


def names_the_known(question: str, first: str) -> bool:
    """Return whether the question refers to something known: "How long does the refund take?" after a first message."""
    return len(read(question).content) <= 2 and f" the {first} " in f" {canonical(question)} "


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
    """Classify an answer: only complete, cited, impersonal answers may be cached."""
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
