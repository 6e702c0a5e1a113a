"""Rewrite a follow-up question so that it stands alone, using the customer's earlier messages. Pure.

"And for the Pro one?" after a question about the Mini becomes that question with the product replaced. Any other
question that depends on the conversation gets the topic of the earlier question added.

`caching.matching.cacheability.stands_alone` answers another question: may the answer go to people without this
conversation? There doubt counts against the question; here it costs a few extra search words. This module works on
words in four languages; that one on English grammar as parsed by `question_parsing`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from language.literals import replaced
from language.tokenizing import terms

CUSTOMERS = ("user", "customer", "visitor")
ANSWER_MAX_CHARS = 200  # of the last answer, which names the topic
SAID_MAX_CHARS = 400  # of the customer's last message, such as a pasted log; longer text would drown the question
FEW_TERMS = 2  # a question with no more content words than this does not stand alone
CARRIED_TURNS = 2

# Words that refer back, and openings that continue a topic, in the four languages together.
_POINTING = """
it its that this these those they them their he him she her there one ones same such former latter both
es dies dieser diese dieses das sie ihn ihm ihnen dort davon dafür damit darauf daran dazu welches derselbe
ça cela ce celui celle ceux celles ils elles lui leur y en
eso esto ese esa esos esas ello ellos ellas aquello allí ahí lo
"""
_POINTS_BACK = frozenset(_POINTING.split())
_GOES_ON = re.compile(
    r"\A\W*+(and|or|but|so|then|also|what about|how about|what if|why|why not|really|ok|okay|i meant?|you said|sorry|"
    r"und|oder|aber|dann|auch|was ist mit|wie ist es|warum|wieso|"
    r"et|ou|mais|alors|donc|aussi|qu'en est-il|pourquoi|"
    r"y|o|pero|entonces|también|qué hay de|qué tal|por qué)\b",
    re.IGNORECASE,
)
# A complete question about "I" or "you" states its topic, however few words it has.
_WHOLE = re.compile(
    r"\b(?:do|does|did|can|could|may|might|must|should|shall|will|would|am|are|have|has)\s+(?:i|we|you)\s+\w+"
    r"|\b(?:kann|darf|muss|soll|könnt|können|dürfen|müssen|habe|haben|liefert|gibt)\s+(?:ich|wir|ihr|sie)\s+\w+"
    r"|\b(?:puis-je|dois-je|peut-on|pouvez-vous|est-ce que (?:je|vous))\s+\w+"
    r"|\b(?:puedo|debo|podéis|pueden)\s+\w+",
    re.IGNORECASE,
)
_SWAP = re.compile(
    r"\A\W*+(?:(?:and|or|but|so|what about|how about|und|oder|aber|was ist mit|et|ou|mais|y|o|pero|qué hay de)\s++)*"
    r"(?:(?:for|with|on|of|in|to|from|about|für|mit|bei|von|nach|aus|pour|avec|à|para|con|a|del?|auf)\s++)?"
    r"(?:the|an?|my|der|die|das|dem|den|le|la|les|el|los|las)?\s*+"
    r"(?P<name>[\w+-]++(?:\s++[\w+-]++){0,2}?)(?:\s++(?:one|ones|model|models|version|modell|modèle|modelo))?"
    r"\s*+[?!.]*+\s*+\Z",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b(?:[A-Z][\w+-]*|\w*\d\w*)(?:\s+(?:[A-Z][\w+-]*|\w*\d\w*))*")


def leans_on_history(question: str, locale: str = "en") -> bool:
    """Return whether the question refers back or is too short to be understood alone."""
    few = len(terms(question, locale)) <= FEW_TERMS
    return bool(_GOES_ON.match(question)) or points_back(question) or (few and not _WHOLE.search(question))


def points_back(question: str) -> bool:
    """Return whether a word of the question refers to something said before."""
    return any(word.casefold() in _POINTS_BACK for word in _WORD.findall(question))


def search_text(
    question: str,
    history: Sequence[tuple[str, str]],
    *,
    locale: str = "en",
    products: Sequence[str] = (),
) -> str:
    """Return the text to embed and search with: the question itself if it stands alone.

    `history` is (role, text), oldest first, without the question. Only the customer's messages are used, so that a
    wrong answer of the assistant does not steer the search.
    """
    messages = [text for role, text in history if role in CUSTOMERS]
    if not messages or not leans_on_history(question, locale):
        return question
    before = _complete_question(messages, locale, products)
    if swapped := _with_product(question, before, products):
        return swapped
    return f"{before} {question}".strip()


def in_context(question: str, history: Sequence[tuple[str, str]]) -> str:
    """Return the question after the end of the customer's last message and the beginning of the answer to it."""
    messages = [text[-SAID_MAX_CHARS:] for role, text in history if role in CUSTOMERS]
    answers = [text[:ANSWER_MAX_CHARS] for role, text in history if role not in CUSTOMERS]
    return " ".join([*messages[-1:], *answers[-1:], question])


def rewritten(question: str, history: Sequence[tuple[str, str]], *, locale: str = "en") -> str | None:
    """Return the complete question that a follow-up stands for: "And to Norway?" after one about Sweden.

    None if the question is complete already, if only its topic could be added, if the first question names several
    things, or if more than one question was asked before: the rest may matter.
    """
    messages = [text for role, text in history if role in CUSTOMERS]
    if len(messages) != 1 or leans_on_history(messages[0], locale) or not leans_on_history(question, locale):
        return None
    names = [match for match in _NAME.finditer(messages[0]) if match.start() > 0]
    return _with_product(question, messages[0], ()) if len(names) == 1 else None


def _complete_question(messages: Sequence[str], locale: str, products: Sequence[str]) -> str:
    """Return the customer's last question, completed by earlier ones if it depends on them."""
    recent = list(messages[-CARRIED_TURNS:])
    if len(recent) == 1 or not leans_on_history(recent[-1], locale):
        return recent[-1]
    earlier = " ".join(recent[:-1])
    return _with_product(recent[-1], earlier, products) or " ".join(recent)


def _with_product(question: str, before: str, products: Sequence[str]) -> str | None:
    """Return the previous question with the product named in this one, if this one names nothing else."""
    match = _SWAP.match(question)
    if not match or not _GOES_ON.match(question):
        return None
    name = match["name"]
    new = _product_called(name, products, before)
    old = _product_in(before, products, new or name)
    if new is None and (old is None or not (name[0].isupper() or name[0].isdigit())):
        return None
    return replaced(before, old, new or name) if old else None


def _product_called(name: str, products: Sequence[str], before: str) -> str | None:
    """Return the product whose name contains this word; of several, the one closest to the topic."""
    wanted = set(_folded(name))
    context = set(_folded(before))
    fits = [product for product in products if wanted <= set(_folded(product))]
    return max(fits, key=lambda product: len(context & set(_folded(product))), default=None)


def _product_in(text: str, products: Sequence[str], new: str) -> str | None:
    """Return the other product named in the text: one of the shop's, else the last name that is not its first word."""
    folded = text.casefold()
    candidates = [p for p in products if p.casefold() in folded and p.casefold() != new.casefold()]
    if candidates:
        return max(candidates, key=len)
    names = [m.group() for m in _NAME.finditer(text) if m.start() > 0]
    return names[-1] if names else None


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
