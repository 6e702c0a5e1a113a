"""Opposites and synonyms of general English from WordNet. Words are given as Snowball stems."""

from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from language import stemming

FOLDER = Path(__file__).parent / "data" / "wordnet"
# Prefixes that turn a word into its opposite, or undo or redo it.
PREFIXES = ("un", "in", "im", "ir", "il", "dis", "de", "non", "mis", "re", "anti", "pre", "post", "over", "under")
# Endings with the same effect: "careful" and "careless".
SUFFIXES = ("ful", "less")


@lru_cache(maxsize=50_000)  # customers may write any word
def stem(word: str) -> str:
    return stemming.stem(word)


@cache
def opposites() -> dict[str, set[str]]:
    """Map each stem to its opposites."""
    result: dict[str, set[str]] = {}
    for name in ("antonyms.txt", "opposites.txt"):
        for line in lines(name):
            left, right = (stem(word) if name == "opposites.txt" else word for word in line.split())
            result.setdefault(left, set()).add(right)
            result.setdefault(right, set()).add(left)
    return result


@cache
def synonym_groups() -> dict[str, set[int]]:
    """Map each stem to the numbers of its synonym groups."""
    result: dict[str, set[int]] = {}
    for number, group in enumerate(grouped()):
        for word in group:
            result.setdefault(word, set()).add(number)
    return result


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#")]


def are_opposites(left: str, right: str) -> bool:
    """Return whether the stems are opposites: open and close, lock and unlock, careful and careless."""
    if right in opposites().get(left, ()):
        return True
    short, long = sorted((left, right), key=len)
    if len(short) >= 3 and any(long == prefix + short for prefix in PREFIXES):
        return True
    return any(left.endswith(x) and right == left.removesuffix(x) + y for x, y in product(SUFFIXES, SUFFIXES) if x != y)


def are_opposed(left: str, right: str) -> bool:
    """Return whether the stems are opposites, directly or by a synonym: "allow" and "prohibit" by "permit"."""
    if are_opposites(left, right):
        return True
    return bool(synonyms_of(left) & opposites().get(right, set()) or synonyms_of(right) & opposites().get(left, set()))


@lru_cache(maxsize=50_000)
def synonyms_of(word: str) -> set[str]:
    """Return the synonyms of a stem, from all its groups."""
    groups = synonym_groups().get(word, set())
    return {other for number in groups for other in grouped()[number]} - {word}


@cache
def grouped() -> list[list[str]]:
    return [line.split() for line in lines("synonyms.txt")]


def are_synonyms(left: str, right: str) -> bool:
    """Return whether the stems share a meaning in WordNet without also being opposites."""
    groups = synonym_groups()
    shared = groups.get(left, set()) & groups.get(right, set())
    return bool(shared) and not are_opposites(left, right)
