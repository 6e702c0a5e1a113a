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


# What customers say for what articles write. One of a line for another.
_LIKE = """
change|edit|update|modify|alter|switch
delete|remove|get rid of|erase|take away
create|make|add|set up|start
enable|turn on|activate|switch on
disable|turn off|deactivate|switch off|stop
configure|set up|adjust|arrange
install|set up|put on|get
fix|solve|repair|sort out|resolve|do about
error|problem|issue|trouble|failure|message
fails|does not work|breaks|keeps failing
display|show|see|view
find|locate|look up|see
use|work with|get to work
manage|handle|control|look after
allow|let|permit
require|need
obtain|get|receive
purchase|buy|order|get
purchased|bought|ordered|got
deliver|ship|send|bring
delivery|shipping|shipment|parcel
refund|money back|reimbursement
return|send back|give back|bring back
cancel|call off|stop|undo
replace|swap|exchange|change
cost|price|charge|fee
pay|settle
payment|money|bill
invoice|bill|receipt
account|profile|login
password|login|credentials
email|mail|message
message|email|note
user|person|someone|member
users|people|colleagues|members
customer|client|buyer
employee|staff|worker|colleague
document|file|paper
file|document
folder|directory
device|machine|phone|gadget
computer|pc|laptop|machine
mobile|phone
application|app|program|software
website|site|page|web page
connect|hook up|link|attach|pair
connection|link|internet
send|transfer|pass on|share
receive|get
download|get|save
upload|put up|send in
import|bring in|load
export|take out|get out|save
select|choose|pick
verify|check|confirm|make sure of
test|try|check
prevent|stop|avoid|keep from
restrict|limit|block
view|see|look at
move|shift|transfer
assign|give|hand
specify|say|enter|set
determine|find out|know|tell
difference between|vs
available|there|offered|possible
children|kids|child|family
pets|dogs|animals|dog|cat
parking|car park|leave my car
breakfast|morning meal|food
wifi|internet|wi-fi
fee|charge|cost|extra
vehicle|car
treatment|cure|therapy|help
treatments|cures|therapies
symptoms|signs
begin|start
large|big|huge
small|little|tiny
additional|extra|more|other
previous|old|earlier|last
multiple|several|many|more than one
quickly|fast
located|found|situated
founded|started|set up
"""
_ALIKE = {
    phrase: [other for other in line.split("|") if other != phrase]
    for line in _LIKE.strip().split("\n")
    for phrase in line.split("|")
}
_LIGHT = frozenset(
    {"what", "when", "where", "which", "while", "with", "from", "that", "this", "have", "does", "your", "would"}
    | {"could", "should", "there", "their", "about", "into"}
)
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
        text = _framed(reworded(text, rng), rng)
    text = _careless(text, rng)
    if rng.random() < 0.25:
        text = mistyped(text, rng)
    if rng.random() < 0.1:
        text = text.rstrip("?.! ") + rng.choice(_AFTER)
    return text


def reworded(text: str, rng: random.Random) -> str:
    """With fewer of the article's own words: one or two said otherwise, or left out, as customers do not know them."""
    chance = rng.random()
    parts = text.split(" ")
    if chance < 0.5:
        known = [place for place, word in enumerate(parts) if word.lower().strip("?.,!") in _ALIKE]
        for place in rng.sample(known, min(len(known), rng.choice((1, 2, 3)))):
            parts[place] = rng.choice(_ALIKE[parts[place].lower().strip("?.,!")])
    if chance > 0.4:
        heavy = [place for place, word in enumerate(parts) if len(word) > 3 and word.lower() not in _LIGHT]
        gone = set(rng.sample(heavy, rng.choice((1, 1, 2)))) if len(heavy) > 4 else set()
        parts = [word for place, word in enumerate(parts) if place not in gone]
    return " ".join(parts)


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
