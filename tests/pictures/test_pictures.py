"""The twenty pictures of make.py are read, and what they say is answered from the demo shop's articles."""

import io
import json
import subprocess
import sys
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command

from assistant.workspaces.models import Widget, Workspace
from conversations.models import Message
from knowledge.models import Article
from tests.conversations.messaging.test_attachments import client_of, upload
from tests.pictures.make import FOLDER, WORDS

# As the child process reads one, but all in one process: loading the models takes longer than a picture.
READ_ALL = """
import json, sys
from pathlib import Path
from knowledge.imports import ocr
from knowledge.imports.sandbox_limits import Limits
limits = Limits(0, 60, 30, 1, ocr_engine="rapidocr")
print(json.dumps({path.stem: ocr.from_picture(path, limits) for path in Path(sys.argv[1]).glob("*.png")}))
"""
# What a grinder shows, and what its manual says of it.
ERRORS = {
    "display_e5": "take the weight off",
    "display_e5_tilted": "take the weight off",
    "display_e3": "turn it clockwise until it clicks",
}


def test_what_stands_on_the_pictures_is_read_row_by_row():
    done = subprocess.run([sys.executable, "-c", READ_ALL, str(FOLDER)], capture_output=True, check=True)
    read = json.loads(done.stdout)

    wrong = [name for name, (_, lines) in WORDS.items() if squeezed(read[name]["text"]) != squeezed("".join(lines))]
    assert sorted(read) == sorted(WORDS)
    assert wrong == []
    assert min(each["confidence"] for each in read.values()) > 0.9


def squeezed(text):
    return "".join(text.split())


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
async def test_a_photo_of_a_grinders_display_gets_what_the_manual_says_of_that_error(
    transactional_db, no_engine, chat, server, settings, tmp_path
):
    settings.MEDIA_ROOT, settings.OCR_ENGINE = tmp_path, "rapidocr"
    await sync_to_async(call_command)("seed_demo", stdout=io.StringIO())
    shop = await Workspace.objects.aget(slug="demo")
    demo = await Widget.objects.aget(workspace=shop, public_key="wk_demo")
    manual = await Article.objects.aget(workspace=shop, external_id="manual-mill")

    answers = {}
    for name in ERRORS:
        async with (
            chat(widget=demo.public_key, origin=demo.origins[0]) as ana,
            client_of(server, ana.ready["session"]) as browser,
        ):
            content = (FOLDER / f"{name}.png").read_bytes()
            kept = (await upload(browser, ana.ready["conversation"], content, f"{name}.png")).json()
            await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text="", attachments=[kept["id"]])
            answers[name] = await ana.next("reply.completed")

    assert {name: words in answers[name]["text"] for name, words in ERRORS.items()} == dict.fromkeys(ERRORS, True)
    assert {answers[name]["citations"][0]["article_id"] for name in ERRORS} == {str(manual.pk)}
    assert await Message.objects.filter(receipt__source="quoted_passage").acount() == len(ERRORS)
