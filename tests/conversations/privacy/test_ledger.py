"""Who was erased is erased again after a backup was restored (P3)."""

import json
import os
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from assistant.embedded.paths import postgres_binaries
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from conversations.messaging import store
from conversations.models import Attachment, Contact, Conversation
from conversations.privacy import contacts, ledger
from conversations.privacy.models import Erasure
from knowledge.gaps import gaps
from tests.rest.kept import found
from tests.rest.rows import cached

pytestmark = pytest.mark.django_db(transaction=True)
NAME, WORDS = "Zarquonia Quibbleworth", "Is my turquoise giraffe welcome?"


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ERASURE_LEDGER = str(tmp_path / "kept" / "erasures.jsonl")


def customer_of(workspace: Workspace) -> Contact:
    """A customer with a conversation, a file, an open question and a cached answer."""
    ana = Contact.objects.create(workspace=workspace, name=NAME, email="q@quibble.example", external_id="zq-5521")
    talk = Conversation.objects.create(workspace=workspace, contact=ana)
    store.accept(talk, WORDS)
    kept = Attachment(conversation=talk, name="quibbleworth.txt", content_type="text/plain", size_bytes=3)
    kept.file.save(f"attachments/{talk.pk}/{kept.pk}", ContentFile(b"quibble"), save=False)
    kept.save()
    gaps.record(workspace, WORDS, None, talk.pk)
    cached(workspace, WORDS, contributors=[str(ana.pk)])
    return ana


def dumped() -> str:
    """All data of the database, as pg_dump writes it."""
    known = connection.get_connection_params()
    words = [f"--{name}={known[key]}" for name, key in (("host", "host"), ("port", "port"), ("username", "user"))]
    done = subprocess.run(
        [postgres_binaries() / "pg_dump", *words, "--data-only", "--column-inserts", known["dbname"]],
        env={**os.environ, "PGPASSWORD": str(known.get("password", ""))},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("\\"))  # words for psql


def restore(dump: str) -> None:
    """Bring the database back to the state of the dump; the ledger's own rows are gone then."""
    known = connection.get_connection_params()
    named = {name: known[name] for name in ("dbname", "host", "port", "user", "password") if known.get(name)}
    with psycopg.connect(**named) as session:
        session.execute("SET session_replication_role = replica")
        tables = session.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
        )
        session.execute(f"TRUNCATE {tables.fetchone()[0]}")
        session.execute(dump)


def test_a_restored_backup_brings_nobody_back(workspace: Workspace, tmp_path: Path, settings: Any):
    ana = customer_of(workspace)
    bob = Contact.objects.create(workspace=workspace, name="Bob")
    canaries = ("quibble", "giraffe", "zq-5521", str(ana.pk), ana.pk.hex)
    dump, files = dumped(), {path: path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}
    contacts.erase(ana)
    assert found(canaries, settings.MEDIA_ROOT) == []

    restore(dump)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert not Erasure.objects.exists()
    assert len(found(canaries, settings.MEDIA_ROOT)) >= 8
    counted, printed = StringIO(), StringIO()
    call_command("replay_erasures", "--dry-run", stdout=counted)
    call_command("replay_erasures", stdout=printed)

    assert counted.getvalue() == "1 erased customers are there again.\n"
    assert printed.getvalue() == "1 customers erased again.\n"
    assert found(canaries, settings.MEDIA_ROOT) == []
    assert list(Contact.objects.all()) == [bob]


def test_the_ledger_says_nothing_about_the_person(workspace: Workspace, settings: Any):
    ana = customer_of(workspace)
    known = (str(ana.pk), ana.pk.hex, NAME, "zq-5521")

    contacts.erase(ana)

    text = Path(settings.ERASURE_LEDGER).read_text()
    assert set(json.loads(text)) == {"pseudonym", "at"}
    assert not any(word in text for word in known)
    assert Path(settings.ERASURE_LEDGER).stat().st_mode & 0o077 == 0
    assert Erasure.objects.get().is_in_file


def test_a_file_that_could_not_be_written_is_made_up_for(workspace: Workspace, settings: Any, tmp_path: Path):
    right = settings.ERASURE_LEDGER
    settings.ERASURE_LEDGER = str(tmp_path)  # a folder
    contacts.erase(Contact.objects.create(workspace=workspace))
    assert not Erasure.objects.get().is_in_file

    settings.ERASURE_LEDGER = right
    assert ledger.write_file() == 1
    assert ledger.write_file() == 0

    assert len(Path(right).read_text().splitlines()) == 1


def test_an_erasure_that_failed_is_not_in_the_ledger(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    ana = Contact.objects.create(workspace=workspace)
    monkeypatch.setattr("conversations.privacy.erasure.sweep_redis", lambda traces: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        contacts.erase(ana)

    assert not Erasure.objects.exists()
    assert not Path(settings.ERASURE_LEDGER).exists()


def test_a_line_that_cannot_be_read_stops_the_replay(workspace: Workspace, settings: Any):
    path = Path(settings.ERASURE_LEDGER)
    path.parent.mkdir(parents=True)
    path.write_text('{"pseudonym": "a", "at": "x"}\nnot a line\n')

    with pytest.raises(CommandError, match="Line 2"):
        call_command("replay_erasures")


def test_a_new_secret_still_knows_whom_the_old_one_erased(workspace: Workspace, settings: Any):
    settings.PSEUDONYM_SECRET = ["old"]
    ana = Contact.objects.create(workspace=workspace)
    pk = ana.pk
    contacts.erase(ana)
    Contact.objects.create(pk=pk, workspace=workspace)

    settings.PSEUDONYM_SECRET = ["new", "old"]

    assert [contact.pk for contact in ledger.back_again()] == [pk]


def test_subscribers_are_told_of_an_erasure(workspace: Workspace):
    Endpoint.objects.create(workspace=workspace, url="https://shop.example/hooks", events=["contact.erased"])
    ana = Contact.objects.create(workspace=workspace, external_id="zq-5521")
    pk = str(ana.pk)

    contacts.erase(ana)

    assert Delivery.objects.get().payload["data"] == {"contact": pk, "external_id": "zq-5521"}
