"""The rules of the gate: patterns for signs of spam and prompt injection. Pure.

Each sign adds its weight to a sum. Customers also use single words of spam ("guaranteed", "call now"), so one weak sign
is not enough. Messages from REFUSE_FROM on are refused; below it, the sums are features of the classifier.
"""

from __future__ import annotations

import re

DOUBTFUL_FROM, REFUSE_FROM = 1.0, 1.75  # two and three weak signs

_ORDERS = (
    r"(?:instructions?|prompts?|rules|orders?|commands?|directions|guidelines|restrictions|programming|context|text"
    r"|anweisung\w*|aufgaben?|befehle?|ausf[uü]hrungen|angaben|instrucciones|consignes)"
)
_FORGET = r"(?:ignore|disregard|forget|neglect|override|bypass|vergiss|vergessen|ignorier\w*|ignora|olvida|oublie\w*)"
# (kind, weight, pattern); patterns are case-insensitive.
_SIGNS: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (kind, weight, re.compile(pattern, re.I | re.S))
    for kind, weight, pattern in (
        (
            "injection",
            2.0,
            rf"\b{_FORGET}\b.{{0,40}}\b(?:previous|prior|above|earlier|all|your|everything"
            rf"|vorherige\w*|bisherige\w*|obige\w*|alle|alles|anteriores"
            rf"|pr[eé]c[eé]dentes)\b.{{0,40}}\b{_ORDERS}",
        ),
        ("injection", 0.6, rf"\b{_FORGET}\b.{{0,20}}\b(?:everything|all|alles|todo|tout)\b"),
        (
            "injection",
            2.0,
            r"\b(?:system|initial|hidden|original|secret) prompt\b|\bprompt (?:text|verbatim)"
            r"|\bfull prompt\b",
        ),
        (
            "injection",
            2.0,
            r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?INST\]|^#{2,} ?(?:system"
            r"|instruction)",
        ),
        ("injection", 0.6, r"\b(?:jailbreak\w*|DAN mode|do anything now|developer mode|god ?mode|sudo mode)\b"),
        (
            "injection",
            0.6,
            r"\b(?:you (?:are|will be) now|from now on,? you|you(?:'re| are) going to (?:act"
            r"|pretend|play)|du bist (?:jetzt|nun)|ab jetzt)\b",
        ),
        (
            "injection",
            0.6,
            r"\b(?:act|behave|respond|answer|speak|write) (?:only )?as (?:if you|an? (?:unfiltered"
            r"|evil|amoral|human|linux|sql|character|ai)\b)",
        ),
        (
            "injection",
            0.6,
            r"\b(?:pretend|imagine|role-?play|impersonat\w+|simulat\w+)\b.{0,40}\b(?:you|to be|as"
            r"|that|a)\b",
        ),
        (
            "injection",
            0.6,
            r"\b(?:no|without|free (?:of|from)|ignore\w*) (?:\w+ ){0,2}(?:restrictions|censorship"
            r"|filters?|ethic\w*|morals?|limitations)\b|\b(?:unfiltered|uncensored|amoral)\b",
        ),
        ("injection", 0.6, r"\b(?:as an ai|language model|chat ?gpt|openai|large language)\b"),
        (
            "injection",
            0.6,
            r"\b(?:never|do not|don't|must not|cannot) (?:ever )?(?:refuse|break character"
            r"|say (?:no|that you)|mention that you|warn)\b",
        ),
        (
            "injection",
            0.5,
            r"\b(?:hypothetical|fictional|story|character|game|script)\b.{0,200}\b(?:must|never"
            r"|always|will)\b",
        ),
        (
            "spam",
            0.6,
            r"\b(?:won(?!['’]?t\b)|winner|prize|awarded|guaranteed|jackpot|lottery|unclaimed"
            r"|congrat\w*)\b",
        ),
        (
            "spam",
            0.6,
            r"\b(?:claim|txt|text|reply|call|send) (?:\w+ ){0,3}(?:now|to \d{4,}|stop|on \d{4,}"
            r"|\d{5,})",
        ),
        (
            "spam",
            0.6,
            r"\b(?:free(?:msg|phone|2day)?)\b.{0,60}\b(?:ringtone|tones?|entry|mins?|minutes"
            r"|camera|phone|gift|texts?|msgs?|sms)\b",
        ),
        (
            "spam",
            0.6,
            r"\b0[89]\d{8,10}\b|\b\d{2,3}p(?:pm|/min| ?per ?min)|\b(?:150ppm|t&?cs?'? apply|18\+"
            r"|16\+|po ?box)",
        ),
        (
            "spam",
            0.6,
            r"\b(?:subscribe|check (?:out|this|my)|watch|visit|follow|like"
            r"|share)\b.{0,60}\b(?:channel|video|page|site|blog|link|facebook|instagram|twitter"
            r"|music)\b",
        ),
        (
            "spam",
            0.6,
            r"\b(?:earn|make|win) (?:\w+ ){0,4}(?:money|cash|\$\d+|£\d+|\d+ ?(?:dollars|a (?:day"
            r"|week)))",
        ),
        ("spam", 0.4, r"https?://|www\.|\.(?:com|net|tk|ru|co\.uk)/"),
        ("spam", 1.0, r"\b(?:sexy|xxx|casino|viagra|hot (?:girls?|singles)|dating|chat ?line|horny)\b"),
        ("spam", 0.4, r"(?:£|\$)\s?\d{2,}"),
    )
)
_LONG_CHARS = 1_200
_WINDOW_OVERLAP_CHARS = 400  # longer than the text that one sign can match
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b")


def certain_reason(text: str) -> str:
    """Return `spam` or `injection` if the rules are certain of it; otherwise empty."""
    sums = signs_in(text)
    kind = max(sums, key=lambda each: sums[each])
    return kind if sums[kind] >= REFUSE_FROM else ""


def signs_in(text: str) -> dict[str, float]:
    """Return the sum of a message's signs by kind, increased for long instructions and for spam in capitals."""
    sums = _plain_signs_in(text)
    if sums["injection"] and len(text) > _LONG_CHARS:  # long instructions are not a question
        sums["injection"] += 0.5
    if sums["spam"] and len(_SHOUTED.findall(text)) >= 2:
        sums["spam"] += 0.5
    return sums


def gives_orders(text: str) -> bool:
    """Return whether a part of a file's text is, or may be, prompt injection.

    A long text is checked in overlapping windows, because weak signs that are pages apart mean nothing. Signs of spam
    are ignored: receipts and labels have prices, addresses and words in capitals.
    """
    starts = range(0, max(len(text) - _WINDOW_OVERLAP_CHARS, 1), _LONG_CHARS - _WINDOW_OVERLAP_CHARS)
    return any(_plain_signs_in(text[start : start + _LONG_CHARS])["injection"] >= DOUBTFUL_FROM for start in starts)


def _plain_signs_in(text: str) -> dict[str, float]:
    sums = {"injection": 0.0, "spam": 0.0}
    for kind, weight, pattern in _SIGNS:
        if pattern.search(text):
            sums[kind] += weight
    return sums
