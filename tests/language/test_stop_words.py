"""One list of English grammar, and what each of its readers leaves out besides."""

from language.negation import NEGATORS
from language.stop_words import CLAUSE_STOP_WORDS, FUNCTION_WORDS, STOP_WORDS


def test_all_readers_share_the_grammar() -> None:
    shared = STOP_WORDS["en"] & FUNCTION_WORDS & CLAUSE_STOP_WORDS

    assert {"the", "you", "where", "does", "really"} <= shared
    assert len(shared) > 90


def test_a_negation_is_never_left_out_where_answers_are_compared() -> None:
    assert not FUNCTION_WORDS & NEGATORS


def test_what_may_be_done_is_never_left_out_of_a_summary() -> None:
    assert not CLAUSE_STOP_WORDS & {"may", "must", "within", "without"}
