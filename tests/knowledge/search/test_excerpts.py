from knowledge.indexing.quotable_units import units
from knowledge.search.excerpts import excerpt

STEPS = "1. Open the lid.\n2. Take the burr out.\n3. Brush it.\n4. Put it back."
CLEANING = f"Clean it once a month.\n\nDo this after it has cooled down:\n\n{STEPS}\n\nNever use water."
PRICES = "| Country | Price |\n|---|---|\n| Austria | €7.90 |\n| Norway | €14.90 |\n| Chile | €39 |"


def around(passage: str, best: str, max_words: int = 120) -> str:
    """The excerpt where the unit that holds `best` is by far the best."""
    return excerpt(passage, {unit.text: float(best in unit.text) for unit in units(passage)}, max_words)


def test_a_short_passage_is_shown_whole() -> None:
    assert around(CLEANING, "Brush it") == CLEANING


def test_steps_come_whole_and_with_what_introduces_them_however_few_words_are_allowed() -> None:
    assert around(CLEANING, "Brush it", max_words=5) == f"Do this after it has cooled down:\n\n{STEPS}"


def test_of_a_table_the_rows_asked_for_are_shown_below_its_header() -> None:
    assert around(PRICES, "Norway") == "| Country | Price |\n|---|---|\n| Norway | €14.90 |"


def test_a_part_comes_with_the_heading_it_stands_under() -> None:
    passage = f"## Parcels\n\n{'Many words about parcels. ' * 20}\n\n## Letters\n\nLetters cost €2."

    assert around(passage, "Letters cost", max_words=10) == "**Letters**\n\nLetters cost €2."


def test_of_a_long_paragraph_the_sentences_around_the_best_one_are_shown() -> None:
    passage = " ".join(f"This is sentence number {n} of many." for n in range(60))

    said = around(passage, "number 30 ", max_words=21)

    assert "number 30 " in said
    assert len(said.split()) == 21
    assert said in passage


def test_of_two_tables_with_the_same_row_that_with_the_header_asked_for_is_shown() -> None:
    standard, express = ("| Country | Standard |", "| Country | Express |")
    passage = "\n\n".join(f"{header}\n|---|---|\n| Norway | yes |" for header in (standard, express))

    said = excerpt(passage, {f"{express}\n|---|---|\n| Norway | yes |": 1.0}, 12)

    assert said == f"{express}\n|---|---|\n| Norway | yes |"


def test_a_table_without_rows_is_shown_as_it_is() -> None:
    assert (
        excerpt("| Country | Price |\n|---|---|", {"| Country | Price |": 1.0}, 120) == "| Country | Price |\n|---|---|"
    )
