"""The transcript shows a picture beside the text read from it, on desktop and phone."""

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.messaging import attachments, file_reading, store
from conversations.models import Contact, Conversation
from conversations.replies import recovery
from tests.browser.test_looks import PICTURES, SIZES
from tests.knowledge.imports.made_pdfs import pdf_of, slow, words
from tests.pictures.make import FOLDER

pytestmark = pytest.mark.django_db(transaction=True)


def sent_files(workspace):
    contact = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation.objects.create(workspace=workspace, contact=contact, channel="api")
    ids = []
    for name, content in (
        ("receipt.png", (FOLDER / "receipt.png").read_bytes()),
        ("display_e5.png", (FOLDER / "display_e5.png").read_bytes()),
        ("scan.pdf", b"%PDF-1.4 broken"),
        ("letter.pdf", pdf_of(words("My mill shows ERROR E5."), slow(3))),
    ):
        kept = attachments.take_in(conversation, SimpleUploadedFile(name, content))
        file_reading.start(kept).result(timeout=120)
        ids.append(kept.pk)
    accepted = store.accept(conversation, "How do I send this back?", attachments=ids)
    recovery.finish_replies([str(accepted.reply.pk)])
    return conversation


@pytest.mark.parametrize("size", SIZES)
async def test_staff_see_a_picture_and_its_words_side_by_side(
    signed_in,
    workspace,
    no_engine,
    settings,
    tmp_path,
    size,
):
    settings.MEDIA_ROOT, settings.OCR_ENGINE, settings.FILE_PAGE_TIMEOUT_S = tmp_path, "rapidocr", 1.0
    conversation = await sync_to_async(sent_files)(workspace)

    page = await signed_in(f"conversations/conversation/{conversation.pk}/change/", SIZES[size])
    files = page.locator(".b-sent-file")
    texts = await page.locator(".b-sent-file-text").all_text_contents()
    await page.locator("details.b-receipt").last.evaluate("each => each.open = true")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"admin_files_{size}.png", full_page=True)

    assert await files.count() == 4
    assert [text.split("\n")[0] for text in texts] == ["FILAMENT STORE", "ERROR E5", "My mill shows ERROR E5."]
    assert await page.get_by_text("Not all pages: page too slow").count() == 1
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.refused == []
