"""A source that may not support the sentence citing it is marked as doubtful, but not hidden."""

import pytest
from playwright.async_api import expect

from tests.browser.test_looks import CONTRASTS, PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"
# The article says 30 days.
WRONG = "You have 90 days [1]. The refund takes five working days [1]."
WORDS = {
    "en": "May not fully support this answer",
    "de": "sagt das nicht eindeutig",
    "fr": "ne le dit pas clairement",
    "es": "no lo dice claramente",
}


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
async def test_a_doubted_source_says_so_to_the_eye_and_the_ear(tab, browser, engine, returns_article, size, scheme):
    engine.script = [[WRONG]]
    ana = await tab(context=await browser.new_context(viewport=SIZES[size], color_scheme=scheme))
    await ana.open_chat()

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    chip, entry = ana.replies.locator("a.chip").first, ana.replies.locator(".sources li")
    for locale, words in WORDS.items():
        await ana.page.evaluate("name => Brevity.setLocale(name)", locale)
        await expect(entry).to_contain_text(words)
        await expect(chip).to_have_attribute("title", f"Returns and refunds: {words}")
        assert (await chip.get_attribute("aria-label")).endswith(f"Returns and refunds, {words}")
    await ana.page.evaluate("Brevity.setLocale('en')")
    await expect(chip).to_contain_text("1?")
    await expect(chip).to_have_css("border-style", "dashed")
    await expect(chip).to_have_attribute("href", f"http://{ana.server}/help/returns")
    await expect(ana.page.locator("[role=log][aria-live=polite]")).to_contain_text(WORDS["en"])
    PICTURES.mkdir(parents=True, exist_ok=True)
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-doubted.png", animations="disabled")
    assert [found for found in await ana.page.evaluate(CONTRASTS) if found[1] < 4.5] == []


async def test_a_source_that_carries_its_sentence_stays_plain(tab, engine, returns_article):
    engine.script = [["You have 30 days [1]."]]
    ana = await tab()
    await ana.open_chat()

    await ana.say(QUESTION)
    await expect(ana.replies).to_have_attribute("data-state", "done")

    await expect(ana.replies.locator("a.chip")).to_have_text("1")
    await expect(ana.replies.locator(".sources li")).to_have_text("1Returns and refunds")
    await expect(ana.replies.locator(".doubted")).to_have_count(0)
