"""Staff connect a model in the admin: it is tested, and answers customers without a restart."""

import socket
import threading

import pytest
import uvicorn
from playwright.async_api import expect

from assistant.llm import registry
from assistant.llm.connections import live
from assistant.llm.connections.models import ModelConnection
from tests.browser.shopper import shop_tab
from tests.browser.test_looks import PICTURES, SIZES
from tools.fake_openai.app import FakeUpstream

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-only-for-tests-0123456789"
ANSWER = "You have thirty days, Ana. [1]"


@pytest.fixture(autouse=True)
def _set_in_the_admin(settings):
    """No model but those of the admin, taken up as quickly as in production."""
    settings.MODEL_CONNECTIONS = True
    settings.ENGINES, settings.TIERS, settings.TIER_FALLBACK = {}, {"large": [], "small": []}, {}
    registry.forget()
    live.forget()
    yield
    live.settle()
    registry.forget()


@pytest.fixture
def model_servers():
    """Start a model server with a socket of its own: gives (url, app)."""
    running = []

    def started():
        app = FakeUpstream()
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1", app

    yield started
    for server, thread in running:
        server.should_exit = server.force_exit = True
        thread.join(10)


async def fill_in(page, url, model="fake", key=KEY, name="Our model"):
    await page.fill("#id_name", name)
    await page.select_option("#id_preset", "custom")
    await page.fill("#id_base_url", url)
    await page.fill("#id_api_key", key)
    await page.fill("#id_model", model)


async def save(page):
    await page.locator("button[name=_save], input[name=_save]").first.click()
    await page.wait_for_load_state()


async def picture(page, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES)
async def test_a_newcomer_adds_a_model_and_a_customer_gets_its_answer_without_a_restart(
    signed_in, server, browser, widget, workspace, returns_article, model_servers, size
):
    url, app = model_servers()
    app.behaviour = app.behaviour.told({"answer": ANSWER, "key": KEY})
    widget.origins = [f"http://{server}"]
    await widget.asave()
    page = await signed_in("llm/modelconnection/", SIZES[size])
    await expect(page.get_by_text("There is no model yet")).to_be_visible()

    await page.goto(f"http://{server}/admin/llm/modelconnection/add/")
    await page.select_option("#id_preset", "ollama")
    await expect(page.locator("#id_base_url")).to_have_value("http://localhost:11434/v1")
    await expect(page.locator("#preset-hint")).to_contain_text("OLLAMA_CONTEXT_LENGTH")
    await picture(page, f"{size}-model-add")
    await fill_in(page, url)
    await page.get_by_role("button", name="Try", exact=True).click()
    await expect(page.locator("[data-try]")).to_contain_text("The model can be used.")
    await picture(page, f"{size}-model-tried")
    await save(page)
    await expect(page.get_by_role("heading", name="Test passed")).to_be_visible()
    await picture(page, f"{size}-model-tested")
    assert KEY[:9] not in await page.content()

    ana = await shop_tab(await browser.new_context(viewport=SIZES["desktop"]), server)
    await ana.open_chat()
    await ana.say("How long may I take to return something?")
    await expect(ana.replies.last).to_contain_text("You have thirty days, Ana.")
    await page.goto(f"http://{server}/admin/llm/modelconnection/")
    await expect(page.locator("[data-live]").get_by_text("Working")).to_be_visible()
    await picture(page, f"{size}-models")
    assert page.refused == []


@pytest.mark.parametrize(
    ("behaviour", "model", "words"),
    [
        ({"key": "another"}, "fake", "The server refuses the API key (401)"),
        ({"model": "fake"}, "gpt-nowhere", "does not know the model gpt-nowhere. It offers fake."),
    ],
)
async def test_what_is_wrong_is_told_where_it_was_entered(signed_in, model_servers, behaviour, model, words):
    url, app = model_servers()
    app.behaviour = app.behaviour.told(behaviour)
    page = await signed_in("llm/modelconnection/add/", SIZES["phone"])

    await fill_in(page, url, model)
    await save(page)

    await expect(page.get_by_role("heading", name="Test failed")).to_be_visible()
    await expect(page.locator("[data-test]")).to_contain_text(words)
    assert KEY[:9] not in await page.content()
    await picture(page, f"phone-model-{model}")


async def test_a_wrong_address_is_told_and_put_right(signed_in, model_servers):
    url, _ = model_servers()
    page = await signed_in("llm/modelconnection/add/", SIZES["desktop"])
    await fill_in(page, url.removesuffix("/v1") + "/nowhere")
    await save(page)
    await expect(page.locator("[data-test]")).to_contain_text("Check the base URL: it often ends in /v1")

    await page.fill("#id_base_url", url)
    await save(page)

    await expect(page.get_by_role("heading", name="Test passed")).to_be_visible()
    row = await ModelConnection.objects.aget()
    assert (row.base_url, row.test_state) == (url, "passed")


@pytest.mark.parametrize("size", SIZES)
async def test_the_start_page_leads_to_what_is_missing(signed_in, workspace, returns_article, size):
    page = await signed_in("", SIZES[size])
    setup = page.get_by_role("region", name="Setup")
    await expect(setup.locator("[data-done]")).to_have_count(1)
    await picture(page, f"{size}-setup")

    await setup.get_by_role("link", name="Connect a model").click()

    await expect(page.get_by_text("There is no model yet")).to_be_visible()
    assert page.refused == []
