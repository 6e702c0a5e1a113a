"""Messages cut into clauses that can stand in a summary word for word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant import stems
from conversations.phrases import PHRASES
from conversations.values import words
from knowledge.plain import plain

STOPWORDS = words(
    "a about after again all also am an and any are as at be because been before being but by can could did do "
    "does doing done down each even few for from further get got had has have having he her here hers him his "
    "how i if in into is it its just let like ll me more most much my no nor not now of off on once only or "
    "other our out over own re s same she should so some such t than that the their them then there these they "
    "this those through to too under until up us ve very was we were what when where which while who whom why "
    "will with would you your yours hi hello hey thanks thank please ok okay yes well really sure sorry im "
    "dont cant"
)
CUSTOMERS = frozenset({"customer", "user"})
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|no|nr|approx|e\.g|i\.e|etc|vs|a\.m|p\.m|dept|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov"
    r"|dec)\.$",
    re.I,
)
_CITATION = re.compile(r"\s*\[\d{1,2}\](?!\()")
# What the assistant says by rule tells nothing of the matter; only what fills a gap in it does.
_BY_RULE = re.compile(
    "|".join(
        re.sub(r"\\{\w+\\}.*", ".*" if key == "quoted" else "", re.escape(phrase))
        for phrases in PHRASES.values()
        for key, phrase in phrases.items()
    )
)
# Cells are no clause: whole rows of a table, with a rule below its head or a bar at both ends.
_TABLE = re.compile(
    r"^[^\n]*\|[^\n]*\n[ \t]*\|?[ \t]*:?-[ \t:|-]*$(?:\n[^\n]*\|[^\n]*)*|^[ \t]*\|[^\n]*\|[ \t]*$", re.MULTILINE
)
_HANDLE = re.compile(r"(?:(?<=\s)|^)@\w+")
_SIGNATURE = re.compile(r"(?:\s*(?:\^|[-–—/]\s?)[A-Z]{2,3}|\s*\^[A-Za-z]+)\s*(?=(?:https?://\S+)?\s*$)")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_PART = re.compile(r"^\(?\d/\d?\)?\s+|\s+\(?\d?/\d\)?\s*$")
# Politeness that carries nothing; cut from either end of a clause, never out of its middle.
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks?(?: you| a lot| so much| very much)?"
    r"|thank you(?: so much| very much)?|ok(?:ay)?|yes|yeah|yep|no worries|no problem|great|perfect|awesome|sure"
    r"|oh|ah|um|hmm+|well|so|and|but"
    r"|please|sorry(?: about that| to hear that| for the \w+)?|i'?m (?:so |very |really )?sorry(?: about that| to "
    r"hear that| for the \w+)?|we apologi[sz]e(?: for [\w ]+?)?|apologies(?: for [\w ]+?)?|of course|absolutely"
    r"|certainly|got it|i see|i understand|understood"
    r"|just|actually|also|then|there|team|all|again|alright|right|wow|fine|done|found it|noted|cool|lovely"
    r"|good)(?=[\s,.!;:?-]|$)[\s,.!;:-]*)+",
    re.I,
)
_CLOSING = re.compile(r"[\s,]*(?:\b(?:please|thanks?|thank you|cheers|ok|though|then|too|now)\b[\s,.!]*)+$", re.I)
# Small words that a note can do without; leaving them out turns nothing round.
_FILLER = re.compile(
    r"\b(?:just|really|very|quite|simply|please|unfortunately|by the way|at the moment|right away|of course)\b,?"
    r"|,? i'?m afraid,?",
    re.I,
)
_EMPTY = re.compile(
    r"^(?:(?:is there )?anything else.*|how (?:can|may) (?:i|we) help.*|(?:have|enjoy) a .*(?:day|evening|weekend"
    r"|one)|you'?re (?:very )?welcome|let (?:me|us) know(?: if.*| how.*)?|(?:we'?re|i'?m) (?:here|happy) to help.*"
    r"|welcome to .*|bye|goodbye"
    r"|(?:i|we) (?:completely |totally |fully )?(?:understand|appreciate|apologi[sz]e).{0,60}|happy to help.*"
    r"|my pleasure|one moment.*|sorry.*(?:inconvenience|trouble|wait).*|.*(?:patience|for waiting|for reaching out"
    r"|for contacting|your understanding|keep us posted).*)$",
    re.I,
)
_JOINT = re.compile(
    r"(?:;\s+|\s+[–—-]+\s+|,\s+(?=(?:and|but|so|because|since|which|then|although|while|or)\s)|,\s+(?=(?:I|we|you"
    r"|he|she|they|it|my|the)\b)|\s+(?=(?:but|because|although)\s))"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a message. `at` is its place among all clauses of the conversation."""

    text: str
    role: str
    message_id: str
    at: int = 0


def sentences(text: str) -> list[str]:
    """Sentences in order. A full stop in an abbreviation, a number or an address ends none."""
    parts: list[str] = []
    for line in text.splitlines():
        start = 0
        for stop in re.finditer(r"[.!?…]+[\"')\]]*(?=\s|$)", line):
            piece = line[start : stop.end()]
            if stop.group() == "." and _ABBREVIATION.search(piece):
                continue
            parts.append(piece)
            start = stop.end()
        parts.append(line[start:])
    return [part.strip() for part in parts if part.strip()]


def clauses(text: str, role: str, message_id: str, *, longest_words: int = 20) -> list[Clause]:
    """The clauses of one message without tables, handles, greetings, signatures; words are only ever left out."""
    text = _TABLE.sub("", text)
    if role not in CUSTOMERS:
        text = plain(_CITATION.sub("", _BY_RULE.sub("", text)))
    told = _PICTURE.sub(" ", _URL.sub("", _HANDLE.sub("", text)))
    told = _PART.sub("", _SIGNATURE.sub("", told.strip()).strip())
    kept = []
    for sentence in sentences(told):
        for piece in _split(sentence, longest_words):
            clause = trimmed(piece)
            if (len(clause.split()) > 1 and not _EMPTY.match(clause.rstrip(".!?"))) or any(c.isdigit() for c in clause):
                kept.append(Clause(clause, role, message_id))
    return kept


_COURTESY = re.compile(
    r"^\W*(?:thank(?:s| you)|sorry|apologies|(?:i'?m|we'?re|we are|i am) (?:very |so |really )?sorry)\b[^\d]{0,60}$",
    re.I,
)


def trimmed(clause: str) -> str:
    """The clause without the politeness around it."""
    if _COURTESY.match(clause):
        return ""
    question = clause.rstrip().endswith("?")
    told = _CLOSING.sub("", _OPENING.sub("", clause.strip()).rstrip(" .!?,;:"))
    told = " ".join(_FILLER.sub("", told).split()).strip(" ,;:-.!")
    return f"{told}?" if question and told else told


def _split(sentence: str, longest_words: int) -> list[str]:
    if len(sentence.split()) <= longest_words // 2:
        return [sentence]
    pieces = [sentence]
    for joint in reversed(list(_JOINT.finditer(sentence))):
        head, tail = sentence[: joint.start()], pieces[0][joint.end() :]
        if len(head.split()) >= 4 and len(tail.split()) >= 3:
            pieces[0:1] = [head, tail]
    return pieces


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    return stems.stem(word)


def content_stems(text: str) -> list[str]:
    """The words that carry meaning, stemmed, in order; numbers and ids whole."""
    found = re.findall(r"[a-z0-9][a-z0-9'’.@-]*[a-z0-9]|[a-z0-9]", text.lower())
    return [stem(word.replace("’", "'").removesuffix("'s")) for word in found if word.replace("'", "") not in STOPWORDS]


_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|without|cannot|unable|refus\w+|declin\w+|fail\w*|unavailable|isn"
    r"|wasn)\b|n['’]t\b|\bcant\b|\bdont\b|\bwont\b|\bdidnt\b|\bdoesnt\b",
    re.I,
)


def negated(text: str) -> bool:
    return bool(_NEGATION.search(text))
