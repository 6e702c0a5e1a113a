"""A reply that is taller than the panel."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = "\n".join(f"{n}. Turn screw number {n} to the left, then lift the cover a little." for n in range(1, 41))


@pytest.mark.usefixtures("returns_article")
async def test_the_beginning_of_a_long_reply_stays_in_sight_and_what_follows_it_is_seen(tab, engine):
    engine.script = [[f"Do this [1]:\n\n{STEPS}"], ["You are welcome, ask again [1]."]]
    ana = await tab()
    await ana.open_chat()

    await ana.say("How do I send something back?")
    await expect(ana.replies.last.get_by_text("screw number 40")).to_be_attached()
    await expect(ana.replies.last.get_by_text("Do this")).to_be_in_viewport()
    await ana.say("How long does the refund of my order take?")

    await expect(ana.said.last).to_be_in_viewport()
    await expect(ana.replies.last.get_by_text("You are welcome")).to_be_in_viewport()
