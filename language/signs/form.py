"""The structure of one language's signs: patterns over a lower-case sentence with single spaces between words.

The words of a class are given as one string separated by spaces; "kann|darf" are two patterns of one word. All
repetitions are bounded, so matching is linear in the length of the text.
"""

import re
from dataclasses import dataclass


def pattern(*alternatives: str) -> re.Pattern[str]:
    """Combine several patterns into one."""
    return re.compile("|".join(f"(?:{' '.join(each.split())})" for each in alternatives))


def any_of(words: str) -> str:
    """Return a group of the words in a string: "red blue" becomes `(?:red|blue)`."""
    return f"(?:{'|'.join(words.split())})"


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns matched against a sentence, from the riskiest to the safest.

    `greeting` opens a message and is ignored. `person`: asks for a human. `act`: something has to be done now. `live`:
    one customer's own state, or the state at this moment. `passing`: the answer changes over time. `own`: words for
    oneself; they do not count in `anybody`, where "I" is anyone ("how do I", "can I", "if I"), nor after `the_way`,
    which asks how something is done ("how do I reset my password"); but `the_way_mine` asks about one's own case in
    that form ("how do I see my balance"). `general`: shows that the answer holds for everyone. `price`: like general,
    but only for a while.
    """

    greeting: re.Pattern[str]
    act: re.Pattern[str]
    live: re.Pattern[str]
    passing: re.Pattern[str]
    own: re.Pattern[str]
    anybody: re.Pattern[str]
    the_way: re.Pattern[str]
    the_way_mine: re.Pattern[str]
    general: re.Pattern[str]
    price: re.Pattern[str]
    person: re.Pattern[str]
