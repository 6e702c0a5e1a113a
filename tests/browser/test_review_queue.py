"""Agents review held messages with keys, on a phone too."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.async_api import Browser, expect

from assistant import celery_app
from assistant.workspaces.models import Workspace
from conversations.gate.decision import Decision
from conversations.gate.models import GateModel, GateSettings, HeldMessage
from conversations.models import Contact, Conversation
from conversations.replies import held_messages
from tests.browser.test_test_sets import logged_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_engine")]
QUEUE = reverse("admin:gate_heldmessage_changelist")
CHANCES = {"spam": 0.93, "injection": 0.12, "abuse": 0.01}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
PICTURES = os.environ.get("PICTURES_OF_PAGES", "")  # a folder, to look at the pages


def filled(workspace: Workspace) -> list[str]:
    """Three held messages; the addresses of the pages of the gate."""
    get_user_model().objects.create_superuser("rosa", password="rosa-works-here")
    for text in ("first: buy followers", f"second {LONG} " + "and so on " * 300, "third one"):
        conversation = Conversation(
            workspace=workspace, contact=Contact.objects.create(workspace=workspace, name="Ana")
        )
        held_messages.accept(conversation, text, None, (), Decision("hold", "spam", CHANCES))
    figures = {name: [0.81, 0.94] for name in ("stopped", "passed", "control_stopped", "control_passed")}
    model = GateModel.objects.create(state="in_use", labels=60, figures=figures)
    GateSettings.objects.create(workspace=workspace)
    return [
        QUEUE,
        reverse("admin:gate_heldmessage_change", args=[HeldMessage.objects.first().pk]),
        reverse("admin:gate_gatesettings_changelist"),
        reverse("admin:gate_gatesettings_change", args=[workspace.pk]),
        reverse("admin:gate_gatemodel_changelist"),
        reverse("admin:gate_gatemodel_change", args=[model.pk]),
    ]


async def test_keys_move_release_and_mark_spam(server: str, browser: Browser, in_database: Any, workspace: Workspace):
    celery_app.conf.task_always_eager = False
    await in_database(filled, workspace)
    page = await logged_in(browser, server, QUEUE)
    held = page.locator("[data-held]")

    await expect(held).to_have_count(3)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(held.nth(1)).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.get_by_text("Released. The assistant is answering.")).to_be_visible()
    await expect(held).to_have_count(2)
    await page.keyboard.press("s")
    await expect(page.get_by_text("Refused. The visitor can't write for 24 hours.")).to_be_visible()

    verdicts = await in_database(lambda: dict(HeldMessage.objects.values_list("message__text", "verdict")))
    assert [verdict for _, verdict in sorted(verdicts.items())] == ["spam", "released", "pending"]


@pytest.mark.parametrize("width", [390, 1280])
async def test_no_page_of_the_gate_is_wider_than_the_screen(
    server: str, browser: Browser, in_database: Any, workspace: Workspace, width: int
):
    addresses = await in_database(filled, workspace)
    page = await logged_in(browser, server, addresses[0], width)

    too_wide = []
    for number, address in enumerate(addresses):
        await page.goto(f"http://{server}{address}")
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"gate-{number}-{width}.png", full_page=True)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(address)

    assert too_wide == []
