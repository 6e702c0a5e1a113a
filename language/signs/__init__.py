"""Signs of what a question asks for, per language: a general rule, one person's matter, an action, this moment.

One module per language, all with the same structure. To add a language, add its module here.
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
