"""Files that exhaust memory or hang a parser: the web process stays small and answers others."""

import asyncio
import io
import uuid
import zipfile

import pytest
from asgiref.sync import sync_to_async

from conversations.models import FileReading
from tests.faults.customers import browser_of, socket_to
from tests.faults.test_large_images import MOST_MIB, OTHERS_S, Watch
from tests.faults.things import THINGS, question_about
from tests.knowledge.imports.test_sandbox import flate_bomb

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
BOMBS = 8


def docx_bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 400_000_000)
    return written.getvalue()


async def test_eight_bombs_at_once_take_no_memory_of_the_web_process_and_let_nobody_wait(
    processes, widget, articles_about_things
):
    files = [("bomb.pdf", flate_bomb(1_000_000_000)), ("bomb.docx", docx_bomb())] * (BOMBS // 2)
    processes.environment |= {"OCR_ENGINE": "rapidocr", "FILE_READ_TIMEOUT_S": "20", "FILE_READ_WAIT_S": "60"}
    web = await asyncio.to_thread(processes.web)
    async with socket_to(processes, widget) as ana, browser_of(processes, ana) as browser:
        browser.timeout = 240
        await sent(browser, ana, [("note.txt", b"A note.")])  # the first question loads the models
        watch = Watch(web.pid, browser)
        completed = await watch.over(sent(browser, ana, files))

    failed = {reading.code for reading in await sync_to_async(list)(FileReading.objects.filter(status="failed"))}
    assert "I couldn't read" in completed["text"]
    assert "bomb.pdf" in completed["text"]
    assert failed <= {"too_large", "too_slow", "unreadable_pdf", "no_text"}
    assert watch.took_mib < MOST_MIB
    assert watch.waited_s < OTHERS_S


async def upload(browser, ana, name: str, content: bytes) -> str:
    data = {"conversation": ana.ready["conversation"]}
    answer = await browser.post("/api/v1/attachments/", data=data, files={"file": (name, content)})
    return answer.raise_for_status().json()["id"]


async def sent(browser, ana, files):
    ids = await asyncio.gather(*(upload(browser, ana, *file) for file in files))
    await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=question_about(THINGS[0]), attachments=ids)
    return await ana.next("reply.completed", timeout_s=200)
