"""SupportMem-50: support conversations of fifty messages with facts planted in them, made from a seed.

Each has about sixteen facts (ids, amounts, dates, names ...), some corrected later, some beside a
look-alike of another order, between answers of the length that help articles have. A probe asks for
one of them at the end, in other words than it was said; a follow-up names it only by "it", right after an
exchange about its subject.
"""

# ruff: noqa: E501 - the templates are a table, read by rows
from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

ARTICLES = Path(__file__).resolve().parents[1] / "templates" / "demo" / "articles"
MESSAGES = 50
ANSWER_WORDS = 150
ASKS = ("Can you tell me about", "How is it with", "I have a question too, how about", "What about")


@dataclass(frozen=True, slots=True)
class Probe:
    """A question after the last message. `gold` is "" for what nobody ever said; `evidence` are message numbers."""

    question: str
    kind: str  # single, corrected, distractor, follow_up, never
    gold: str
    value_kind: str
    evidence: tuple[int, ...] = ()
    stale: str = ""
    slot: str = ""
    lead: tuple[tuple[str, str], ...] = ()  # said right before it, by role


@dataclass(slots=True)
class Session:
    number: int
    said: list[tuple[str, str]] = field(default_factory=list)  # role, text
    probes: list[Probe] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Planted:
    """How one kind of fact is said, taken back, and asked for."""

    name: str
    value_kind: str
    role: str
    said: tuple[str, ...]
    asked: tuple[str, ...]
    make: Callable[[random.Random], str]
    noun: str = ""  # for corrections; "" where it is never corrected


STREETS = ("Oak", "Elm", "Mill", "Church", "Station", "Park", "River", "Garden", "Bridge", "Chapel")
NAMES = ("Rosa Weber", "Bob Martin", "Lena Fischer", "Tom Hughes", "Nora Quinn", "Ivan Petrov", "Maya Singh")
GOODS = ("Lumo lamp", "Aria headphones", "Brewmaster kettle", "Trail jacket", "HomeCam", "Roast grinder", "Nido stool")
MONTHS = ("January", "February", "March", "April", "May", "June", "September", "October", "November", "December")
COLOURS = ("green", "navy", "white", "yellow", "grey", "red", "black", "orange")


def _date(pick: random.Random) -> str:
    return f"{pick.randint(1, 28)} {pick.choice(MONTHS)}"


def _money(pick: random.Random) -> str:
    return f"€{pick.randint(12, 480)}.{pick.choice((0, 50, 90, 95)):02}"


def _email(pick: random.Random) -> str:
    return f"{pick.choice(('ana', 'a.silva', 'ana.s', 'silva'))}{pick.randint(10, 99)}@example.com"


PLANTED = (
    Planted("order", "reference", "customer", ("My order number is {v}.", "It is about order {v}."), ("Which order number did I give you?", "What order is this about?"), lambda p: str(p.randint(41000, 59999)), "order number"),
    Planted("email", "email", "customer", ("You can write to me at {v}.", "My e-mail is {v}."), ("Which e-mail address do you have for me?", "Where will you write to me?"), _email, "e-mail address"),
    Planted("phone", "phone", "customer", ("My mobile is {v} if the driver needs it.", "The driver can call {v}."), ("On what mobile can the driver call?", "Which mobile number for the driver did I leave?"), lambda p: f"+49 151 {p.randint(1000000, 9999999)}", "mobile number"),
    Planted("address", "address", "customer", ("Please deliver it to {v}.", "The delivery goes to {v}, please."), ("Where do you deliver it to?", "What delivery address did I ask for?"), lambda p: f"{p.randint(2, 180)} {p.choice(STREETS)} Street", "delivery address"),
    Planted("paid", "money", "assistant", ("I see that you paid {v} for it.",), ("How much had I paid for it?",), _money),
    Planted("refund", "money", "assistant", ("We will refund {v} to your account.", "The refund will be {v}."), ("What refund do I get?", "How large is the refund to my account?"), _money, "refund"),
    Planted("leaves", "date", "assistant", ("The replacement will leave our warehouse on {v}.",), ("When does the replacement leave the warehouse?",), _date, "day the replacement leaves"),
    Planted("needed", "date", "customer", ("I need it before {v}, we travel then.",), ("Before which day do I need it because we travel?",), _date, "day we travel"),
    Planted("serial", "reference", "customer", ("The serial number on the label is {v}.",), ("Which serial number is on the label?",), lambda p: f"SN-{p.randint(10, 99)}{p.choice('ABCDEFG')}{p.randint(10, 99)}", "serial number"),
    Planted("error", "reference", "customer", ("The display shows error {v} when I start it.",), ("Which error did the display show at the start?",), lambda p: f"E-{p.randint(11, 98)}"),
    Planted("case", "reference", "assistant", ("I have opened case {v} for this.",), ("What is the case you opened?",), lambda p: f"C-{p.randint(1000, 9999)}"),
    Planted("tracking", "reference", "assistant", ("The return travels under tracking number {v}.",), ("Under which tracking number does the return travel?",), lambda p: f"JD{p.randint(10**9, 10**10 - 1)}"),
    Planted("neighbour", "name", "customer", ("If nobody is home, my neighbour {v} takes the parcel.",), ("Which neighbour takes the parcel if nobody is home?",), lambda p: p.choice(NAMES), "neighbour"),
    Planted("colour", "word", "customer", ("I would like the {v} one this time.",), ("What colour would I like this time?",), lambda p: p.choice(COLOURS)),
    Planted("voucher", "reference", "assistant", ("As an apology I added the voucher {v} to your account.",), ("Which voucher did you add as an apology?",), lambda p: f"{p.choice(('SORRY', 'THANKS', 'GIFT'))}{p.randint(5, 95)}"),
    Planted("call", "time", "assistant", ("A technician will call you at {v}.",), ("At what time will the technician call?",), lambda p: f"{p.randint(8, 19)}:{p.choice(('00', '15', '30', '45'))}"),
    Planted("card", "reference", "customer", ("I paid with the card ending in {v}.",), ("The card I paid with, what does it end in?",), lambda p: str(p.randint(1000, 9999))),
    Planted("firmware", "version", "customer", ("The app says it runs firmware {v}.",), ("Which firmware does the app say it runs?",), lambda p: f"{p.randint(1, 4)}.{p.randint(0, 9)}.{p.randint(0, 9)}"),
    Planted("warranty", "date", "assistant", ("Your warranty runs until {v}.",), ("Until when does my warranty run?",), lambda p: f"{p.choice(MONTHS)} {p.randint(2027, 2031)}"),
    Planted("discount", "percent", "assistant", ("I can give you {v} off your next order.",), ("How much is off my next order?",), lambda p: f"{p.randint(5, 30)} %"),
)  # fmt: skip
TAKEN_BACK = (
    "Sorry, {new}, not {old}.",
    "Sorry, I mistyped the {noun}, it is {new}.",
    "Correction, the {noun} is {new}, not {old}.",
    "I gave you the wrong {noun}, it is {new}.",
)
NEVER = (
    ("What is my customer number?", "reference"),
    ("Which IBAN did I give you?", "reference"),
    ("What was my old phone number?", "phone"),
    ("How much was the express fee you mentioned?", "money"),
)
# What a follow-up is about, and how it asks: the subject stands in the exchange before it alone.
FOLLOW_UPS = {
    "order": ("my order", "What was its number?"),
    "email": ("your e-mails to me", "Which address do they go to?"),
    "address": ("the delivery", "Which address does it go to?"),
    "paid": ("what I paid", "How much was it?"),
    "refund": ("my refund", "How much is it?"),
    "leaves": ("the replacement", "When does it leave the warehouse?"),
    "serial": ("the serial number on the label", "What was it again?"),
    "case": ("the case that you opened", "What is its number?"),
    "tracking": ("the return", "Which tracking number does it have?"),
    "voucher": ("the voucher", "What was its code?"),
    "call": ("the technician's call", "When is it?"),
    "warranty": ("my warranty", "Until when does it run?"),
    "firmware": ("the firmware of the app", "Which one was it?"),
}
FOLLOW_UPS_EACH = 2
SMALL = ("Okay.", "I see, thanks.", "Good to know.", "Right, let me look.", "That helps.", "Understood.", "Fine.")


def paragraphs() -> list[tuple[str, str]]:
    """Titles and what an assistant says of the demo shop's articles: up to ANSWER_WORDS words, without Markdown."""
    told = []
    for path in sorted(ARTICLES.rglob("*.md")):
        _, front, body = path.read_text().split("---", 2)
        title = re.search(r'^title: "?(.+?)"?$', front, re.M)
        plain = [re.sub(r"[*_`>]|\[([^\]]*)\]\([^)]*\)", r"\1", block) for block in body.split("\n\n")]
        prose = [
            " ".join(block.split()) for block in plain if block.strip() and block.strip()[0] not in "#|-0123456789"
        ]
        words = " ".join(prose).split()
        name = title.group(1) if title else path.stem
        told += [(name, " ".join(words[at : at + ANSWER_WORDS])) for at in range(0, len(words) - 50, ANSWER_WORDS)]
    return told


def session(number: int, seed: int, pool: list[tuple[str, str]]) -> Session:
    """One conversation with its probes; the same number and seed give the same."""
    pick = random.Random(f"{seed}:{number}")
    made = Session(number)
    slots = pick.sample(PLANTED, 17)
    events = _events(slots, pick, made)
    facts_by_turn: dict[int, list[tuple[str, str, Callable[[int], None]]]] = {}
    for turn, role, text, note in events:
        facts_by_turn.setdefault(turn, []).append((role, text, note))
    for turn in range(MESSAGES // 2):
        _exchange(made, facts_by_turn.get(turn, []), pick, pool)
    _ask_back(made, random.Random(f"{seed}:{number}:follow-up"))
    made.probes += [Probe(question, "never", "", kind) for question, kind in pick.sample(NEVER, 2)]
    return made


def _events(
    slots: list[Planted], pick: random.Random, made: Session
) -> list[tuple[int, str, str, Callable[[int], None]]]:
    """What is said when: (exchange, role, text, what to note once its message number is known)."""
    events: list[tuple[int, str, str, Callable[[int], None]]] = []
    turns = pick.sample(range(0, 21), len(slots))
    corrected = {slot.name for slot in pick.sample([s for s in slots if s.noun], 4)}
    for slot, turn in zip(slots, turns, strict=True):
        value, asked = slot.make(pick), pick.choice(slot.asked)
        text = pick.choice(slot.said).format(v=value)
        if slot.name not in corrected:
            events.append((turn, slot.role, text, _noting(made, asked, "single", value, slot)))
            continue
        new = slot.make(pick)
        while new == value:
            new = slot.make(pick)
        events.append((turn, slot.role, text, lambda _: None))
        back = pick.choice(TAKEN_BACK).format(new=new, old=value, noun=slot.noun)
        later = min(turn + pick.randint(1, 3), 22)
        events.append((later, slot.role, back, _noting(made, asked, "corrected", new, slot, stale=value)))
    goods = pick.choice(GOODS)
    other = str(pick.randint(61000, 79999))
    distractor = Planted("other", "reference", "customer", (), (), str)
    text = f"I also have another order, {other}, for a {goods}, but that one is fine."
    events.append((pick.randint(4, 18), "customer", text, _noting(made, f"What was the number of the other order, for the {goods}?", "distractor", other, distractor)))  # fmt: skip
    return events


def _noting(
    made: Session, question: str, kind: str, gold: str, slot: Planted, stale: str = ""
) -> Callable[[int], None]:
    def note(message: int) -> None:
        made.probes.append(Probe(question, kind, gold, slot.value_kind, (message,), stale, slot.name))

    return note


def _ask_back(made: Session, pick: random.Random) -> None:
    """Ask for some of the planted facts as follow-ups instead."""
    fitting = [place for place, probe in enumerate(made.probes) if probe.slot in FOLLOW_UPS]
    for place in pick.sample(fitting, min(FOLLOW_UPS_EACH, len(fitting))):
        subject, question = FOLLOW_UPS[made.probes[place].slot]
        asks = f"One more question about {subject}."
        answers = f"Of course, what would you like to know about {subject.replace('my ', 'your ')}?"
        lead = (("customer", asks), ("assistant", answers))
        made.probes[place] = replace(made.probes[place], question=question, kind="follow_up", lead=lead)


def _exchange(
    made: Session, facts: list[tuple[str, str, Callable[[int], None]]], pick: random.Random, pool: list[tuple[str, str]]
) -> None:
    customer = [text for role, text, _ in facts if role == "customer"]
    assistant = [text for role, text, _ in facts if role == "assistant"]
    title, topic = pick.choice(pool)
    asks = f"{pick.choice(ASKS)} {title[0].lower()}{title[1:]}?"
    opening = pick.choice(SMALL) if customer else asks
    made.said.append(("customer", " ".join([opening, *customer])))
    first = len(made.said)
    made.said.append(("assistant", " ".join([*assistant, topic])))
    for role, _, note in facts:
        note(first if role == "customer" else first + 1)
