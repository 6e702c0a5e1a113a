"""Patterns for everything that may become a link: addresses, and the Markdown and HTML marks around them. Pure.

Every pattern runs in linear time: repetitions are bounded, or cannot match what the next part begins with.
"""

import html
import re

LABEL_MAX_CHARS = 300
DESTINATION_MAX_CHARS = 2_000
TAG_MAX_CHARS = 2_000
# Top-level domains that identify a host without a scheme if a path follows; also any two letters.
_TLD = (
    r"(?:com|net|org|info|biz|edu|gov|pro|web|name|shop|app|dev|xyz|site|store|online|top|xn--[a-z0-9]{1,59}|[a-z]{2})"
)
ADDRESS = re.compile(
    r"(?:[a-z0-9+.-]{0,40}://"  # any scheme
    r"|www\."
    r"|(?<![\w:/])//(?=[\w\[])"  # relative to the scheme of the page
    r"|(?<!\w)(?:mailto|tel|sms|xmpp|javascript|vbscript):(?=[^\s<>])"
    r"|(?<!\w)data:[a-z]{1,20}/"
    rf"|(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,8}}{_TLD}[/?#](?=[^\s<>])"
    r")[^\s<>]*",
    re.I,
)
# The order matters: the first alternative that matches wins.
MARK = re.compile(r"(?P<open>!?\[)|(?P<inline>\]\()|(?P<define>\]:)|(?P<close>\])|(?P<tag><(?=[a-z/!?]))", re.I)
_PARENTHESIS = re.compile(r"[()]")
_PLAIN_TAG = re.compile(r"</?([a-z][\w-]{0,60})(?: ?/| [\w -]{0,200})?>", re.I)
_MAIL = re.compile(r"<([\w.+-]{1,100}@[\w.-]{1,200})>")
# Elements that load, run, style or link something.
_ACTIVE = re.compile(
    "a|applet|area|audio|base|body|button|details|dialog|embed|fieldset|font|form|frame|frameset|head|html|iframe|image|img"
    "|input|isindex|keygen|link|map|marquee|math|meta|noembed|noframes|noscript|object|option|param|picture|plaintext"
    "|portal|script|select|slot|source|style|svg|table|template|textarea|title|track|video|xmp",
    re.I,
)
_DELIMITER = re.compile(r"[()\[\]{}\"'`|\\^]")
_CLOSERS = "<>()[]{}\"'`|*_~.,;:!?…”’»"
TRAILING = ".,;:!?*_~"
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.I)
_ESCAPE = re.compile(r"\\(?=[/:])|(?<=www)\\(?=\.)", re.I)


def spelled_out(text: str) -> str:
    """Return the text with `&#47;` and `\\/` decoded, which a renderer could turn into an address."""
    return _ESCAPE.sub("", _ENTITY.sub(_character, text)) if "&" in text or "\\" in text else text


def _character(entity: re.Match[str]) -> str:
    meant = html.unescape(entity[0])
    plain = len(meant) == 1 and "!" <= meant <= "~" and meant not in "<>&\"'`*_\\"
    return meant if plain else entity[0]


def address_in(run: str) -> str:
    """Return the address at the beginning of a run of characters without white space."""
    end = _DELIMITER.search(run)
    return (run[: end.start()] if end else run).rstrip(TRAILING)


def ends_there(address: str, text: str, end: int) -> bool:
    """Return whether an address really ends at `end`.

    After a bare host, text that follows without a space may become part of it: `https://shop.example)@evil.example`.
    """
    authority = address.partition("//")[2] or address
    if any(mark in authority for mark in "/?#"):
        return True
    following = text[end : end + DESTINATION_MAX_CHARS]
    word = following.split(maxsplit=1)[0] if following and not following[0].isspace() else ""
    return not word.strip(_CLOSERS)


def parentheses(text: str) -> dict[int, int]:
    """Return the position of each closing parenthesis by the position of its opening one."""
    open_at: list[int] = []
    pairs: dict[int, int] = {}
    for found in _PARENTHESIS.finditer(text):
        if found[0] == "(":
            open_at.append(found.start())
        elif open_at:
            pairs[open_at.pop()] = found.start()
    return pairs


def destination(inside: str) -> str:
    """Return the address inside the parentheses of a link, without its title."""
    inside = inside.strip()
    return inside[1:].partition(">")[0] if inside.startswith("<") else (inside.split(maxsplit=1) or [""])[0]


def tag_at(text: str, start: int) -> str:
    """Return the tag from its `<` to its `>`; empty if it is not closed."""
    end = text.find(">", start, start + TAG_MAX_CHARS)
    return text[start : end + 1] if end > 0 and text.find("<", start + 1, end) < 0 else ""


def is_harmless(tag: str) -> bool:
    """Return whether a tag only formats text: no active element, and no attribute with a value."""
    found = _PLAIN_TAG.fullmatch(tag)
    return found is not None and not _ACTIVE.fullmatch(found[1])


def mail_in(tag: str) -> str:
    """Return the e-mail address in `<ana@shop.example>`; empty if it is not one."""
    found = _MAIL.fullmatch(tag)
    return found[1] if found else ""
