"""Screenshots at two common sizes, in light and dark mode, stored in tests/artefacts."""

import pytest
from django.conf import settings
from playwright.async_api import expect

pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = settings.BASE_DIR / "tests" / "artefacts"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
ANSWER = """You may return it within **30 days** [1], and the refund takes five working days:

1. Print the label from *My account*
2. Hand the parcel in at any post office

| Country | Costs |
|---|---|
| Denmark | free |
| Austria | €7.90 |
"""
# The contrast of text on its own ground, by the formula of WCAG 2.2, for every text in the panel.
CONTRASTS = """() => {
  const root = document.querySelector("#brevity-widget").shadowRoot;
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...root.querySelectorAll(".panel *")].filter(
    (node) => node.offsetParent && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()),
  );
  return texts.map((node) => {
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    return [node.textContent.slice(0, 40), (a + 0.05) / (b + 0.05)];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_the_screen_and_can_be_read(
    tab, browser, engine, returns_article, workspace, widget, size, scheme
):
    workspace.slug, workspace.assistant_name = "demo", "Fjordlight"
    await workspace.asave()
    widget.theme, widget.suggestions = {"accent": "#e8a33d"}, ["When do I get my refund?"]
    await widget.asave()
    engine.script = [[ANSWER]]
    context = await browser.new_context(viewport=SIZES[size], color_scheme=scheme)
    ana = await tab(context=context)
    PICTURES.mkdir(parents=True, exist_ok=True)

    await ana.goto("/")
    await expect(ana.page.locator(".launcher")).to_be_visible()
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-shop.png", animations="disabled")
    await ana.open_chat()
    await expect(ana.page.locator(".suggestions")).to_be_visible()
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-open.png", animations="disabled")
    await ana.say("How many days do I have to return something?")
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-answered.png", animations="disabled")

    box = await ana.panel.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= SIZES[size]["width"]
    assert (box["width"] == SIZES[size]["width"]) == (size == "phone")
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [found for found in await ana.page.evaluate(CONTRASTS) if found[1] < 4.5] == []
