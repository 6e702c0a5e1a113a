"""Files before they are sent: preview, refusal, removal, progress, retry."""

import json
import re

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import expect

from conversations.models import Attachment, Contact, Message
from tests.browser.files import choose, chosen, give_file, picture
from tests.browser.test_connection import Line
from tests.browser.test_looks import CONTRASTS, PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.4\n" + b"x" * 1_500_000
UPLOADS = "**/api/v1/attachments/"
SEEN = """() => {
  const tray = document.querySelector("#brevity-widget").shadowRoot.querySelector(".tray");
  window.seen = [];
  const look = () => tray.querySelectorAll("progress").forEach((bar) => window.seen.push(bar.value));
  new MutationObserver(look).observe(tray, { subtree: true, attributes: true, childList: true });
}"""


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
async def ana(tab, no_engine, returns_article):
    ana = await tab()
    await ana.open_chat()
    return ana


@pytest.fixture
def entries(ana):
    return ana.page.locator(".tray .file")


async def slow_uploads(ana, bytes_per_s):
    browser = await ana.page.context.new_cdp_session(ana.page)
    given = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_s}
    await browser.send("Network.enable")
    await browser.send("Network.emulateNetworkConditions", given)


async def all_uploaded(ana):
    await expect(ana.page.locator(".tray progress")).to_have_count(0)


async def test_a_picture_is_seen_small_and_a_document_by_name_kind_and_size(ana, entries):
    await choose(ana, chosen("lamp.png", "image/png", picture()), chosen("bill.pdf", "application/pdf", PDF))
    await all_uploaded(ana)

    await expect(entries.nth(0).locator(".preview canvas")).to_be_visible()
    await expect(entries.nth(1).locator(".preview svg")).to_be_visible()
    await expect(entries.nth(1).locator(".names")).to_have_text("bill.pdfPDF · 1.5 MB")


async def test_more_files_than_fit_into_a_message_are_refused_in_words(ana, entries, settings):
    settings.ATTACHMENTS_PER_MESSAGE = 2
    await ana.page.reload()
    await ana.open_chat()
    await choose(ana, *(chosen(f"{n}.txt", "text/plain", b"Order 4711") for n in range(3)))

    await expect(ana.page.locator(".tray [role=alert]")).to_have_text("You can send up to 2 files with one message.")
    await expect(entries).to_have_count(2)
    await all_uploaded(ana)
    await ana.page.get_by_role("button", name="Remove 0.txt").click()
    await expect(ana.page.locator(".tray [role=alert]")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "words"), [("en", r"can't be sent\. You can send JPEG, .*PDF"), ("de", "nicht senden.*JPEG, .*PDF")]
)
async def test_a_kind_of_file_that_is_never_taken_is_refused_in_words_at_once(tab, locale, words):
    ana = await tab(locale=locale)
    uploads = []
    await ana.page.route(UPLOADS, lambda route: uploads.append(route))
    await ana.open_chat()
    await choose(ana, chosen("film.mp4", "video/mp4", b"film"), chosen("logo.svg", "image/svg+xml", b"<svg/>"))

    refusals = ana.page.locator(".tray [role=alert]")
    await expect(refusals).to_have_count(2)
    await expect(refusals.first).to_have_text(re.compile(words))
    assert uploads == []


async def test_a_picture_with_too_many_pixels_is_refused_in_words(ana, entries, settings):
    settings.ATTACHMENT_MAX_PIXELS = 1_000_000
    await choose(ana, chosen("wall.png", "image/png", picture((1200, 1000))))

    await expect(entries.locator("[role=alert]")).to_have_text("This picture has too many pixels (max. 1 million).")
    await expect(entries.locator(".link")).to_be_hidden()


async def test_an_upload_that_fails_says_why_and_is_tried_again(ana, entries):
    failing = [503, 0]

    async def fail(route):
        status = failing.pop() if failing else None
        if status is None:
            await route.continue_()
        elif status:
            await route.fulfill(status=status, json={"error": {"code": "busy", "message": "Too many."}})
        else:
            await route.abort()

    await ana.page.route(UPLOADS, fail)
    await choose(ana, chosen("lamp.png", "image/png", picture()))
    again = ana.page.get_by_role("button", name="Upload lamp.png again")
    await expect(entries.locator("[role=alert]")).to_have_text("The upload was interrupted.")
    await again.click()
    await expect(entries.locator("[role=alert]")).to_have_text(re.compile("Too many uploads"))
    await again.press("Enter")
    await expect(entries.locator("[role=alert]")).to_have_count(0)
    await all_uploaded(ana)
    await ana.say("This is the lamp.")

    await expect(ana.said.locator(".picture canvas")).to_be_visible()
    assert await Attachment.objects.acount() == 1


async def test_a_file_that_failed_stays_when_the_message_is_sent_without_it(ana, entries):
    await ana.page.route(UPLOADS, lambda route: route.abort())
    await choose(ana, chosen("lamp.png", "image/png", picture()))
    await expect(entries.locator("[role=alert]")).to_be_visible()
    await ana.say("Hello to you all.")
    await expect(ana.said).to_have_attribute("data-state", "sent")
    await ana.page.unroute(UPLOADS)
    await entries.locator(".link").click()
    await all_uploaded(ana)
    await ana.page.locator(".composer .send").click()

    await expect(ana.said.nth(1).locator(".picture canvas")).to_be_visible()


async def test_the_progress_of_each_file_is_seen(ana, entries):
    await slow_uploads(ana, 600_000)
    await ana.page.evaluate(SEEN)
    await choose(ana, chosen("bill.pdf", "application/pdf", PDF), chosen("order.txt", "text/plain", b"Order 4711"))
    await expect(entries).to_have_count(2)
    await ana.input.fill("Two files.")
    await expect(ana.page.locator(".composer .send")).to_be_disabled()
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator("[role=status].aside")).to_have_text("Your files are still uploading.")
    await all_uploaded(ana)

    under_way = [value for value in await ana.page.evaluate("window.seen") if 0 < value < 1]
    assert len(set(under_way)) > 1
    await expect(ana.page.locator(".composer .send")).to_be_enabled()


@pytest.fixture
def sockets():
    """The sockets of the widget, to be closed by a test."""
    return []


@pytest.fixture
async def cut_ana(tab, context, sockets, no_engine, returns_article):
    line = Line(lambda event, count: "pass")
    await context.route_web_socket("**/ws/chat/", lambda socket: (sockets.append(socket), line.route(socket)))
    ana = await tab()
    await ana.open_chat()
    return ana


async def test_a_line_cut_while_a_file_is_uploaded_loses_nothing(cut_ana, sockets):
    await slow_uploads(cut_ana, 600_000)
    await choose(cut_ana, chosen("bill.pdf", "application/pdf", PDF))
    await expect(cut_ana.page.locator(".tray progress")).to_be_visible()
    await sockets[0].close(code=1012)
    await expect(cut_ana.page.locator(".tray progress")).to_be_visible()
    await all_uploaded(cut_ana)
    await cut_ana.say("The bill.")

    await expect(cut_ana.said).to_have_attribute("data-state", "sent")
    assert len(sockets) > 1
    assert [each["name"] for each in (await Message.objects.aget(role="customer")).attachments] == ["bill.pdf"]


async def test_an_upload_that_broke_off_goes_on_by_itself_with_the_next_socket(cut_ana, sockets):
    await cut_ana.page.route(UPLOADS, lambda route: route.abort())
    await choose(cut_ana, chosen("order.txt", "text/plain", b"Order 4711"))
    refusal = cut_ana.page.locator(".tray [role=alert]")
    await expect(refusal).to_have_text("The upload was interrupted.")
    await cut_ana.page.unroute(UPLOADS)
    await sockets[0].close(code=1012)

    await expect(refusal).to_have_count(0)
    await all_uploaded(cut_ana)
    assert await Attachment.objects.acount() == 1


async def test_a_file_uploaded_for_a_conversation_that_is_gone_is_uploaded_for_the_next(cut_ana, sockets):
    await choose(cut_ana, chosen("order.txt", "text/plain", b"Order 4711"))
    await all_uploaded(cut_ana)
    first = await Attachment.objects.aget()
    await sync_to_async(Contact.objects.all().delete)()
    async with cut_ana.page.expect_response(lambda answer: answer.url.endswith("/attachments/")):
        await sockets[0].close(code=1012)

    await all_uploaded(cut_ana)
    assert (await Attachment.objects.aget()).conversation_id != first.conversation_id
    await expect(cut_ana.page.locator(".composer .send")).to_be_enabled()


async def test_files_are_taken_out_with_the_keyboard_and_the_focus_stays_near(ana, entries):
    await choose(ana, chosen("lamp.png", "image/png", picture()), chosen("order.txt", "text/plain", b"Order 4711"))
    await all_uploaded(ana)
    await ana.input.focus()
    await ana.page.keyboard.press("Shift+Tab")
    await expect(ana.page.get_by_role("button", name="Attach files")).to_be_focused()
    await ana.page.keyboard.press("Shift+Tab")
    await expect(ana.page.get_by_role("button", name="Remove order.txt")).to_be_focused()
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.get_by_role("button", name="Remove lamp.png")).to_be_focused()
    await expect(ana.page.locator("[role=status].aside")).to_have_text("order.txt removed")
    await ana.page.keyboard.press("Enter")

    await expect(ana.input).to_be_focused()
    await expect(ana.page.locator(".tray")).to_be_hidden()


async def test_the_place_to_drop_files_is_shown_while_they_are_over_it(ana):
    zone = ana.page.locator(".dropzone")
    await expect(zone).to_be_hidden()
    await give_file(ana, "dragover", "shot.png", "image/png", picture())
    await expect(zone).to_be_visible()
    await expect(zone).to_have_text("Drop files here")
    await give_file(ana, "dragleave", "shot.png", "image/png", picture())
    await expect(zone).to_be_hidden()
    await give_file(ana, "dragover", "shot.png", "image/png", picture())
    await give_file(ana, "drop", "shot.png", "image/png", picture())

    await expect(zone).to_be_hidden()
    await expect(ana.input).to_be_focused()


async def test_text_pasted_from_an_office_program_is_no_picture(ana, entries):
    await give_file(ana, "paste", "image.png", "image/png", picture(), plain="Total 12", html="<b>Total 12</b>")
    await expect(entries).to_have_count(0)
    await give_file(ana, "paste", "image.png", "image/png", picture(), html="<img src='a.png'>")
    await expect(entries).to_have_count(1)


async def test_a_picture_that_was_sent_opens_large_and_closes_on_escape(ana):
    await choose(ana, chosen("wall.png", "image/png", picture((1600, 900))))
    await all_uploaded(ana)
    await ana.say("This is the wall.")
    await ana.page.get_by_role("button", name="Enlarge wall.png").press("Enter")

    large = ana.page.get_by_role("dialog", name="wall.png").get_by_role("img", name="wall.png")
    await expect(large).to_be_visible()
    box = await large.bounding_box()
    assert box["width"] > 1000
    assert box["y"] + box["height"] <= 800
    await ana.page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(ana.panel).to_be_visible()
    await expect(ana.page.get_by_role("button", name="Enlarge wall.png")).to_be_focused()
    assert (ana.errors, ana.foreign, ana.policy_reports) == ([], [], [])


@pytest.mark.parametrize("before", [True, False], ids=["before it starts", "after"])
@pytest.mark.parametrize(("status", "words"), [("reading_files", "I'm reading your file …"), ("brewing_tea", "")])
async def test_what_the_assistant_does_before_it_writes_is_told(
    tab, context, engine, returns_article, status, words, before
):
    engine.script, engine.delay_s = [["It is ", "a lamp [1]."]], 3.0

    def route(browser_side):
        server_side = browser_side.connect_to_server()

        def from_server(text):
            event = json.loads(text)
            about = {key: event[key] for key in ("conversation", "message_id") if key in event}
            said = json.dumps({"type": "reply.status", **about, "status": status, "text": "I'm reading your file …"})
            is_start = event["type"] == "reply.started"
            for frame in [said, text] if before and is_start else [text, said] if is_start else [text]:
                browser_side.send(frame)

        server_side.on_message(from_server)

    await context.route_web_socket("**/ws/chat/", route)
    ana = await tab()
    await ana.open_chat()
    await ana.say("How many days do I have to return something?")

    await expect(ana.replies).to_have_attribute("data-state", "thinking")
    await expect(ana.replies.locator(".dots")).to_be_visible()
    await expect(ana.replies).to_have_text(words)
    await expect(ana.page.locator("[role=status].aside")).to_have_text(words)
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await expect(ana.replies).not_to_contain_text("reading your file")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_files_fit_the_screen_and_can_be_read(tab, browser, no_engine, returns_article, size, scheme):
    context = await browser.new_context(viewport=SIZES[size], color_scheme=scheme)
    ana = await tab(context=context)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await ana.goto()
    await ana.open_chat()
    await ana.page.route(
        UPLOADS, lambda route: route.abort() if b"broken" in route.request.post_data_buffer else route.continue_()
    )
    photo = chosen("IMG_20260411_kitchen_display.png", "image/png", picture((900, 1600), "olive"))
    bill = chosen("Invoice 2026-04711 for the kitchen.pdf", "application/pdf", b"%PDF-1.4\n")
    broken = chosen("order.csv", "text/csv", b"broken")
    await choose(ana, photo, bill, broken, chosen("film.mp4", "video/mp4", b"film"))
    await expect(ana.page.locator(".tray [role=alert]")).to_have_count(2)
    await all_uploaded(ana)
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-tray.png", animations="disabled")

    found = await ana.page.evaluate(CONTRASTS)
    await ana.input.fill("The display shows E5. What does that mean?")
    await ana.page.locator(".composer .send").click()
    await expect(ana.said.locator(".picture canvas")).to_be_visible()
    await expect(ana.replies).to_have_attribute("data-state", "done")
    await ana.page.locator(".log").evaluate("node => node.scrollTop = 0")
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-files-sent.png", animations="disabled")
    found += await ana.page.evaluate(CONTRASTS)
    await give_file(ana, "dragover", "shot.png", "image/png", picture())
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-drop.png", animations="disabled")
    await give_file(ana, "dragleave", "shot.png", "image/png", picture())
    await ana.said.locator(".picture").click()
    await expect(ana.page.locator(".viewer canvas")).to_be_visible()
    await ana.page.screenshot(path=PICTURES / f"{size}-{scheme}-large.png", animations="disabled")

    assert [each for each in found if each[1] < 4.5] == []
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for selector in (".tray", ".stage canvas"):
        box = await ana.page.locator(selector).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= SIZES[size]["width"]
        assert box["y"] + box["height"] <= SIZES[size]["height"]
