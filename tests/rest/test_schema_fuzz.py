"""No operation fails on any input, and every response matches the OpenAPI file."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from assistant.asgi import application
from assistant.workspaces.models import ApiKey, Workspace
from tests.rest.rows import rows_of

CASES_EACH = os.environ.get("API_FUZZ_CASES_EACH", "4")  # of each operation; 250 are about 10,000 in all
# What is right or wrong beyond the types (an unknown id, a text of blanks) is for the other tests.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# A stream that ends when the client goes away is tested by itself.
ENDLESS = r"/events/$"


@pytest.fixture
def live(transactional_db) -> Iterator[str]:
    """The application on a real port, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def known_ids(workspace: Workspace) -> str:
    """A schemathesis.toml that names rows which are there, so that the cases reach beyond 404.

    What an operation deletes is a row of its own, which the others do without.
    """
    config = "[parameters]\n" + _named(rows_of(workspace))
    spare = _named(rows_of(workspace))
    for name in (
        "contacts_erase",
        "articles_delete",
        "webhooks_delete",
        "cache_delete",
        "attachments_delete",
        "article_files_delete",
    ):
        config += f'[[operations]]\ninclude-operation-id = "{name}"\n[operations.parameters]\n{spare}'
    return config


def _named(rows: dict[str, str]) -> str:
    return "".join(f'"path.{name}" = "{row}"\n' for name, row in rows.items())


@pytest.mark.timeout(3600)
def test_no_operation_breaks_whatever_is_sent(live, no_engine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = settings.REPLIES_PER_VISITOR_HOUR = 1_000_000
    acme = Workspace.objects.create(slug="acme", name="Acme")
    _, secret = ApiKey.issue(acme, "fuzz", list(ApiKey.SCOPES))
    config = tmp_path / "schemathesis.toml"
    config.write_text(known_ids(acme))

    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), f"--config-file={config}", "run"),
            *(f"{live}/api/v1/schema/?format=json", f"--header=Authorization: Bearer {secret}"),
            *(f"--checks={CHECKS}", f"--max-examples={CASES_EACH}", f"--exclude-path-regex={ENDLESS}"),
            *("--phases=examples,fuzzing", "--mode=all", "--continue-on-failure", "--no-color", "--seed=1"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    print(done.stdout[-1_500:])  # what was tried: `pytest -rP` shows it
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
