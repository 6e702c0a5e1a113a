"""How the shipped languages show what a question asks for: a rule in general, one person's matter, an act, this moment.

One module a language, all of the same form. Adding a language is adding its module here.
"""

from language.signs import de, en, es, fr, it, nl, pl, pt
from language.signs.form import Signs

SIGNS: dict[str, Signs] = {
    "de": de.SIGNS,
    "en": en.SIGNS,
    "es": es.SIGNS,
    "fr": fr.SIGNS,
    "it": it.SIGNS,
    "nl": nl.SIGNS,
    "pl": pl.SIGNS,
    "pt": pt.SIGNS,
}

__all__ = ["SIGNS", "Signs"]
