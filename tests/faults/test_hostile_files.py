"""Files that exhaust memory or hang a parser: the web process stays small and answers others."""

import asyncio
import io
import uuid
import zipfile

import pytest
from asgiref.sync import sync_to_async
from PIL import Image

from conversations.models import FileReading
from tests.faults.customers import browser_of, socket_to
from tests.faults.test_large_images import ASKING_ON, MOST_MIB, OTHERS_S, Watch
from tests.faults.things import THINGS, question_about
from tests.knowledge.imports.made_pdfs import pdf_of, slow
from tests.knowledge.imports.test_sandbox import flate_bomb
from tests.pictures.make import FOLDER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
BOMBS = 8
HEIC = FOLDER / "display_e5.heic"


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
    limits = {"FILE_READ_TIMEOUT_S": "20", "FILE_READ_WAIT_S": "60"}
    processes.environment |= ASKING_ON | limits | {"OCR_ENGINE": "rapidocr"}
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


def csv_bomb() -> bytes:
    """Nine megabytes of rows."""
    return b"article;price\n" + b"filter;4.50\n" * 750_000


def picture(kind: str) -> bytes:
    """As many pixels as are allowed."""
    written = io.BytesIO()
    Image.new("RGB", (4000, 4000), "teal").save(written, kind)
    return written.getvalue()


def claiming(heic: bytes, side: int) -> bytes:
    """The same picture with other sizes in its header."""
    at, claimed = 0, side.to_bytes(4, "big") * 2
    while (at := heic.find(b"ispe", at) + 4) > 3:
        heic = heic[: at + 4] + claimed + heic[at + 12 :]
    return heic


KINDS = {
    "a PDF that unpacks to a gigabyte": lambda: ("bomb.pdf", flate_bomb(1_000_000_000)),
    "a PDF whose pages are slow": lambda: ("slow.pdf", pdf_of(*[slow(3)] * 30)),
    "a DOCX that unpacks to 400 MB": lambda: ("bomb.docx", docx_bomb()),
    "a long CSV": lambda: ("rows.csv", csv_bomb()),
    "a PNG": lambda: ("large.png", picture("PNG")),
    "a WebP": lambda: ("large.webp", picture("WEBP")),
    "a HEIC": lambda: ("photo.heic", HEIC.read_bytes()),
    "a HEIC that claims 400 million pixels": lambda: ("large.heic", claiming(HEIC.read_bytes(), 20_000)),
}


async def test_no_kind_of_file_takes_memory_of_the_web_process(processes, widget, articles_about_things):
    """T21: at most 50 MiB, whatever is sent."""
    files = [make() for make in KINDS.values()]
    processes.environment |= ASKING_ON | {"OCR_ENGINE": "rapidocr", "FILE_PAGE_TIMEOUT_S": "2", "IMAGE_WAIT_S": "120"}
    web = await asyncio.to_thread(processes.web)
    async with socket_to(processes, widget) as ana, browser_of(processes, ana) as browser:
        browser.timeout = 240
        await sent(browser, ana, [("note.txt", b"A note.")])  # the first question loads the models
        watch, took_mib = Watch(web.pid, browser), {}
        for kind, file in zip(KINDS, files, strict=True):
            watch.took_mib = 0.0
            await watch.over(read(browser, ana, file))
            took_mib[kind] = watch.took_mib

    assert {kind: mib for kind, mib in took_mib.items() if mib >= MOST_MIB} == {}
    assert watch.waited_s < OTHERS_S


async def read(browser, ana, file) -> None:
    """Upload a file, and wait until it was read, if it is accepted."""
    answer = await posted(browser, ana, *file)
    if answer.status_code == 422:
        return
    unread = FileReading.objects.filter(pk=answer.raise_for_status().json()["id"]).exclude(
        status__in=FileReading.FINISHED
    )
    async with asyncio.timeout(120):
        while await sync_to_async(unread.exists)():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)


async def posted(browser, ana, name: str, content: bytes):
    data = {"conversation": ana.ready["conversation"]}
    return await browser.post("/api/v1/attachments/", data=data, files={"file": (name, content)})


async def upload(browser, ana, name: str, content: bytes) -> str:
    return (await posted(browser, ana, name, content)).raise_for_status().json()["id"]


async def sent(browser, ana, files):
    ids = await asyncio.gather(*(upload(browser, ana, *file) for file in files))
    await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=question_about(THINGS[0]), attachments=ids)
    return await ana.next("reply.completed", timeout_s=200)
