"""Curators import articles and see the result of each."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assistant.workspaces.models import Workspace
from knowledge.imports.jobs import order
from knowledge.imports.models import Import
from knowledge.models import Article

ADD = "admin:imports_import_add"


@pytest.fixture
def upload(staff: Any, workspace: Workspace, django_capture_on_commit_callbacks: Any) -> Any:
    """Send files as a curator does, and let the worker finish."""
    client = staff("curator")

    def sent(*files: tuple[str, bytes], **fields: Any) -> Any:
        given = [SimpleUploadedFile(name, content) for name, content in files]
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse(ADD), {"workspace": workspace.pk, "files": given, **fields})
        return client.get(answer.url) if answer.status_code == 302 else answer

    return sent


def test_uploaded_files_are_imported_and_the_report_names_each(upload: Any):
    page = upload(("returns.md", b"You have 30 days."), ("noise.pdf", b"\x00\xff" * 50), publish="on")

    shown = page.content.decode()
    assert "1 added" in shown
    assert "1 refused" in shown
    assert "noise.pdf" in shown
    assert Article.objects.get().status == Article.Status.PUBLISHED


def test_a_dry_run_is_done_for_real_with_one_click(upload: Any, staff: Any, django_capture_on_commit_callbacks: Any):
    upload(("returns.md", b"You have 30 days."), dry_run="on")
    tried = Import.objects.get()
    assert not Article.objects.exists()

    with django_capture_on_commit_callbacks(execute=True):
        staff("admin").post(reverse("admin:imports_import_admin_action", args=[tried.pk, "repeat"]))

    assert Article.objects.get().external_id == "returns"
    assert Import.objects.latest("created_at").dry_run is False


def test_nothing_chosen_is_said_in_the_form(upload: Any):
    assert "Choose files or enter a URL." in upload().content.decode()


def test_a_host_that_is_not_allowed_is_said_in_the_form(upload: Any):
    assert "not in IMPORT_ALLOWED_HOSTS" in upload(url="https://elsewhere.test/").content.decode()


def test_the_report_is_downloaded_and_no_cell_of_it_is_a_formula(upload: Any, staff: Any):
    upload(("rows.csv", b"id,title,text\n=cmd(),Formula,Text\n+1,None,\n"))
    address = reverse("admin:imports_import_report", args=[Import.objects.get().pk])

    table = list(csv.DictReader(io.StringIO(staff("viewer").get(address).content.decode())))

    assert [(row["outcome"], row["id"]) for row in table] == [("refused", "rows.csv:3"), ("added", "'=cmd()")]


def test_a_viewer_imports_nothing(staff: Any, workspace: Workspace):
    viewer = staff("viewer")

    assert viewer.get(reverse(ADD)).status_code == 403
    assert viewer.post(reverse(ADD), {"workspace": workspace.pk}).status_code == 403


def test_another_shops_import_is_not_shown(staff: Any, other_shop: Workspace):
    foreign = order(other_shop, files=[("a.md", b"Text.")])
    client = staff("curator")

    for name in ("progress", "report"):
        assert client.get(reverse(f"admin:imports_import_{name}", args=[foreign.pk])).status_code == 404


def test_one_may_not_import_into_another_shop(upload: Any, other_shop: Workspace):
    upload(("a.md", b"Text."), workspace=other_shop.pk)

    assert not Import.objects.exists()
