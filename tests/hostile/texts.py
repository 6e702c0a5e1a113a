"""Texts that are made to keep a parser busy."""

from collections.abc import Iterator

# Said over and over. Each was, or could have been, the beginning of something that is looked for.
UNITS = (
    *("game ", "a", " ", "\n", "1", "|", "A", "a ", "1 ", "A ", "a.", "a\n", "1.", "-", "[", "![a](", "<", "a-", "("),
    *("[a](", '"', "*", "_", "**a", "`", "``` ", "<a", "<!--", "&", "&#1", "a@", "a@b.", "@a ", "no ", "no. "),
    *("please ", "thank ", "thanks, ", "sorry 1, ", "sorry. ", "from ", "to ", "not ", "not the ", "million "),
    *("1 million ", "it ", "one ", "order no ", "code ", "1-", "A-", "A1-", "aA", "Ab Cd ", "12 ", "12.", "12, "),
    *("\t", "  \n", "|a|\n", "|-|\n", "a|b\n-|-\n", "- a\n", "1. a\n", "> ", "# a\n", "https://", "www.a.b "),
    *("\\[", "]", "![", "](", " [1]", "a [1]. ", "... ", "; ", ", I ", "but ", "ignore all previous ", "free now "),
    *("how to ", "i do not know how ", "\u0301", "\u0315\u0300", "ß", "\u0130", "\U0001f600", "\u4e2d\u3002"),
    *("&nbsp;", "\\", "~~~\n", "{: #a}", "x" * 40 + " ", "12:30 ", "may 1 ", "$1 ", "€1.111", "%", "\u200b", "'s "),
    *("<p>", "<ul><li>", "<x y='", "<script>", "a=b ", "\r", "---\n", "a\n===\n", "a:\n", "[a]: b\n", "<http://a"),
    *("1/2 ", " ^A", ". ", "! ", ".!", "?!\n", "i ", "hi, ", "could you ", "and ", "\u00bd", "+1 ", "a.b/"),
)


def hostile(chars: int) -> Iterator[str]:
    """Of about so many characters each."""
    for unit in UNITS:
        yield unit * (chars // len(unit))
        yield unit * (chars // len(unit) - 1) + "\x01x"
    yield "|" * (chars // 3) + "\n" + " " * (2 * chars // 3) + "x"
    yield "thank " * (chars // 10) + "you " * (chars // 10)
    for opened, closed in ("[]", "()"):
        yield opened * (chars // 2) + closed * (chars // 2)
    yield "[a](" * (chars // 8) + "x" * (chars // 2)
    yield "a" + "." * (chars // 2) + " " * (chars // 2) + "x"
    yield " ".join(f"w{number}" for number in range(chars // 6))
    yield ". ".join(f"{number}" for number in range(chars // 6))
    yield ". ".join(f"sorry {number}" for number in range(chars // 11))
    yield " ".join(f"I need {number} boxes but" for number in range(chars // 18))
    yield "a|" * (chars // 6) + "\n" + "-|" * (chars // 6) + "\n" + "a|" * (chars // 6)
    yield "".join("> " * (depth % 40) + "a\n" for depth in range(chars // 40))
    yield "\n".join(f"line {number}" for number in range(chars // 8))
