"""The products, articles, questions and answers of the shop in these tests."""

SOLD = (
    "shoes boots gloves trousers shirts socks hats belts bags rings lamps chairs plates knives towels curtains "
    "pillows candles clocks kettles pans tents ropes skis bikes"
)
THINGS = SOLD.split()


def article_about(thing: str) -> str:
    """Long enough to be read for a while, and not so long that the fake model server cuts it short."""
    return (
        f"Put the {thing} into a parcel of their own and hand it in at any post office. Keep the receipt until we have "
        "written to you. We look at what comes back within two days. Your money is on its way within five working days "
        "after that, to the account or card that it came from. Another label can be printed from your account."
    )


def question_about(thing: str) -> str:
    return f"How do I send {thing} back to you?"


def answer_about(thing: str) -> str:
    """What the fake model server says to it: the first passage that it was given."""
    return f"{article_about(thing)} [1]"
