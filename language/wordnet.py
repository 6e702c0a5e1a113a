"""Opposites and synonyms of general English, from WordNet; words are given as Snowball stems."""

from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from language import stemming

FOLDER = Path(__file__).parent / "data" / "wordnet"
# A prefix that turns a word into its opposite, or into its undoing or redoing.
PREFIXES = ("un", "in", "im", "ir", "il", "dis", "de", "non", "mis", "re", "anti", "pre", "post", "over", "under")
# The same for endings: "careful" and "careless".
SUFFIXES = ("ful", "less")


@lru_cache(maxsize=50_000)  # customers may write any word
def stem(word: str) -> str:
    return stemming.stem(word)


@cache
def opposites() -> dict[str, set[str]]:
    """Each stem and its opposites."""
    found: dict[str, set[str]] = {}
    for name in ("antonyms.txt", "opposites.txt"):
        for line in lines(name):
            left, right = (stem(word) if name == "opposites.txt" else word for word in line.split())
            found.setdefault(left, set()).add(right)
            found.setdefault(right, set()).add(left)
    return found


@cache
def synonym_groups() -> dict[str, set[int]]:
    """Each stem and the numbers of the groups it belongs to."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(grouped()):
        for word in group:
            found.setdefault(word, set()).add(number)
    return found


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#")]


def are_opposites(left: str, right: str) -> bool:
    """Whether one stem turns the other around: open and close, lock and unlock, careful and careless."""
    if right in opposites().get(left, ()):
        return True
    short, long = sorted((left, right), key=len)
    if len(short) >= 3 and any(long == prefix + short for prefix in PREFIXES):
        return True
    return any(left.endswith(x) and right == left.removesuffix(x) + y for x, y in product(SUFFIXES, SUFFIXES) if x != y)


def are_opposed(left: str, right: str) -> bool:
    """Opposites, or one an opposite of a synonym of the other: "allow" and "prohibit" by way of "permit"."""
    if are_opposites(left, right):
        return True
    return bool(alike(left) & opposites().get(right, set()) or alike(right) & opposites().get(left, set()))


@lru_cache(maxsize=50_000)
def alike(word: str) -> set[str]:
    """The stem's synonyms, by all groups it belongs to."""
    groups = synonym_groups().get(word, set())
    return {other for number in groups for other in grouped()[number]} - {word}


@cache
def grouped() -> list[list[str]]:
    return [line.split() for line in lines("synonyms.txt")]


def are_synonyms(left: str, right: str) -> bool:
    """Whether the stems share a common meaning in WordNet, and are not opposites as well."""
    groups = synonym_groups()
    shared = groups.get(left, set()) & groups.get(right, set())
    return bool(shared) and not are_opposites(left, right)
