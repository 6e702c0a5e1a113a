import pytest

from language.follow_ups import rewritten, search_text

PRODUCTS = ("Halo", "Halo Pro", "Mill", "Mill Pro")


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        (
            "How long is the warranty of the Halo?",
            "and for the Pro one?",
            "How long is the warranty of the Halo Pro?",
        ),
        ("How do I clean the Halo?", "And the Mill?", "How do I clean the Mill?"),
        ("Do you deliver to Austria?", "How much does it cost?", "Do you deliver to Austria? How much does it cost?"),
        ("Do you deliver to Austria?", "How long is the warranty of a Halo lamp?", None),
        ("My order is 48231.", "How long do I have to return something?", None),  # few words, and yet whole
        ("Liefert ihr nach Wien?", "Kann ich bar zahlen?", None),
        ("Liefert ihr nach Wien?", "Und was kostet das?", "Liefert ihr nach Wien? Und was kostet das?"),
    ],
)
def test_a_follow_up_carries_what_it_needs(before: str, question: str, expected: str | None) -> None:
    history = (("user", before), ("assistant", "Yes, of course."))

    assert search_text(question, history, products=PRODUCTS) == (expected or question)


def test_a_product_is_swapped_without_a_catalogue() -> None:
    history = (("user", "How long does the battery of the Trace last?"), ("assistant", "Forty hours."))

    assert search_text("and the Pro?", history) == "How long does the battery of the Pro last?"


def test_a_first_question_is_left_alone() -> None:
    assert search_text("and for the Pro one?", ()) == "and for the Pro one?"


def test_the_assistants_words_do_not_steer_the_search() -> None:
    history = (("user", "Do you ship abroad?"), ("assistant", "Bananas are yellow."))

    assert "Bananas" not in search_text("how much is it?", history)


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        ("How long do parcels to Sweden take?", "And to Norway?", "How long do parcels to Norway take?"),
        ("How long do parcels to Sweden take?", "And how much is that?", None),
        ("How long do parcels from Norway to Sweden take?", "And from Finland?", None),
        ("How long does delivery take?", "And to Norway?", None),
        ("How long do parcels to Sweden take?", "How do I change my password?", None),
    ],
)
def test_a_second_question_is_made_whole_only_where_one_thing_is_swapped(
    before: str, question: str, whole: str | None
) -> None:
    assert rewritten(question, [("customer", before), ("assistant", "Two days.")]) == whole


def test_what_was_told_earlier_forbids_to_make_a_question_whole() -> None:
    said = [("customer", "I am a student"), ("customer", "How long do parcels to Sweden take?")]

    assert rewritten("And to Norway?", said) is None
