"""Pairs of questions that share nearly every word and ask for different things, generated from a seed.

Each kind has hundreds of them in seven domains; none was looked at one by one. `python -m benchmarks.cache_swaps`
prints how many of each kind would be served wrongly, by what the two questions alone show: the canonical form, the
guards and the verifier, both ways round.
"""

import random
from collections.abc import Callable, Iterator
from itertools import permutations, product

from caching.evaluation import share

SEED, EACH = 20261130, 600
Pair = tuple[str, str]
# (things, deeds with {}, what goes with a deed)
DOMAINS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "shop": (
        ["the parcel", "the return", "a gift card", "the spare part", "a damaged mug", "the invoice", "the voucher"],
        ["pay for {}", "send back {}", "exchange {}", "collect {}", "insure {}", "cancel {}", "repack {}"],
        ["after 14 days", "in the showroom", "without a receipt", "with points", "before dispatch", "by post"],
    ),
    "bank": (
        ["the card", "a transfer", "the direct debit", "a joint account", "the overdraft", "the deposit", "a cheque"],
        ["block {}", "pay for {}", "extend {}", "approve {}", "close {}", "verify {}", "fund {}"],
        ["abroad", "in euros", "without a branch visit", "on weekends", "by phone", "before the due date"],
    ),
    "travel": (
        ["the flight", "a seat", "the luggage", "a rental car", "the hotel room", "the visa", "a train ticket"],
        ["book {}", "rebook {}", "check in {}", "share {}", "pay for {}", "reserve {}", "upgrade {}"],
        ["at the airport", "with a voucher", "after departure", "without a passport", "for a child", "online"],
    ),
    "insurance": (
        [
            "the claim",
            "a policy",
            "the premium",
            "a broken window",
            "the dental treatment",
            "a second driver",
            "the bike",
        ],
        ["report {}", "cover {}", "renew {}", "pay for {}", "cancel {}", "transfer {}", "document {}"],
        [
            "within a week",
            "by email",
            "without a police report",
            "in another country",
            "through an agent",
            "in writing",
        ],
    ),
    "telecom": (
        [
            "the router",
            "a prepaid plan",
            "the landline",
            "a roaming pass",
            "the contract",
            "the number",
            "a data bundle",
        ],
        ["connect {}", "return {}", "activate {}", "cancel {}", "port {}", "reset {}", "share {}"],
        ["at home", "over wifi", "without a technician", "in the app", "after the trial", "with a cable"],
    ),
    "software": (
        ["the project", "a shared folder", "the backup", "a guest account", "the calendar", "a report", "the database"],
        ["export {}", "restore {}", "delete {}", "rename {}", "lock {}", "merge {}", "archive {}"],
        ["on a phone", "with the free plan", "without admin rights", "offline", "through the API", "after the update"],
    ),
    "council": (
        [
            "a permit",
            "the parking space",
            "the bin",
            "a birth certificate",
            "the tax bill",
            "a complaint",
            "the licence",
        ],
        ["request {}", "renew {}", "pay for {}", "appeal {}", "collect {}", "withdraw {}", "transfer {}"],
        ["in person", "by letter", "without an appointment", "before April", "for a neighbour", "at the town hall"],
    ),
}
PLACES = ["India", "Pakistan", "Norway", "Poland", "Kenya", "Chile", "London", "Paris", "Oslo", "Madrid", "Vienna"]
HOLDERS = [("a savings account", "a checking account"), ("a Word file", "a PDF"), ("the old phone", "the new phone")]
HOLDERS += [("the main card", "the second card"), ("a laptop", "a tablet"), ("the basic plan", "the family plan")]
HOLDERS += [("the store", "the warehouse"), ("the seller", "the buyer"), ("the tenant", "the landlord")]
RELATIVES = ["wife", "husband", "brother", "sister", "son", "daughter", "friend", "colleague", "neighbour", "mother"]
MODALS = ["Can", "Must", "May", "Should", "Will"]
PEOPLE = ["I", "you", "we", "they", "he", "she"]
NEGATED = {
    "can": "can't",
    "will": "won't",
    "does": "doesn't",
    "is": "isn't",
    "has": "hasn't",
    "should": "shouldn't",
    "could": "couldn't",
    "did": "didn't",
    "was": "wasn't",
}
# Nouns that, set before or behind another, make another thing of it.
COMPOUNDS: dict[str, list[str]] = {
    "job": ["IT", "summer", "part-time", "warehouse"],
    "card": ["gift", "credit", "loyalty", "SIM", "boarding"],
    "account": ["guest", "savings", "business", "email", "student"],
    "delivery": ["express", "evening", "weekend", "drone"],
    "insurance": ["travel", "health", "car", "pet"],
    "refund": ["tax", "partial", "deposit"],
    "plan": ["family", "repayment", "floor", "pension"],
    "ticket": ["season", "support", "parking", "lottery"],
    "fee": ["late", "cancellation", "membership", "booking"],
    "order": ["standing", "purchase", "court", "bulk"],
    "battery": ["spare", "car", "backup"],
    "policy": ["privacy", "returns", "cookie", "baggage"],
    "return": ["policy", "label", "address", "portal"],
    "payment": ["terminal", "method", "deadline", "link"],
    "password": ["manager", "policy", "generator"],
    "parking": ["permit", "space", "garage", "fine"],
}
ABOUT_A_THING = [
    "How do I get a {}?",
    "What is the cost of a {}?",
    "Where can I find the {}?",
    "Do you offer a {}?",
    "How long does a {} take?",
    "Can I cancel a {}?",
    "Who is responsible for the {}?",
    "Is the {} free of charge?",
    "When do I need a {}?",
]
# Different words of one stem.
SAME_STEMS = [
    ("mechanics", "mechanism"),
    ("university", "universe"),
    ("organ", "organization"),
    ("general", "generation"),
    ("customs", "customer"),
    ("policy", "policies holder"),
    ("news", "new items"),
    ("operator", "operation"),
    ("author", "authority"),
    ("importance", "import"),
    ("marketing", "market"),
    ("probable cause", "probability"),
    ("security", "securities"),
    ("accountant", "account"),
    ("community", "communication"),
    ("animation", "animal"),
    ("arsenal", "arsenic"),
    ("execution", "executive"),
    ("commune", "communion"),
    ("relativity", "relative"),
    ("ironing", "irony"),
    ("secretion", "secret"),
    ("designation", "design"),
    ("inventory", "invention"),
    ("numeral", "numerous items"),
    ("shipping", "shopping"),
    ("police", "policy"),
    ("charger", "change"),
    ("billing", "bidding"),
    ("tracking", "trucking"),
]


def scenes() -> Iterator[tuple[str, str]]:
    """(deed with its thing, what goes with it), in every domain."""
    for things, deeds, extras in DOMAINS.values():
        for thing, deed, extra in product(things, deeds, extras):
            yield deed.format(thing), extra


def persons(chance: random.Random) -> Iterator[Pair]:
    """Somebody else does it, or it is done with somebody else's things."""
    for deed, extra in scenes():
        one, other = chance.sample(PEOPLE, 2)
        do = {"he": "Does", "she": "Does"}
        relative = chance.choice(RELATIVES)
        yield f"{do.get(one, 'Do')} {one} {deed} {extra}?", f"{do.get(other, 'Do')} {other} {deed} {extra}?"
        yield f"Can {one} {deed} {extra}?", f"Can {other} {deed} {extra}?"
        yield f"Can my {relative} use my card to {deed}?", f"Can I use my {relative}'s card to {deed}?"
        yield f"Can I {deed} for my {relative}?", f"Can my {relative} {deed} for me?"
        yield f"What if my {relative} uses my account to {deed}?", f"What if I use her account to {deed}?"
        yield f"Will you tell me to {deed} {extra}?", f"Will I tell you to {deed} {extra}?"


def directions(chance: random.Random) -> Iterator[Pair]:
    deeds = [deed for deed, _ in scenes()]
    for a, b in permutations(PLACES, 2):
        deed = chance.choice(deeds)
        yield f"How long do flights from {a} to {b} take?", f"How long do flights from {b} to {a} take?"
        yield f"flights {a} to {b}", f"flights {b} to {a}"
        yield f"Do you ship parcels from {a} to {b}?", f"Do you ship parcels from {b} to {a}?"
        yield f"Is there a fee to {deed} from {a} to {b}?", f"Is there a fee to {deed} from {b} to {a}?"
        yield f"Do I need a visa in {a} if I live in {b}?", f"Do I need a visa in {b} if I live in {a}?"
    for a, b in [pair for one in HOLDERS for pair in (one, one[::-1])]:
        yield f"How do I move everything from {a} to {b}?", f"How do I move everything from {b} to {a}?"
        yield f"Can I use {a} instead of {b}?", f"Can I use {b} instead of {a}?"
        yield f"Is {a} better than {b}?", f"Is {b} better than {a}?"
        yield f"How do I connect {a} to {b}?", f"How do I connect {b} to {a}?"
        yield f"Does {a} pay {b}?", f"Does {b} pay {a}?"
        yield f"How do I replace {a} with {b}?", f"How do I replace {b} with {a}?"


def modals(chance: random.Random) -> Iterator[Pair]:
    for deed, extra in scenes():
        one, other = chance.sample(MODALS, 2)
        yield f"{one} I {deed} {extra}?", f"{other} I {deed} {extra}?"
        yield f"{one} customers {deed} {extra}?", f"{other} customers {deed} {extra}?"
        yield f"When {one.lower()} I {deed} {extra}?", f"When {other.lower()} I {deed} {extra}?"
        yield f"{one} you {deed} {extra}?", f"{other} you {deed} {extra}?"


def negations(chance: random.Random) -> Iterator[Pair]:
    for things, deeds, extras in DOMAINS.values():
        for thing, deed, extra in product(things, deeds, extras):
            word, denied = chance.choice(list(NEGATED.items()))
            verb, done = deed.split(" {}")[0], f"{thing} {extra}"
            if word in ("can", "will", "should", "could"):
                yield f"Why {word} I {verb} {done}?", f"Why {denied} I {verb} {done}?"
                yield f"{word.capitalize()} I {verb} {done}?", f"{denied.capitalize()} I {verb} {done}?"
                other = chance.choice([d for w, d in NEGATED.items() if w in ("can", "will", "should") and w != word])
                yield f"Why {other} {thing} connect {extra}?", f"Why {denied} {thing} connect {extra}?"
            elif word in ("does", "did"):
                yield f"Why {word} {thing} work {extra}?", f"Why {denied} {thing} work {extra}?"
            else:
                yield f"{word.capitalize()} {thing} covered {extra}?", f"{denied.capitalize()} {thing} covered {extra}?"
                bare = denied.replace("'", "")
                yield f"What if {thing} {word} ready {extra}?", f"What if {thing} {bare} ready {extra}?"


def heads(chance: random.Random) -> Iterator[Pair]:
    for noun, others in COMPOUNDS.items():
        after = noun in ("return", "payment", "password", "parking")
        for other, asked in product(others, ABOUT_A_THING):
            longer = f"{noun} {other}" if after else f"{other} {noun}"
            yield asked.format(noun), asked.format(longer)
        for (one, other), asked in product(permutations(others, 2), ABOUT_A_THING[:4]):
            both = (f"{noun} {one}", f"{noun} {other}") if after else (f"{one} {noun}", f"{other} {noun}")
            yield asked.format(both[0]), asked.format(both[1])


def stems(chance: random.Random) -> Iterator[Pair]:
    topics = ["How do I learn about {}?", "What does {} cost?", "Where can I find {}?", "Do you offer help with {}?"]
    topics += ["Is {} included in the price?", "Who is responsible for {}?", "What are the rules for {}?"]
    topics += ["How long does {} take?", "Can I return the book on {}?", "Do I pay for {}?", "Why do you need {}?"]
    for (a, b), asked in product(SAME_STEMS, topics):
        yield asked.format(a), asked.format(b)
        yield asked.format(b), asked.format(a)


KINDS: dict[str, Callable[[random.Random], Iterator[Pair]]] = {
    "persons swapped": persons,
    "direction swapped": directions,
    "modal changed": modals,
    "negation contracted": negations,
    "head noun added": heads,
    "same stem": stems,
}


def generated(kind: str) -> list[Pair]:
    """EACH pairs of a kind, or all there are; the same on every machine."""
    chance = random.Random(f"{SEED} {kind}")
    found = list(dict.fromkeys(KINDS[kind](chance)))
    return chance.sample(found, min(EACH, len(found)))


def main() -> None:
    from caching.matching.equivalence import judge  # needs Django, which the rest of this module does not

    print(f"\nT8 one thing changed, generated, seed {SEED}: served wrongly, by the questions alone")
    for kind in KINDS:
        found = generated(kind)
        served = sum(judge(a, b).served or judge(b, a).served for a, b in found)
        print(f"  {kind:20} {share(served, len(found))}")


if __name__ == "__main__":
    main()
