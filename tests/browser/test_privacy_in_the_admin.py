"""Data retention, the audit log and the export of a customer fit the screen and can be used with a mouse alone."""

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import expect

from assistant.audit import log
from assistant.retention.models import PurgeRun
from assistant.workspaces.models import ApiKey
from tests.admin.conftest import conversation_of
from tests.browser.test_looks import PICTURES, SIZES

pytestmark = pytest.mark.django_db(transaction=True)
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def data_of(workspace):
    talk = conversation_of(workspace)
    for action in ("conversation.viewed", "contact.erase"):
        log.record(action, talk)
    key = ApiKey.issue(workspace, "helpdesk", [])[0]
    log.record("apikey.revoke", key, **log.name_of(key))
    PurgeRun.objects.create(workspace=workspace, counts={"conversations": 1_204, "attachments": 77})
    PurgeRun.objects.create(workspace=workspace, counts={"traces": 3}, dry_run=True, is_complete=False)
    return talk.contact_id


@pytest.mark.parametrize("size", SIZES)
async def test_the_pages_fit_the_screen(signed_in, server, workspace, size):
    contact = await sync_to_async(data_of)(workspace)
    page = await signed_in("retention/retentionperiods/", SIZES[size])
    await page.get_by_role("link", name="Acme").first.click()
    await expect(page.get_by_text("1,204 conversations")).to_be_visible()
    await shown(page, f"retention-{size}")
    await page.get_by_role("button", name="Count what would be deleted").click()
    await expect(page.get_by_text("Nothing was changed.")).to_be_visible()

    await page.goto(f"http://{server}/admin/audit/event/")
    await expect(page.get_by_text("apikey.revoke").first).to_be_visible()
    await shown(page, f"audit-{size}")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export as CSV").click()
    assert (await download.value).suggested_filename == "audit.csv"

    await page.goto(f"http://{server}/admin/conversations/contact/{contact}/change/")
    await page.get_by_role("button", name="Export").click()
    await page.fill("#reason", "A request by mail")
    await shown(page, f"export-{size}")
    await page.get_by_role("button", name="Create a link").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the ZIP").click()
    assert (await download.value).suggested_filename == "export.zip"


async def shown(page, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    assert not await page.evaluate(WIDER), name
