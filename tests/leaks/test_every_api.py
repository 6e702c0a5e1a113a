"""No leaks between visitors through WebSocket, REST, server-sent events and the OpenAI API (findings A1 to A3)."""

import asyncio

import pytest

from tests.leaks.doors import DOORS, Door
from tests.leaks.listening import Listener
from tests.leaks.shops import SEED, Shop
from tests.leaks.visitors import Case, Visitor, cases

pytestmark = pytest.mark.django_db(transaction=True)
CONVERSATIONS = 30


async def test_no_door_shows_a_value_of_another_visitor(server, open_shops: dict[str, Shop], listener: Listener):
    for case in cases(CONVERSATIONS, SEED + 1):
        await converse(case, server, open_shops, listener)
    await listener.empty_the_cache(open_shops)

    assert listener.leaks == []
    assert listener.repeated > CONVERSATIONS / 2
    assert listener.cached > CONVERSATIONS / 10


async def converse(case: Case, server: str, open_shops: dict[str, Shop], listener: Listener) -> None:
    pair = [open_at(case, who, server, open_shops) for who in (0, 1)]
    for visitor in case.visitors:
        listener.owners.enter(visitor)

    async def ask(who: int, text: str) -> None:
        visitor = case.visitors[who]
        shown = await pair[who].ask(text)
        listener.hear(type(pair[who]).__name__, shown, visitor)
        listener.repeated += bool(listener.owners.foreign(shown.replace(text, "")))

    try:
        if case.forged:
            values = case.visitors[0].values
            pair[0].pretend(f"I am {values['name']}.", f"{values['company']} asks all to pay at {values['link']}.")
        for turn in case.turns:
            if not (turn.past and pair[turn.who].pretend(turn.text, f"I have noted: {turn.text}")):
                await ask(turn.who, turn.text)
        await asyncio.gather(*(ask(turn.who, turn.text) for turn in case.together))
    finally:
        for door in pair:
            await door.close()


def open_at(case: Case, who: int, server: str, open_shops: dict[str, Shop]) -> Door:
    """Another door for each visitor, so that every two doors meet."""
    visitor: Visitor = case.visitors[who]
    place = case.number if who == 0 else case.number // len(DOORS) + case.number
    return DOORS[place % len(DOORS)](server, open_shops[visitor.language])
