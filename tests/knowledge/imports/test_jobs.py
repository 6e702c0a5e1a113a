"""Imports ordered by staff or programs and done by a worker."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from assistant.workspaces.models import Workspace
from knowledge.imports import archive, tasks, worker
from knowledge.imports.document import Refused
from knowledge.imports.jobs import UploadRefused, order, repeat
from knowledge.imports.models import Import
from knowledge.models import Article, Chunk

pytestmark = pytest.mark.django_db(transaction=True)


def rows(count: int, text: str = "We open at nine.") -> bytes:
    return "\n".join(json.dumps({"id": f"a{n}", "title": f"Hours {n}", "text": text}) for n in range(count)).encode()


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return packed.getvalue()


def done(ordered: Import) -> Import:
    ordered.refresh_from_db()
    return ordered


def test_an_uploaded_file_is_imported_by_a_worker_which_reports(workspace: Workspace) -> None:
    ordered = done(order(workspace, files=[("hours.jsonl", rows(2))], publish=True))

    assert ordered.status == Import.Status.DONE
    assert ordered.counts == {"added": 2, "changed": 0, "unchanged": 0, "refused": 0}
    assert ordered.report["published"] == 2
    assert ordered.content is None
    assert Article.objects.published().count() == 2


def test_an_archive_is_imported_file_by_file_and_a_bad_one_is_refused(workspace: Workspace) -> None:
    content = zipped(
        **{
            "help/returns.md": b"You have 30 days.",
            "help/noise.pdf": b"\x00\xff" * 50,
            "__MACOSX/help/._returns.md": b"junk",
            "help/picture.png": b"\x89PNG",
        }
    )

    ordered = done(order(workspace, files=[("help.zip", content)]))

    assert ordered.report["added"] == ["help/returns"]
    assert sorted(each["code"] for each in ordered.report["refused"]) == ["illustration", "unreadable_pdf"]


def test_several_files_of_one_name_are_all_taken(workspace: Workspace) -> None:
    files = [("faq.md", b"First."), ("faq.md", b"Second."), ("C:\\docs\\more.md", b"Third.")]

    ordered = done(order(workspace, files=files))

    assert sorted(ordered.report["added"]) == ["faq", "faq-2", "more"]


def test_a_dry_run_writes_nothing_and_can_be_done_for_real(workspace: Workspace) -> None:
    tried = done(order(workspace, files=[("hours.jsonl", rows(2))], dry_run=True))
    assert (tried.counts["added"], Article.objects.count()) == (2, 0)

    ordered = done(repeat(tried))

    assert (ordered.counts["added"], Article.objects.count()) == (2, 2)


def test_the_file_of_an_old_dry_run_is_let_go(workspace: Workspace, settings: Any) -> None:
    settings.IMPORT_TRIED_KEPT_S = -1
    tried = done(order(workspace, files=[("hours.jsonl", rows(1))], dry_run=True))

    tasks.resume_abandoned()

    with pytest.raises(UploadRefused, match="no longer available"):
        repeat(done(tried))


def test_an_import_goes_on_where_its_last_slice_ended(workspace: Workspace, settings: Any) -> None:
    settings.IMPORT_SLICE_S = -1  # one article a slice
    ordered = Import.objects.create(workspace=workspace, name="hours.jsonl", content=rows(3))

    more = [worker.carry_on(done(ordered)) for _ in range(4)]

    assert more == [True, True, True, False]
    assert done(ordered).report["added"] == ["a0", "a1", "a2"]


def test_an_import_whose_worker_died_is_taken_up_by_another(workspace: Workspace) -> None:
    ordered = Import.objects.create(workspace=workspace, name="hours.jsonl", content=rows(1))
    ordered.claim()
    tasks.resume_abandoned()
    assert done(ordered).status == Import.Status.RUNNING  # its lease has not run out

    Import.objects.update(leased_until=timezone.now())
    tasks.resume_abandoned()

    assert done(ordered).status == Import.Status.DONE


def test_a_file_that_ends_its_worker_again_and_again_is_refused_and_the_rest_imported(workspace: Workspace) -> None:
    content = zipped(**{"1-deadly.md": b"Boom.", "2-harmless.md": b"We open at nine."})
    ordered = Import.objects.create(workspace=workspace, name="help.zip", content=content)
    for _ in range(settings.IMPORT_MAX_ATTEMPTS):
        ordered.claim()
        Import.objects.update(leased_until=timezone.now())

    worker.carry_on(done(ordered))

    assert done(ordered).report["added"] == ["2-harmless"]
    assert [(r["name"], r["code"]) for r in ordered.report["refused"]] == [("1-deadly.md", "reader_crashed")]


def test_an_import_that_cannot_even_be_laid_out_fails_in_the_end(workspace: Workspace) -> None:
    ordered = Import.objects.create(workspace=workspace, name="no/such/folder.md", content=b"Text.")

    for _ in range(2 * settings.IMPORT_MAX_ATTEMPTS):
        with pytest.raises(FileNotFoundError):
            worker.carry_on(done(ordered))
        Import.objects.update(leased_until=timezone.now())
    worker.carry_on(done(ordered))

    assert done(ordered).status == Import.Status.FAILED


def test_an_article_is_known_by_the_whole_name_of_its_file(workspace: Workspace) -> None:
    name = "what-to-do-when-the-parcel-was-handed-to-a-neighbour-who-has-moved-since"

    done(order(workspace, files=[(f"{name}.md", b"Ask the courier.")]))

    assert Article.objects.get().external_id == name


@pytest.mark.parametrize("name", ["...", "", ".md", "../../x.md", "n" * 400 + ".md", "\x00.md", "日" * 200 + ".md"])
def test_no_name_of_a_file_is_too_odd(workspace: Workspace, name: str) -> None:
    assert done(order(workspace, files=[(name, b"We open at nine.")])).status == Import.Status.DONE


def test_two_workers_do_not_do_the_same_import(workspace: Workspace) -> None:
    ordered = Import.objects.create(workspace=workspace, name="hours.jsonl", content=rows(1))

    assert ordered.claim()
    assert not Import.objects.get().claim()


def test_the_same_file_imported_twice_leaves_everything_as_it_is(workspace: Workspace) -> None:
    order(workspace, files=[("hours.jsonl", rows(2))], publish=True)

    again = done(order(workspace, files=[("hours.jsonl", rows(2))], publish=True))

    assert again.counts == {"added": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert again.report["published"] == 0


@pytest.mark.parametrize(
    ("files", "url", "why"),
    [
        ([], "", "Choose files"),
        ([("a.md", b"a")], "https://help.test/", "Choose files"),
        ([("a.md", b"a" * 2_000)], "", "The maximum is 1,000 bytes"),
        ([], "https://elsewhere.test/", "not in IMPORT_ALLOWED_HOSTS"),
        ([], "file:///etc/passwd", "host"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(
    workspace: Workspace, settings: Any, files: list[tuple[str, bytes]], url: str, why: str
) -> None:
    settings.IMPORT_UPLOAD_MAX_BYTES = 1_000
    settings.IMPORT_ALLOWED_HOSTS = ["help.test"]

    with pytest.raises(UploadRefused, match=why):
        order(workspace, files=files, url=url)

    assert not Import.objects.exists()


# --- poisoned files ---


def test_an_archive_that_is_none_fails_with_a_reason(workspace: Workspace) -> None:
    ordered = done(order(workspace, files=[("help.zip", b"PK\x03\x04 and then nothing")]))

    assert ordered.status == Import.Status.FAILED
    assert "cannot be read" in ordered.why_failed
    assert [(r["name"], r["code"]) for r in ordered.report["refused"]] == [("help.zip", "unreadable_zip")]


def test_no_name_leads_out_of_an_archive(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    content = zipped(**{"../out.md": b"out", "/etc/out.md": b"out", "a/../../out.md": b"out", "fine.md": b"in"})

    refused = archive.unpack(content, inside)

    assert {refusal.code for refusal in refused} == {"invalid_name"}
    assert [p.name for p in inside.rglob("*.md")] == ["fine.md"]
    assert not (tmp_path / "out.md").exists()


def test_what_unpacks_to_more_than_it_may_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_FILE_MAX_BYTES, settings.IMPORT_UNPACKED_MAX_BYTES = 10_000, 15_000
    content = zipped(**{"bomb.md": b"0" * 1_000_000, "a.md": b"a" * 9_000, "b.md": b"b" * 9_000})

    refused = archive.unpack(content, tmp_path)

    assert [(refusal.name, refusal.code) for refusal in refused] == [("bomb.md", "too_large"), ("b.md", "too_large")]
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


def test_an_archive_of_too_many_files_is_refused_whole(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_MAX_FILES = 3

    with pytest.raises(Refused, match="4 files"):
        archive.unpack(zipped(**{f"{n}.md": b"a" for n in range(4)}), tmp_path)


def test_a_broken_new_version_leaves_the_old_one_live(workspace: Workspace) -> None:
    order(workspace, files=[("hours.md", b"We open at nine.")], publish=True)

    for poison in (b"\xc3\x28 broken", b"# a\n" * 1_000_000, b"", b"a\x00b"):
        assert done(order(workspace, files=[("hours.md", poison)], publish=True)).counts["refused"] == 1

    assert Chunk.objects.get().text == "We open at nine."
