"""What a model wrote is compared with the sources it names, and may hold no link that they do not."""

from dataclasses import dataclass

import pytest
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from caching.models import CachedAnswer
from conversations.models import Message
from conversations.replies import answer_checks, grounding, link_filter
from conversations.replies.answer_checks import Answer, Asked
from conversations.replies.citations import cited

RETURNS = (
    "You can return anything within 30 days of delivery. The refund takes five working days. See https://shop.test/r."
)


@dataclass(frozen=True)
class Passage:
    text: str
    title: str = "Returns"
    heading_path: str = ""
    url: str = "/help/returns"
    locale: str = "en"
    article_id: str = "a1"


SOURCES = [
    Passage(RETURNS),
    Passage("Parcels to Norway cost €14.90.", title="Delivery", url="https://shop.test/delivery"),
]


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("You may return it within 30 days [1].", []),
        ("The refund is with you after 5 working days. [1]", []),
        ("You may return it within 90 days [1].", ["You may return it within 90 days [1]."]),
        ("You may return it within 90 days. [1] It is easy.", ["You may return it within 90 days. [1]"]),
        ("Norway costs €14.90 [2] and returns take 30 days [1].", []),
        ("Norway costs €14.90 [1].", ["Norway costs €14.90 [1]."]),
        ("An astronaut repaired purple telescopes [1].", ["An astronaut repaired purple telescopes [1]."]),
        ("1. Return it within 30 days [1]\n2. Wait for the refund [1]", []),
        ("Nobody is named here, whatever 1234 says.", []),
        ("As it stands there [7].", []),
        ("Yes [1].", []),
    ],
)  # fmt: skip
def test_a_sentence_is_doubted_where_its_source_does_not_carry_it(text: str, doubted: list[str]):
    assert [doubt.sentence for doubt in grounding.doubts(text, SOURCES, locale="en")] == doubted


@pytest.mark.parametrize(
    ("text", "why_not"),
    [
        ("You may return it within 30 days [1].", None),
        ("[1]", "form"),
        ("- **[1]**", "form"),
        ("I do not know. [1]", "cannot"),
        ("I'm sorry, I cannot help with that [1].", "cannot"),
    ],
)
def test_a_small_model_that_says_nothing_is_found_out_without_the_reader_too(text: str, why_not: str | None):
    question = "How long may I keep it before I send it back?"
    asked = Asked(question, question, SOURCES, "en", "en", reader=None)

    assert answer_checks.why_not(Answer(text, "", "stop"), asked) == why_not


def test_a_number_that_the_customer_named_is_no_doubt():
    text = "Your order 4711 can be returned within 30 days [1]."

    assert grounding.doubts(text, SOURCES, said_before="What about order 4711?", locale="en") == []
    assert len(grounding.doubts(text, SOURCES, locale="en")) == 1


def test_in_another_language_only_numbers_are_compared():
    for text, count in (("Sie können alles binnen 30 Tagen zurückschicken [1].", 0), ("Binnen 90 Tagen [1].", 1)):
        assert len(grounding.doubts(text, SOURCES, locale="de-CH")) == count


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Look at [our page](/help/returns).", "Look at [our page](/help/returns)."),
        ("Look at https://shop.test/r.", "Look at https://shop.test/r."),
        ("Look at <https://shop.test/delivery/>.", "Look at <https://shop.test/delivery/>."),
        ("Look at [our page](https://evil.test/?q=secret).", "Look at our page."),
        ("Look at [1](https://evil.test).", "Look at [1]."),
        ("![pixel](https://evil.test/x.png)Hello", "pixelHello"),
        ("![pixel](https://shop.test/r)Hello", "pixelHello"),
        ("See https://evil.test/?q=1 for more", "See  for more"),
        ("See <HTTP://EVIL.test> and www.evil.test", "See  and "),
        ("[a][b]\n\n[b]: https://evil.test 'x'", "[a][b]\n\n[b] :  'x'"),
        ("[run](javascript:alert(1))", "run"),
    ],
)
def test_no_link_is_left_that_no_passage_holds(text: str, left: str):
    assert cited(text, SOURCES)[0] == left


@given(
    st.lists(
        st.sampled_from(
            ["See ", "https", "://", "evil", ".test", "/a ", "[b](", ") ", "www.", "ñ", "\n", "shop.test/r"]
        )
    )
)
def test_no_unknown_address_comes_through_however_it_is_cut(pieces: list[str]):
    sieve = link_filter.Sieve(link_filter.known(SOURCES))

    shown = "".join(sieve.feed(piece) for piece in pieces) + sieve.close()

    assert "https://evil" not in shown
    assert "www.evil" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "Look at https://evil.test/a?b#c, now",
        "(www.evil.test)",
        "wwww.evil.test/ hfhttps://evil.test",
        "seeHTTPS://EVIL.test</p>",
        "![x](https://evil.test/a.png) [1](ftp://evil.test)",
    ],
)
def test_an_address_cut_anywhere_is_taken_out_as_from_the_whole_text(text):
    for place in range(len(text) + 1):
        sieve = link_filter.Sieve(frozenset())
        shown = sieve.feed(text[:place]) + sieve.feed(text[place:]) + sieve.close()
        assert shown == link_filter.only(text, frozenset())
    sieve = link_filter.Sieve(frozenset())
    letters = "".join(sieve.feed(letter) for letter in text) + sieve.close()
    assert letters == link_filter.only(text, frozenset())


def test_a_word_that_becomes_no_address_is_shown_when_the_next_one_begins():
    sieve = link_filter.Sieve(frozenset())

    assert [sieve.feed(piece) for piece in ("You", " have", " 30", " days")] == ["", "You ", "have ", "30 "]
    assert sieve.close() == "days"


def test_a_text_without_links_comes_through_as_it_is():
    sieve, text = (
        link_filter.Sieve(frozenset()),
        "You have 30 days [1], and\n- a list\n- of <things> & 日本語のテキスト.",
    )

    assert "".join(sieve.feed(letter) for letter in text) + sieve.close() == text


@pytest.mark.django_db(transaction=True)
async def test_a_wrong_number_is_marked_and_kept_out_of_the_cache(chat, engine, returns_article):
    engine.script = ["You have 90 days [1]. The refund takes five working days [1]."]

    async with chat() as ana:
        completed = await ana.ask("How do I send something back?")

    assert completed["citations"][0]["supported"] is False
    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["unsupported"] == ["You have 90 days [1]."]
    assert await sync_to_async(CachedAnswer.objects.count)() == 0


@pytest.mark.django_db(transaction=True)
async def test_a_link_that_the_model_invents_is_shown_to_nobody(chat, engine, returns_article):
    engine.script = [["You have 30 days [1]. See ht", "tps://evil.te", "st/?q=1", " or [our page](/help/returns)."]]

    async with chat() as ana:
        completed = await ana.ask("How do I send something back?")

    assert completed["text"] == "You have 30 days [1]. See  or [our page](/help/returns)."
    assert "evil" not in "".join(event.get("text", "") for event in ana.heard)
