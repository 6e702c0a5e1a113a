"""The data map names every field of every table, and the docs show it as it is (P1)."""

import re
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as project
from django.core.management import call_command
from django.db import models

from assistant.redis.client import redis_client
from assistant.retention import data_map
from assistant.retention.models import PurgeRun

PAGE = Path(project.BASE_DIR) / "docs" / "privacy.md"


def test_every_field_of_every_table_has_a_class_a_purpose_and_a_time():
    assert data_map.problems() == []
    assert all(entry.purpose and entry.kept for entry in data_map.entries())


def test_a_field_without_an_entry_is_named(monkeypatch: pytest.MonkeyPatch):
    more = models.TextField(name="secret_diary")
    fields = [*PurgeRun._meta.local_concrete_fields, more]
    monkeypatch.setattr(PurgeRun._meta, "local_concrete_fields", fields)

    assert data_map.problems() == ["retention.PurgeRun.secret_diary has no entry"]


def test_the_page_shows_the_map_as_it_is(capsys: pytest.CaptureFixture[str]):
    page = PAGE.read_text(encoding="utf-8")

    assert data_map.in_page(page) == page, "run `manage.py data_map --write`"
    call_command("data_map")
    assert "| `conversations.Message` |" in capsys.readouterr().out


def test_the_periods_that_the_map_names_are_fields_of_the_form():
    labels = {field.verbose_name for field in data_map.apps.get_model("retention.RetentionPeriods")._meta.fields}
    named = {
        name
        for entry in (*data_map.entries(), *data_map.places("files"))
        for name in re.findall(r"days[^()]*\(([a-z ]+)", entry.kept)
    }

    assert named - labels == set()
    assert len(named) >= 6


async def test_every_key_in_redis_and_every_folder_has_an_entry(
    chat: Any, returns_article: Any, settings: Any, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    async with chat() as ana:
        await ana.ask("How many days do I have to send something back?")
        keys = await sync_to_async(lambda: list(redis_client().scan_iter()))()

    names = {key.decode() if isinstance(key, bytes) else key for key in keys}
    known = tuple(entry.name for entry in data_map.places("redis"))
    assert names, "the conversation left keys"
    assert [name for name in names if not name.startswith(known)] == []
