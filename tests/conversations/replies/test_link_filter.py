"""Row C7: what a model writes leads nowhere but where the shop's own articles lead, however others read its text."""

import re
import time
import warnings
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conversations.replies import link_filter
from tests.browser import hostile

PASSAGE = """Send it back within 30 days, see [the form](/help/form "Form"), <https://shop.test/delivery/>
or www.shop.test/faq. Write to <mailto:help@shop.test>. The snippet is
`<script async src="https://shop.test/w.js"></script>`, the shop https://shop.test."""
ALLOWED = link_filter.known([SimpleNamespace(url="/help/returns", text=PASSAGE)])
OURS = re.compile(
    r"(/help/(returns|form)|https://shop\.test(/delivery/?|/w\.js)?|(http://)?www\.shop\.test/faq|mailto:help@shop\.test)/*",
    re.I,
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
EVIL = (
    "[a[b]](//evil)",
    "[a [b] c](https://evil.test)",
    "[[a]](//evil)",
    "[![a](//evil)](https://shop.test)",
    "[a](https://shop.test ![x](//evil))",
    "[a](<//evil>)",
    "[a]( //evil 'title' )",
    "[a](\n//evil\n)",
    "[a](/\\evil.test)",
    "[a](\\\\evil.test)",
    "[a](\\/\\/evil.test)",
    "[a](&#47;&#47;evil.test)",
    "[a](https&colon;&sol;&sol;evil.test)",
    "[a](https://shop.test@evil.test)",
    "[a](https://shop.test)@evil.test",
    "[a](https://shop.test).evil.test/login",
    "[a](https://xn--80ak6aa92e.com)",
    "[a](/logout)",
    "[a](?logout)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "![x][r]\n\n[r]: //evil",
    "![x][r]\n\n> [r]: //evil",
    "![x][r]\n\n- [r]:\n  <//evil> 'title'",
    "[x][ R ]\n\n[r\n]: //evil",
    "[x] is good [1]\n\n[x]: /logout\n[1]: /logout",
    "[\\[x]\n\n[\\[x]: /logout",
    "<//evil>",
    "<https://evil.test>",
    "<HTTPS://EVIL.TEST>",
    "<javascript:alert(1)>",
    "<ftp://evil.test>",
    "<foo+bar://evil.test>",
    "https://evil.test.",
    "(https://evil.test)",
    "**https://evil.test**",
    "`https://evil.test`",
    "xhttps://evil.test",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddhttps://evil.test",
    "www.evil.test",
    "//evil.test/x",
    "evil.com/login",
    "xn--80ak6aa92e.com/login",
    "mailto:mallory@evil.test",
    "https:\\/\\/evil.test",
    "&#x68;ttps://evil.test",
    "ht<b x='y'>tps://evil.test",
    "ht[](y)tps://evil.test",
    "ht![](y)tp[](z)s:[](q)//evil.test",
    "]<i x=1>(//evil)",
    "[a]<i x=1>(/logout)",
    "https://shop.test'.evil.test",
    "https://shop.test)@evil.test",
    "https://shop.test\\@evil.test",
    "https://shop.test/delivery@evil.test",
    "https://shop.test.evil.test",
    "https://shop.test:pw@evil.test",
    "<img src=//evil>",
    "<img src='//evil'",
    "<IMG\nSRC=//evil>",
    "<a href=//evil>x</a>",
    "<a href='https://shop.test' ping='//evil'>x</a>",
    "<img title='>' src=//evil>",
    "<script>fetch('//evil')</script>",
    "<svg/onload=alert(1)>",
    "<svg onload=alert(1)//",
    "<script async src='https://shop.test/w.js' onload='alert(1)'></script>",
    "<x onpointerenter=alert(1)>",
    "<base href=//evil>",
    "<!--><img src=//evil>-->",
    "<![CDATA[<img src=//evil>]]>",
    "<table background=//evil>",
    *hostile.ALL,
)
KEPT = (
    "You have 30 days [1], unused [2].",
    "Look at [the form](/help/form).",
    "See https://shop.test/delivery, or (www.shop.test/faq).",
    "See <https://shop.test/delivery>!",
    "Our shop: https://shop.test, [here](https://shop.test).",
    'Paste `<script async src="https://shop.test/w.js"></script>` into the page.',
    "Write to ana@example.com or <mailto:help@shop.test>.",
    "If x < 3 and y > 2, press <Enter> & wait: 3 <4, a<=b.",
    "Use **bold**, `a[i]`, ~~old~~ and | tables | [x] done |.",
    "Delivery takes 1/2 day and/or 3 days, e.g./i.e. Mr.Smith/Mrs.Jones; key: value; 10:30//11:00.",
    "Line one<br>line two, H<sub>2</sub>O, <kbd>Ctrl</kbd>.",
    "日本語のテキスト、続く。",
    "C:\\Users\\ana\\file.txt and \\* and 100 % &amp; more &copy; 2024.",
)


def destinations(text: str) -> set[str]:
    """Where a text leads, as Markdown, as HTML, and as plain text in which a program looks for addresses."""
    found: set[str] = set()
    blocks = MARKDOWN.parse(text)
    for token in [*blocks, *(child for block in blocks for child in block.children or ())]:
        found |= {str(token.attrs[name]) for name in ("href", "src") if name in token.attrs}
    rendered = MARKDOWN.render(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of texts that look like an address
        pages = [BeautifulSoup(each, "html.parser") for each in (text, rendered)]
    for page in pages:
        for element in page.find_all(True):
            found |= {f"{name}={value}" if name.startswith("on") else str(value) for name, value in _leading(element)}
        found |= set(re.findall(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<]+", page.get_text(), re.I))
    found |= set(re.findall(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<]+", text, re.I))
    return {address for address in found if address}


def _leading(element: Any) -> list[tuple[str, Any]]:
    """The attributes that load, lead somewhere or run; of our own script tag they are the shop's."""
    harmless = ("class", "align", "start", "async")
    return [(name, value) for name, value in element.attrs.items() if name not in harmless]


def foreign(text: str) -> set[str]:
    """The addresses in a text that are not the shop's, whatever stands around one that ends there."""
    found = {address.strip("<>()[]{}\"'`|*_~.,;:!?\\") for address in destinations(text)}
    return {address for address in found if address and not is_ours(address)}


def is_ours(address: str) -> bool:
    if OURS.fullmatch(re.split(r"[>)\]}\"'`|]", address)[0]):
        return True
    url = urlsplit(address[max(address.find("https://"), 0) :])
    return url.netloc == "shop.test" and url.scheme == "https"


@pytest.mark.parametrize("text", EVIL)
def test_nothing_that_leads_elsewhere_is_left_however_it_is_written(text):
    shown = link_filter.only(f"Hello {text} there", ALLOWED)

    assert foreign(shown) == set()
    assert "SECRET" not in shown
    assert "//evil" not in shown


@pytest.mark.parametrize("text", EVIL)
def test_nothing_of_it_is_shown_while_it_is_written_either(text):
    whole = f"Hello {text} there"
    for cut in {1, 2, 3, 7}:
        sieve = link_filter.Sieve(ALLOWED)
        pieces = [sieve.feed(whole[start : start + cut]) for start in range(0, len(whole), cut)]
        shown = "".join([*pieces, sieve.close()])

        assert foreign(shown) == set()
        assert foreign("".join(pieces)) == set()
        assert "SECRET" not in shown


@pytest.mark.parametrize("text", KEPT)
def test_an_honest_answer_is_left_as_it_is(text):
    sieve = link_filter.Sieve(ALLOWED)
    grown = "".join(sieve.feed(letter) for letter in text) + sieve.close()

    assert link_filter.only(text, ALLOWED) == text
    assert grown == text


def test_the_label_of_a_link_that_is_taken_out_stays():
    assert link_filter.only("Read [our [new] page](https://evil.test) now", ALLOWED) == "Read our [new] page now"
    assert link_filter.only("See [1](https://evil.test).", ALLOWED) == "See [1]."
    assert link_filter.only("<ana@shop.test> is yours", ALLOWED) == "ana@shop.test is yours"


PIECES = st.sampled_from(
    [
        *(
            "[",
            "]",
            "(",
            ")",
            "](",
            "]:",
            "![",
            "<",
            ">",
            "</",
            "\\",
            "/",
            "//",
            ":",
            "&#47;",
            "&colon;",
            "&#x2F;",
            "@",
            ".",
        ),
        *(
            "https",
            "http",
            "://",
            "www.",
            "evil",
            ".test",
            ".com",
            "shop.test",
            "https://shop.test",
            "/help/form",
            "/logout",
        ),
        *(" ", "\n", "\n\n", "    ", "> ", "- ", "`", "'", '"', "*", "|", "a", "1", "r", "img", "a href=", "src=", "x"),
        *("<b>", "<i x=1>", "[r]", "[r]: ", "javascript:", "data:text/html,", "日本", "\t", "\u200b", "é"),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=14), st.integers(1, 9))
@example(["ht", "[](y)", "tps", "://", "evil", ".com"], 1)
def test_no_text_that_is_put_together_leads_elsewhere(pieces, cut):
    text = "".join(pieces)
    sieve = link_filter.Sieve(ALLOWED)
    grown = "".join(sieve.feed(text[start : start + cut]) for start in range(0, len(text), cut)) + sieve.close()

    for shown in (link_filter.only(text, ALLOWED), grown):
        assert foreign(shown) == set(), (text, shown)
        assert link_filter.only(shown, ALLOWED) == shown


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="[]()!<>&;:/\\#@.\n ahx1", max_size=60))
def test_no_text_of_the_marks_of_links_leads_elsewhere(text):
    assert foreign(link_filter.only(text, ALLOWED)) == set()


REPEATED = (
    "![a](",
    "[",
    "](",
    "[a](b)",
    "<a",
    '<a b="',
    "&#x",
    "\\/",
    "a.",
    "-.",
    "a",
    "http://",
    "[a]: b\n",
    " ",
    "((",
    "]",
)


@pytest.mark.timing
@pytest.mark.parametrize(
    "part", [*REPEATED, "[[a](x)", "ht[](y)", "a.com/", "<", "//", "www.", "mailto:", "a@b.com/x "]
)
def test_the_time_a_text_takes_grows_with_its_length_alone(part):
    """Sixteen times the text takes at most some forty times as long; what is squared takes 256 times."""

    def seconds(chars: int) -> float:
        text = (part * chars)[:chars]
        took = []
        for _ in range(3):
            began, sieve = time.process_time(), link_filter.Sieve(ALLOWED)
            for start in range(0, chars, 16):
                sieve.feed(text[start : start + 16])
            sieve.close()
            link_filter.only(text, ALLOWED)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(64_000) < 40 * seconds(4_000) + 0.05
