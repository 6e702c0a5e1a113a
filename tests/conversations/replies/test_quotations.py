from uuid import uuid4

from conversations.replies.quotations import render
from knowledge.search.extractive_answers import Quote
from knowledge.search.types import Passage


def quote(title: str, text: str, locale: str = "en") -> Quote:
    passage = Passage(
        chunk_id=1,
        article_id=uuid4(),
        external_id=title,
        title=title,
        url="",
        heading_path="",
        text=text,
        revision=1,
        score=1.0,
        found_by=(),
        tokens=1,
        source_key="article:1",
        content_hash="",
        locale=locale,
    )
    return Quote(text, passage, 1.0)


def test_a_quotation_stands_behind_the_title_of_its_article_and_names_its_source() -> None:
    assert render([quote("Returns", "30 days.")], "en") == "From “Returns”:\n\n> 30 days. [1]"


def test_the_source_of_a_list_or_a_table_stands_below_it() -> None:
    assert render([quote("Returns", "1. Print it.\n2. Send it.")], "en").endswith("> 2. Send it.\n>\n> [1]")
    assert render([quote("Prices", "| A |\n|---|\n| B |")], "en").endswith("> | B |\n>\n> [1]")


def test_two_articles_are_quoted_one_after_the_other() -> None:
    said = render([quote("Returns", "30 days."), quote("Refunds", "Five days.")], "en")

    assert said == "From “Returns”:\n\n> 30 days. [1]\n\nAnd from “Refunds”:\n\n> Five days. [2]"


def test_a_quotation_in_another_language_says_so_in_the_customer_s() -> None:
    assert render([quote("Returns", "30 days.")], "de").startswith("Aus „Returns“ (auf Englisch):")
    assert render([quote("Returns", "30 days.")], "fr-CH").startswith("Extrait de « Returns » (en anglais) :")
    assert render([quote("Retouren", "30 Tage.", "de")], "ja").startswith("From “Retouren” (in German):")


def test_the_source_of_code_stands_below_it_and_not_in_it() -> None:
    assert render([quote("API", "~~~\ncurl\n~~~")], "en").endswith("> ~~~\n> curl\n> ~~~\n>\n> [1]")
    assert render([quote("API", "    curl")], "en").endswith(">     curl\n>\n> [1]")
    assert render([quote("API", "```sh\ncurl")], "en").endswith("> curl\n> ```\n>\n> [1]")  # a fence that was cut


def test_numbers_in_brackets_in_an_article_are_no_sources() -> None:
    said = render([quote("Law [2]", "See note [2], [the rules][1] and [1, 2]."), quote("Refunds", "Five days.")], "en")

    assert said.startswith("From “Law (2)”:\n\n> See note (2), [the rules] (1) and (1, 2). [1]\n\n")
    assert said.count("[1]") == said.count("[2]") == 1


def test_brackets_in_code_and_links_stay_as_they_are() -> None:
    code = "Take `row[1]` of [1](https://shop.example/1):\n\n```\nprint(row[1])\n```"

    assert all(f"> {line}".rstrip() in render([quote("API", code)], "en").split("\n") for line in code.split("\n"))
