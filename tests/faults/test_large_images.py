"""Images with many pixels: the web process decodes none of them and answers others."""

import asyncio
import io
from time import monotonic

import pytest
from PIL import Image

from tests.faults.customers import browser_of, socket_to
from tests.faults.figures import memory_mib
from tests.faults.scale import scaled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
MOST_MIB = 50
OTHERS_S = scaled(5.0, 1.0)  # within which somebody else is answered
TOO_MANY, JUST_RIGHT = (5000, 5000), (4000, 4000)


def drawn(kind: str, size: tuple[int, int], **options) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **options)
    return written.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", JUST_RIGHT, colour) for colour in ("teal", "navy", "olive")]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:])
    return written.getvalue()


ASKING_ON = {"REQUESTS_PER_VISITOR_MINUTE": "100000", "REQUESTS_PER_IP_MINUTE": "100000"}


class Watch:
    """What the web process takes of memory while something is done, and how long it lets somebody else wait."""

    def __init__(self, pid: int, browser) -> None:
        self.pid, self.browser = pid, browser
        self.took_mib, self.waited_s = 0.0, 0.0

    async def over(self, doing):
        before_mib, others = memory_mib(self.pid), asyncio.create_task(self.ask_on())
        done = asyncio.ensure_future(doing)
        while not done.done():
            self.took_mib = max(self.took_mib, memory_mib(self.pid) - before_mib)
            await asyncio.wait([done], timeout=0.02)
        if others.done():  # it failed: nobody else was answered
            others.result()
        others.cancel()
        return await done

    async def ask_on(self) -> None:
        while True:
            asked_at = monotonic()
            (await self.browser.get("/api/v1/conversations/")).raise_for_status()
            self.waited_s = max(self.waited_s, monotonic() - asked_at)


async def upload(browser, conversation: str, content: bytes):
    files = {"file": ("photo", content)}
    return await browser.post("/api/v1/attachments/", data={"conversation": conversation}, files=files)


async def test_eight_images_of_25_million_pixels_at_once_take_no_memory_of_the_web_process(processes, widget):
    """B4: they were decoded there, all at once: 521 to 2,043 MiB."""
    files = [drawn("PNG", TOO_MANY)] * 8

    answers, watch = await sent_at_once(processes, widget, files)

    refusals = [answer.json()["error"] for answer in answers]
    assert {answer.status_code for answer in answers} == {422}
    assert {(each["code"], each["details"]["max_pixels"]) for each in refusals} == {
        ("attachment_unreadable", 16_000_000)
    }
    assert watch.took_mib < MOST_MIB
    assert watch.waited_s < OTHERS_S


async def test_images_of_every_kind_that_may_come_in_take_no_memory_of_the_web_process(processes, widget):
    """B4: as many pixels as are allowed, moving ones too."""
    files = [drawn(kind, JUST_RIGHT) for kind in ("PNG", "JPEG", "WEBP", "GIF")]
    files += [moving(kind) for kind in ("PNG", "WEBP", "GIF")]
    files += [drawn("JPEG", JUST_RIGHT, progressive=True)]
    processes.environment["IMAGE_WAIT_S"] = "120"  # none is to be refused, however slow the machine is

    answers, watch = await sent_at_once(processes, widget, files)

    kinds = [answer.json().get("content_type") for answer in answers]
    assert kinds == [f"image/{kind}" for kind in ("png", "jpeg", "webp", "gif", "png", "webp", "gif", "jpeg")]
    assert watch.took_mib < MOST_MIB
    assert watch.waited_s < OTHERS_S


async def sent_at_once(processes, widget, files: list[bytes]):
    processes.environment |= ASKING_ON
    web = await asyncio.to_thread(processes.web)
    async with socket_to(processes, widget) as ana, browser_of(processes, ana) as browser:
        browser.timeout = 240
        conversation = ana.ready["conversation"]
        assert (await upload(browser, conversation, drawn("PNG", (40, 30)))).status_code == 201
        watch = Watch(web.pid, browser)
        answers = await watch.over(asyncio.gather(*(upload(browser, conversation, each) for each in files)))
    return answers, watch
