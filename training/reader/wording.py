"""Questions as customers type them: other forms, small letters, missing marks, typing errors, a greeting before."""

from __future__ import annotations

import random
import re

_HOW = re.compile(r"^(?:how (?:do|can|should|would) (?:i|you|we)|how to|i want to|what are the steps to) +", re.I)
_HOW_FORMS = (
    "how do i {}",
    "how can i {}",
    "how to {}",
    "i want to {}",
    "can you tell me how to {}",
    "need to {}",
    "is there a way to {}",
    "what do i have to do to {}",
    "trying to {}",
    "{}",
    "im trying to {} but dont know how",
    "what are the steps to {}",
)
_CAN = re.compile(r"^(?:can|could|may) (?:i|you|we) +", re.I)
_CAN_FORMS = (
    "can i {}",
    "is it possible to {}",
    "am i able to {}",
    "could i {}",
    "would it be possible to {}",
    "may i {}",
)
_BEFORE = (
    "hi, ",
    "hello, ",
    "hey ",
    "hi there, ",
    "quick question: ",
    "so ",
    "sorry but ",
    "ok so ",
    "good morning, ",
    "question - ",
)
_AFTER = (" thanks", " please", " pls", " thx", "??", " ?", "!", " any idea?")
_SHORT = {
    "please": "pls",
    "you": "u",
    "because": "cause",
    "are": "r",
    "without": "w/o",
    "account": "acc",
    "tomorrow": "tmrw",
}


def asked_otherwise(text: str, rng: random.Random) -> str:
    """The same question by another frame: "How do I X?" as "is there a way to X"."""
    for pattern, forms in ((_HOW, _HOW_FORMS), (_CAN, _CAN_FORMS)):
        if match := pattern.match(text):
            rest = text[match.end() :].rstrip(" ?.!")
            return rng.choice(forms).format(rest) if len(rest.split()) > 1 else text
    return text


_ASIDES = (
    "i bought this last month.", "been waiting for days.", "this is driving me crazy.", "im new here.",
    "my friend told me to ask you.",
    "tried googling but no luck.", "not sure if this is the right place to ask.", "i already looked everywhere.",
    "so yesterday i tried and nothing happened.", "my wife says otherwise.", "we just moved.", "its kind of urgent.",
    "i dont want to do anything wrong here.", "had the same thing last year.", "i have been a customer for years.",
    "no idea what i am doing.", "my boss wants to know.", "i read something about it somewhere.", "ok next thing.",
    "i hope you can help me.", "its for my mother.", "cant find it on the site.",
    "the other person i talked to did not know.",
)  # fmt: skip


def typed(text: str, rng: random.Random, *, english: bool = True) -> str:
    """As it might be typed on a phone. A third of the questions stay as they are."""
    if rng.random() < 0.35:
        return text
    if english:
        text = _framed(text, rng)
    text = _careless(text, rng)
    if rng.random() < 0.25:
        text = mistyped(text, rng)
    if rng.random() < 0.1:
        text = text.rstrip("?.! ") + rng.choice(_AFTER)
    return text


def _framed(text: str, rng: random.Random) -> str:
    """In another frame, with a greeting, or beside something that has nothing to do with it."""
    if rng.random() < 0.5:
        text = asked_otherwise(text, rng)
    if rng.random() < 0.06:
        text = " ".join(_SHORT.get(word, word) for word in text.split())
    chance = rng.random()
    if chance < 0.12:
        return rng.choice(_BEFORE) + text
    if chance < 0.24:
        return f"{rng.choice(_ASIDES)} {text}"
    if chance < 0.3:
        return f"{text.rstrip(' ?')}? {rng.choice(_ASIDES)}"
    return text


def _careless(text: str, rng: random.Random) -> str:
    """Without capitals, marks or apostrophes."""
    if rng.random() < 0.6:
        text = text.lower()
    if rng.random() < 0.5:
        text = text.rstrip("?.! ")
    if rng.random() < 0.3:
        text = text.replace("'", "").replace("\u2019", "")
    return text


def mistyped(text: str, rng: random.Random) -> str:
    """One or two words with a letter doubled, dropped, or changed with the next."""
    parts = text.split(" ")
    long = [place for place, word in enumerate(parts) if len(word) > 4 and word.isalpha()]
    for place in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        word, at = parts[place], rng.randrange(1, len(parts[place]) - 1)
        parts[place] = rng.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
    return " ".join(parts)
