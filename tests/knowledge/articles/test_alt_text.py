"""Pictures without a description get one suggested from the words around them."""

import pytest

from knowledge.articles.alt_text import MAX_CHARS, suggestions

ADDRESS = "/article-files/0b5c"


@pytest.mark.parametrize(
    ("markdown", "description"),
    [
        ('![](/a.png "The label with the serial number")', "The label with the serial number"),
        ("![](/a.png)\n*The label on the back*", "The label on the back"),
        ("![](/a.png)\n\n*The label on the back*\n\nMore.", "The label on the back"),
        ("1. Press the red button. ![](/a.png)\n2. Wait.", "Press the red button."),
        ("First. The number is on the label:\n\n![](/a.png)", "The number is on the label"),
        ("## Where the number is\n\nIt is long.\n\n![](/a.png)", "Where the number is"),
        ("## Clean the **grinder**\n\n![IMG_2041](/a.png)", "Clean the grinder"),
        ("## Clean\n\n![screenshot-3.png](/a.png)", "Clean"),
    ],
)
def test_it_is_what_is_likely_to_be_about_the_picture(markdown, description):
    assert [each.description for each in suggestions(markdown)] == [description]


@pytest.mark.parametrize(
    "markdown",
    [
        "## Clean\n\n![The label on the back](/a.png)",  # is described
        "![](/a.png)",  # nothing is near
        "## Clean\n\n```\n![](/a.png)\n```",  # code
        "## Clean\n\nNo picture.",
    ],
)
def test_none_is_suggested_where_there_is_one_or_nothing_is_known(markdown):
    assert suggestions(markdown) == []


def test_it_says_what_is_to_be_put_in_the_place_of_what():
    (found,) = suggestions(f"## The [red] label\n\n![]({ADDRESS})")

    assert (found.written, found.instead) == (f"![]({ADDRESS}", f"![The \\[red\\] label]({ADDRESS}")


def test_a_long_one_is_cut_at_a_word():
    (found,) = suggestions(f"![](/a.png) {'word ' * 100}")

    assert len(found.description) <= MAX_CHARS
    assert found.description.endswith("word…")
