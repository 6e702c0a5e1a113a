"""Guards: checks that two questions must pass before they can share an answer. Pure.

Each guard returns a reason, or None. Guards use general English (numbers, polarity, opposites, names, directions, what
is asked for), so they work in every shop.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from caching.matching.question_parsing import Reading, Word, is_unit
from language.inflection import are_forms, is_known
from language.negation import NEGATORS
from language.stop_words import FUNCTION_WORDS
from language.wordnet import are_opposed, are_opposites, are_synonyms
from language.words import LIKE_PREPOSITIONS, PREPOSITIONS

# Two of these ask for different things, whatever else the questions share.
EXCLUSIVE = {"reason", "time", "frequency", "quantity", "place", "person", "doing", "statement"}
# A statement without a question asks for the reason as well as for what to do about it.
STATEMENT_MEETS = {"statement", "reason", "doing", "whether", "what", "choice"}
# "Where" something is done is often "how" it is done, and so is "who" does it.
NEIGHBOURS = (frozenset({"place", "doing"}), frozenset({"person", "doing"}), frozenset({"place", "person"}))
TYPO_MIN_CHARS = 5
# Texts with more content words are no questions, and would take long to compare.
COMPARED_MAX = 60


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the content words of two questions pair up, and which are left over on each side."""

    a: Reading
    b: Reading
    same: tuple[tuple[Word, Word], ...]
    close: tuple[tuple[Word, Word], ...]  # a typo, a synonym, an abbreviation
    only_a: tuple[Word, ...]
    only_b: tuple[Word, ...]


def compare(a: Reading, b: Reading) -> Comparison:
    left, right = list(a.content[:COMPARED_MAX]), list(b.content[:COMPARED_MAX])
    same = pair_up(left, right, lambda x, y: x.text == y.text)
    same += pair_up(left, right, lambda x, y: x.stem == y.stem and are_forms(x.text, y.text))
    close = pair_up(left, right, lambda x, y: not (x.name and y.name) and is_typo(x.text, y.text))
    drop_compounds(left, right, b)
    drop_compounds(right, left, a)
    close += pair_up(left, right, lambda x, y: not x.name and not y.name and mean_the_same(x.stem, y.stem))
    matched = {word.text for pair in same for word in pair}
    return Comparison(
        a,
        b,
        tuple(same),
        tuple(close),
        tuple(word for word in left if word.text not in matched),  # repeated on this side only
        tuple(word for word in right if word.text not in matched),
    )


def pair_up(left: list[Word], right: list[Word], fits: Callable[[Word, Word], bool]) -> list[tuple[Word, Word]]:
    """Remove each matching pair from both lists and return the pairs."""
    pairs = []
    for x in list(left):
        y = next((y for y in right if fits(x, y)), None)
        if y is not None:
            left.remove(x)
            right.remove(y)
            pairs.append((x, y))
    return pairs


def mean_the_same(left: str, right: str) -> bool:
    return left != right and are_synonyms(left, right)


def is_typo(left: str, right: str) -> bool:
    """Return whether two words differ by one typing error and at least one is unknown: "shipping" is not "shopping"."""
    if min(len(left), len(right)) < TYPO_MIN_CHARS or not (left.isalpha() and right.isalpha()):
        return False
    if left[0] != right[0] or are_opposites(left, right):
        return False
    if is_known(left) and is_known(right):
        return False
    allowed = 1 if max(len(left), len(right)) < 9 else 2
    return OSA.distance(left, right, score_cutoff=allowed) <= allowed


def drop_compounds(left: list[Word], right: list[Word], other: Reading) -> None:
    """Remove "takeaway" against "take away", and "atm" against its three words."""
    for word in list(left):
        for size in (2, 3, 4):
            for start in range(min(len(other.words), 2 * COMPARED_MAX) - size + 1):
                run = other.words[start : start + size]
                if word.text == "".join(run) or (size >= 2 and word.text == "".join(w[0] for w in run)):
                    if word in left:
                        left.remove(word)
                    right[:] = [w for w in right if w.text not in run]


def too_long(pair: Comparison) -> str | None:
    return "too_long" if max(len(pair.a.content), len(pair.b.content)) > COMPARED_MAX else None


def numbers_differ(pair: Comparison) -> str | None:
    return "numbers" if Counter(pair.a.numbers) != Counter(pair.b.numbers) else None


def units_differ(pair: Comparison) -> str | None:
    left = {w.stem for w in pair.only_a if is_unit(w)}
    right = {w.stem for w in pair.only_b if is_unit(w)}
    return "units" if (left or right) and (pair.a.numbers or pair.b.numbers) and left != right else None


def times_differ(pair: Comparison) -> str | None:
    only_a, only_b = pair.a.times - pair.b.times, pair.b.times - pair.a.times
    synonymous = only_a and only_b and all(any(are_synonyms(x, y) for y in only_b) for x in only_a)
    return "times" if only_a and only_b and not synonymous else None


def polarity_differs(pair: Comparison) -> str | None:
    """One question denies and the other does not; or both deny, one of them once more.

    "avoid" counts like "do not", so that "is not working" matches "is broken".
    """
    a, b = pair.a, pair.b
    if bool(a.negations or a.denials) != bool(b.negations or b.denials):
        return "negation"
    count_differs = a.negations != b.negations and a.denials == b.denials
    return "negation" if count_differs or ((a.negations - b.negations) % 2 and a.denials & b.denials) else None


def opposites_stand(pair: Comparison) -> str | None:
    """A word in one question has its opposite only in the other. "Not working" may match "broken"."""
    if (pair.a.negations - pair.b.negations) % 2:
        return None
    left = {w.stem for w in pair.only_a} | leftover(pair.a, pair.b)
    right = {w.stem for w in pair.only_b} | leftover(pair.b, pair.a)
    if any(are_opposites(x, y) for x in left for y in right):
        return "opposites"
    return "opposites" if any(are_opposed(x.stem, y.stem) for x in pair.only_a for y in pair.only_b) else None


def leftover(a: Reading, b: Reading) -> set[str]:
    """Return all words of one side that the other lacks, function words too ("turn on", "turn off").

    Negations are counted elsewhere: "with no reply" is "without reply".
    """
    return set(a.words) - set(b.words) - NEGATORS


def names_differ(pair: Comparison) -> str | None:
    left, right = [w for w in pair.only_a if w.name], [w for w in pair.only_b if w.name]
    if left and right:
        return "names"
    return "name_added" if left or right else None


def directions_differ(pair: Comparison) -> str | None:
    """London to Paris is not Paris to London; "before" is not "after"."""
    left, right = dict(pair.a.directions), dict(pair.b.directions)
    if any(left[turn] != right[turn] for turn in left.keys() & right.keys()):
        return "direction"
    targets = {target: turn for turn, target in pair.a.directions}
    swapped = any(targets.get(target, turn) != turn for turn, target in pair.b.directions)
    turned = any((after, before) in pair.b.roles for before, after in pair.a.roles if before != after)
    return "direction" if swapped or turned else None


def asks_differ(pair: Comparison) -> str | None:
    kinds = frozenset({pair.a.asks, pair.b.asks})
    if pair.a.who.any_way != pair.b.who.any_way and "whether" in kinds:
        return None if "can" in pair.a.who.modals | pair.b.who.modals else "question_word"
    if len(kinds) == 1 or kinds in NEIGHBOURS or ("statement" in kinds and kinds <= STATEMENT_MEETS):
        return None
    if kinds <= EXCLUSIVE or ("reason" in kinds and "what" not in kinds):
        return "question_word"
    return None


def persons_differ(pair: Comparison) -> str | None:
    """The actor, the recipient or the owner differs."""
    a, b = pair.a.who, pair.b.who
    if a.persons and b.persons and (a.persons != b.persons or acts_differ(pair)):
        return "persons"
    left, right = dict(a.owners), dict(b.owners)
    if any(left[thing] != right[thing] for thing in left.keys() & right.keys()):
        return "owners"
    others = [{thing for thing, owner in side.items() if owner in ("he", "she", "they")} for side in (left, right)]
    return "owners" if others[0] != others[1] else None


def acts_differ(pair: Comparison) -> bool:
    """I pay them, or they pay me: a person precedes a different one of the shared words."""
    shared = {word.stem for word, _ in pair.same} | {""}
    left, right = ({act for act in side.who.acts if act[1] in shared} for side in (pair.a, pair.b))
    return bool(left - right and right - left)


def limits_differ(pair: Comparison) -> str | None:
    return "limits" if pair.a.who.limits != pair.b.who.limits else None


def prepositions_differ(pair: Comparison) -> str | None:
    """Paying in the shop is not paying for it. Prepositions of one group are interchangeable."""
    for x, y in pair.same:
        in_a = preposition(pair.a, pair.a.content.index(x))
        in_b = preposition(pair.b, pair.b.content.index(y))
        if in_a and in_b and in_a != in_b and not any({in_a, in_b} <= group for group in LIKE_PREPOSITIONS):
            return "preposition"
    return None


def modals_differ(pair: Comparison) -> str | None:
    """ "Can" is not "may", "should" or "must"."""
    a, b = pair.a.who, pair.b.who
    left_open = {"can"} if a.any_way or b.any_way else set()  # "how do I" means "how can I", and implies that one can
    return "modal" if a.modals - left_open != b.modals - left_open else None


def negations_move(pair: Comparison) -> str | None:
    """Both deny, but each negation precedes a word that the other question does not deny."""
    a, b = pair.a.denied, pair.b.denied
    if len(a) != len(b):
        return None
    stems = [{word.stem for word in reading.content} for reading in (pair.a, pair.b)]
    return "negation" if a != b and a - b <= stems[1] and b - a <= stems[0] and a - b else None


def stems_collide(pair: Comparison) -> str | None:
    """Two words share a stem without being forms of one word: mechanics and mechanism."""
    left, right = ({word.stem for word in side} for side in (pair.only_a, pair.only_b))
    return "stem" if left & right else None


def something_added(pair: Comparison) -> str | None:
    """One side has an extra content word: a condition, or another thing. "A gift card" is not "a card"."""
    left, right = ([w for w in side if not w.light] for side in (pair.only_a, pair.only_b))
    return "added" if bool(left) != bool(right) else None


def order_differs(pair: Comparison) -> str | None:
    """The same words in another order have other roles: from India to Pakistan, a buyer and a seller."""
    places = sorted((pair.a.content.index(x), pair.b.content.index(y)) for x, y in (*pair.same, *pair.close))
    places_b = [place for _, place in places]
    if places_b == sorted(places_b):
        return None
    return None if is_moved(pair, places) else "order"


def is_moved(pair: Comparison, places: list[tuple[int, int]]) -> bool:
    """Return whether the end of one question precedes the rest in the other, each after its own preposition.

    "How do I set up voicemail on my phone?" and "On my phone, how do I set up voicemail?"
    """
    places_b = [place for _, place in places]
    turn = places_b.index(min(places_b))
    if places_b[turn:] + places_b[:turn] != sorted(places_b):
        return False
    heads = (places[0], places[turn])
    stands_behind = [(preposition(pair.a, here), preposition(pair.b, other)) for here, other in heads]
    return bool(stands_behind[1][0]) and all(here == places_b for here, places_b in stands_behind)


def preposition(reading: Reading, place: int) -> str:
    """Return the preposition before a content word, if any."""
    word = reading.content[place].text
    before = reading.words[: reading.words.index(word)] if word in reading.words else ()
    between = [w for w in before[::-1] if w in PREPOSITIONS or w not in FUNCTION_WORDS]
    return between[0] if between and between[0] in PREPOSITIONS else ""


GUARDS = (
    too_long,
    numbers_differ,
    units_differ,
    times_differ,
    polarity_differs,
    opposites_stand,
    names_differ,
    directions_differ,
    asks_differ,
    persons_differ,
    modals_differ,
    limits_differ,
    prepositions_differ,
    negations_move,
    stems_collide,
    something_added,
    order_differs,
)


def veto(pair: Comparison) -> str | None:
    """Return the first guard's reason why the two must not share an answer, or None."""
    return next((reason for guard in GUARDS if (reason := guard(pair))), None)
