"""What is known of one language: patterns over a sentence in lower case whose words stand one blank apart.

Words of a class are given as one string, separated by blanks; "kann|darf" are two patterns of one word. No pattern
repeats without a limit, so a search takes time in proportion to the text.
"""

import re
from dataclasses import dataclass


def pattern(*alternatives: str) -> re.Pattern[str]:
    """One pattern of several."""
    return re.compile("|".join(f"(?:{' '.join(each.split())})" for each in alternatives))


def any_of(words: str) -> str:
    """A group of the words in a string: "red blue" is `(?:red|blue)`."""
    return f"(?:{'|'.join(words.split())})"


@dataclass(frozen=True, slots=True)
class Signs:
    """Each is looked for in the sentence, from the riskiest to the safest.

    `greeting` opens a message and is left out. `person`: a human being is wanted. `act`: something is to be done now.
    `live`: one customer's own state, or how it stands at this moment. `passing`: the answer of today is another than
    that of next year. `own`: words by which somebody speaks of himself; they do not count in `anybody`, where "I" is
    whoever asks ("how do I", "can I", "if I"), nor after `the_way`, which asks how something is done ("how do I reset
    my password"); but `the_way_mine` asks for one's own case by asking for the way ("how do I see my balance").
    `general`: what shows that the answer holds for everyone. `price`: as general, but for a while only.
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
