"""Decide whether one English word is a form of another. Pure.

Equal stems are not enough: "mechanics" is no form of "mechanism".
"""

from functools import cache

from language.wordnet import lines
from language.words import words_of

# Look like verb forms, but are not.
NOT_OF_VERBS = words_of(
    "department apartment basement vacation garment cement moment element document station designation foundation "
    "plantation relation sensation vocation probation reparation dictation"
)
# Plurals and -ing forms that are words of their own with another meaning.
NO_FORMS = words_of(
    "securities goods customs arms news means premises damages manners spirits savings glasses minutes contents "
    "marketing building banking accounting engineering housing wedding meaning training meeting setting settings "
    "heading feeling living crossing clothing lodging stocking flooring roofing coating icing dressing serving landing "
    "trading advertising drawing painting saving earring outing evening morning during being"
)
SHORTEST = 3


@cache
def known_words() -> frozenset[str]:
    return frozenset(lines("words.txt"))


@cache
def irregular() -> dict[str, set[str]]:
    result: dict[str, set[str]] = {}
    for line in lines("irregular.txt"):
        form, base = line.split()
        result.setdefault(form, set()).add(base)
    return result


def is_known(word: str) -> bool:
    """Return whether this is a known word or a form of one; anything else may be a typing error or a name."""
    return any(base in known_words() for base in bases(word))


@cache
def bases(word: str) -> frozenset[str]:
    """Return the word and the words that it may be a plural, past or -ing form of."""
    if word in NO_FORMS:
        return frozenset({word})
    result = {word} | irregular().get(word, set())
    for ending, replacements in (
        ("ies", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ied", ("y",)),
        ("ed", ("", "e")),
        ("ing", ("", "e")),
    ):
        if word.endswith(ending) and not word.endswith("ss"):
            trunk = word.removesuffix(ending)
            undoubled = (trunk[:-1],) if len(trunk) > SHORTEST and trunk[-1] == trunk[-2] else ()
            result |= {base for base in (*(trunk + end for end in replacements), *undoubled) if base in known_words()}
    return frozenset(base for base in result if len(base) >= SHORTEST or base == word)


@cache
def verbs_of(word: str) -> frozenset[str]:
    """Return the verbs that a noun may derive from."""
    result: set[str] = set()
    for noun in bases(word) - NOT_OF_VERBS:
        if noun.endswith("ment"):
            result.add(noun.removesuffix("ment"))
        if noun.endswith("ation"):
            trunk = noun.removesuffix("ation")
            result |= {trunk, trunk + "e", trunk + "ate", trunk.removesuffix("l")}
        if noun.endswith(("val", "sal")):
            result.add(noun.removesuffix("al") + "e")
        if noun.endswith(("renewal", "withdrawal")):
            result.add(noun.removesuffix("al"))
        if noun.endswith("ery"):
            result.add(noun.removesuffix("y"))
    return frozenset(verb for verb in result if len(verb) >= SHORTEST and verb in known_words())


def are_forms(left: str, right: str) -> bool:
    """Return whether these are two forms of one word, or a verb and its noun."""
    if left == right or bases(left) & bases(right):
        return True
    return bool(verbs_of(left) & bases(right) or verbs_of(right) & bases(left) or verbs_of(left) & verbs_of(right))
