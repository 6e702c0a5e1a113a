"""Articles by others: imported by the command, and asked about in the terminal."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from assistant.workspaces.models import Workspace
from knowledge.models import Article

DATA = Path(os.environ.get("BREVITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the evaluation data is not at {DATA} (BREVITY_DATA names it)"),
]


@pytest.mark.parametrize(
    ("folder", "question", "wanted"),
    [
        (
            "healthchecks_docs",
            "How do I send a fail signal when my job has failed?",
            ("signaling_failures", "http_api"),
        ),
        (
            "abcd_guidelines",
            "Recovering a forgotten password: what has to be verified?",
            ("account_access_recover_password",),
        ),
    ],
)
def test_a_real_products_articles_are_imported_and_answer(no_engine, folder, question, wanted):
    Workspace.objects.create(slug="other", name="Other")
    path = DATA / folder / "kb.jsonl"
    told, answer = io.StringIO(), io.StringIO()

    call_command("import_articles", str(path), workspace="other", publish=True, stdout=told)
    call_command("ask", question, workspace="other", stdout=answer)
    connections.close_all()

    rows = path.read_text().count("\n")
    assert Article.objects.filter(status=Article.Status.PUBLISHED).count() == rows
    assert f"{rows}" in told.getvalue()
    cited = [line for line in answer.getvalue().splitlines() if line.startswith("[1]")]
    assert cited, answer.getvalue()
    ids = {a.external_id for a in Article.objects.filter(workspace__slug="other") if a.title in cited[-1]}
    assert ids & set(wanted), answer.getvalue()
