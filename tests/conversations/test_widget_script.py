"""The bundled widget script: small, and with every text in every language."""

import gzip
import re

import pytest

from conversations.widget.bundle import bundle, strings, without_comments

LOADED_MAX_BYTES = 31_000


def test_the_script_stays_small():
    assert len(gzip.compress(bundle().text.encode())) <= LOADED_MAX_BYTES


def test_lines_that_only_people_read_are_not_loaded():
    source = "// Why.\nfunction one() {\n  // Because.\n  return 'https://shop.example'; // stays\n}\n"

    assert without_comments(source) == "function one() {\nreturn 'https://shop.example'; // stays\n}"


@pytest.mark.parametrize("locale", sorted(set(strings()) - {"en"}))
def test_every_text_is_there_in_every_language_with_the_same_values(locale):
    def shape(texts):
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}

    assert shape(strings()[locale]) == shape(strings()["en"])
