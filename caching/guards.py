"""What must agree between two questions before the answer to one may be given to the other. Pure.

Each guard gives a reason, or None. They look at general signs of English (numbers, polarity, opposites,
names, directions, what is asked for), so they hold in every shop.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from caching.lexicon import are_opposed, are_opposites, are_synonyms
from caching.reading import Reading, Word, is_unit
from caching.vocabulary import NEGATORS

# Two of these ask for different things, whatever else they share.
EXCLUSIVE = {"reason", "time", "frequency", "quantity", "place", "person", "doing", "told"}
# What is told without a question asks for the reason as well as for what to do about it.
TOLD_MEETS = {"told", "reason", "doing", "whether", "what", "choice"}
# Where something is done is often how it is done, and so is who does it.
NEIGHBOURS = (frozenset({"place", "doing"}), frozenset({"person", "doing"}), frozenset({"place", "person"}))
TYPO_MIN_CHARS = 5


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
    left, right = list(a.content), list(b.content)
    same = pair_up(left, right, lambda x, y: x.stem == y.stem)
    close = pair_up(left, right, lambda x, y: not (x.name and y.name) and is_typo(x.text, y.text))
    drop_compounds(left, right, b)
    drop_compounds(right, left, a)
    close += pair_up(left, right, lambda x, y: not x.name and not y.name and are_synonyms(x.stem, y.stem))
    matched = {word.stem for pair in same for word in pair}
    return Comparison(
        a,
        b,
        tuple(same),
        tuple(close),
        tuple(word for word in left if word.stem not in matched),  # said twice here, once there
        tuple(word for word in right if word.stem not in matched),
    )


def pair_up(left: list[Word], right: list[Word], fits: Callable[[Word, Word], bool]) -> list[tuple[Word, Word]]:
    """Take each fitting pair out of both lists."""
    pairs = []
    for x in list(left):
        y = next((y for y in right if fits(x, y)), None)
        if y is not None:
            left.remove(x)
            right.remove(y)
            pairs.append((x, y))
    return pairs


def is_typo(left: str, right: str) -> bool:
    """One slip of the finger apart, in a word long enough for that to be no other word."""
    if min(len(left), len(right)) < TYPO_MIN_CHARS or not (left.isalpha() and right.isalpha()):
        return False
    if left[0] != right[0] or are_opposites(left, right):
        return False
    allowed = 1 if max(len(left), len(right)) < 9 else 2
    return OSA.distance(left, right, score_cutoff=allowed) <= allowed


def drop_compounds(left: list[Word], right: list[Word], other: Reading) -> None:
    """Take out "takeaway" here against "take away" there, and "atm" against its three words."""
    for word in list(left):
        for size in (2, 3, 4):
            for start in range(len(other.words) - size + 1):
                run = other.words[start : start + size]
                if word.text == "".join(run) or (size >= 2 and word.text == "".join(w[0] for w in run)):
                    if word in left:
                        left.remove(word)
                    right[:] = [w for w in right if w.text not in run]


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
    """One side denies and the other does not; or both name a denial and one negates it once more.

    That "avoid" counts like "do not" lets "is not working" meet "is broken".
    """
    a, b = pair.a, pair.b
    if bool(a.negations or a.denials) != bool(b.negations or b.denials):
        return "negation"
    return "negation" if (a.negations - b.negations) % 2 and a.denials & b.denials else None


def opposites_stand(pair: Comparison) -> str | None:
    """A word here whose opposite is there, and neither on both sides. "Not working" may meet "broken"."""
    if (pair.a.negations - pair.b.negations) % 2:
        return None
    left = {w.stem for w in pair.only_a} | leftover(pair.a, pair.b)
    right = {w.stem for w in pair.only_b} | leftover(pair.b, pair.a)
    if any(are_opposites(x, y) for x in left for y in right):
        return "opposites"
    return "opposites" if any(are_opposed(x.stem, y.stem) for x in pair.only_a for y in pair.only_b) else None


def leftover(here: Reading, there: Reading) -> set[str]:
    """All words of one side that the other lacks, function words too ("turn on", "turn off").

    But for those that negate, which are counted elsewhere: "with no reply" is "without reply".
    """
    return set(here.words) - set(there.words) - NEGATORS


def names_differ(pair: Comparison) -> str | None:
    left, right = [w for w in pair.only_a if w.name], [w for w in pair.only_b if w.name]
    if left and right:
        return "names"
    return "name_added" if left or right else None


def directions_differ(pair: Comparison) -> str | None:
    """From London to Paris is not from Paris to London; before is not after."""
    left, right = dict(pair.a.directions), dict(pair.b.directions)
    if any(left[turn] != right[turn] for turn in left.keys() & right.keys()):
        return "direction"
    targets = {target: turn for turn, target in pair.a.directions}
    swapped = any(targets.get(target, turn) != turn for turn, target in pair.b.directions)
    turned = any((after, before) in pair.b.roles for before, after in pair.a.roles if before != after)
    return "direction" if swapped or turned else None


def asks_differ(pair: Comparison) -> str | None:
    asked = frozenset({pair.a.asks, pair.b.asks})
    if len(asked) == 1 or asked in NEIGHBOURS or ("told" in asked and asked <= TOLD_MEETS):
        return None
    if asked <= EXCLUSIVE or ("reason" in asked and "what" not in asked):
        return "question_word"
    return None


GUARDS = (
    numbers_differ,
    units_differ,
    times_differ,
    polarity_differs,
    opposites_stand,
    names_differ,
    directions_differ,
    asks_differ,
)


def veto(pair: Comparison) -> str | None:
    """The first guard's reason why the two must not share an answer, or None."""
    return next((reason for guard in GUARDS if (reason := guard(pair))), None)
