"""What articles say, as a reply without a model shows it: under the title of the article, with its source."""

import re
from collections.abc import Sequence

from django.utils.translation import get_language_info, override

from conversations.phrases import phrase, spoken
from knowledge.quoting import Quote

# How a line of a table, a list, a heading or code begins: the source stands below it.
MARKED = re.compile(r"[|#*+`-]|\d{1,9}[.)]\s")


def told(quotes: Sequence[Quote], language: str) -> str:
    """The quotations as Markdown, numbered from 1 in their order; the words around them in the customer's language."""
    return "\n\n".join(_told(quote, number, language) for number, quote in enumerate(quotes, start=1))


def _told(quote: Quote, number: int, language: str) -> str:
    lead = "quoted" if number == 1 else "quoted_too"
    said = phrase(lead, language, title=quote.passage.title, note=_note(quote, language))
    return f"{said}\n\n{_block(quote.text, number)}"


def _block(text: str, number: int) -> str:
    """Each line behind a `>`, and the number of the source at the end."""
    last = text.rstrip().rsplit("\n", 1)[-1].lstrip()
    mark = f"\n\n[{number}]" if MARKED.match(last) else f" [{number}]"
    return "\n".join(f"> {line}".rstrip() for line in f"{text.rstrip()}{mark}".split("\n"))


def _note(quote: Quote, language: str) -> str:
    """The language of the article, where it is another than the customer's."""
    written, read = quote.passage.locale[:2].lower(), spoken(language) or "en"
    if written == read:
        return ""
    try:
        with override(read):
            name = str(get_language_info(written)["name_translated"])
    except KeyError:  # a language that Django has no name for
        return ""
    return f" ({phrase('in_language', language, language=name if read in ('en', 'de', 'nl') else name.lower())})"
