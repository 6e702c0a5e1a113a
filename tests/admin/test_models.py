"""Admins configure models: keys are stored and never shown, tests explain problems, live models are shown."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import uvicorn
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core import serializers
from django.test import Client, RequestFactory
from django.urls import reverse

from assistant.circuit_breaker import CircuitBreaker
from assistant.llm import masking, registry
from assistant.llm.connections import current, live
from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.openai_probe import STEPS
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from tools.fake_openai.app import FakeUpstream

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-only-for-tests-0123456789"
ADD, LIST = "admin:llm_modelconnection_add", "admin:llm_modelconnection_changelist"
CHANGE, TEST = "admin:llm_modelconnection_change", "admin:llm_modelconnection_test"


@pytest.fixture(autouse=True)
def _set_in_the_admin(settings: Any) -> Iterator[None]:
    settings.MODEL_CONNECTIONS, settings.MODEL_CONNECTIONS_FRESH_S = True, 60.0
    settings.ENGINES, settings.TIERS = {}, {"large": [], "small": []}
    registry.forget()
    live.forget()
    yield
    live.settle()
    registry.forget()


@pytest.fixture
def fake() -> Iterator[Any]:
    """The fake model server, in a thread of its own: `fake.url`, `fake.app`."""
    app = FakeUpstream()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    app.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"  # type: ignore[attr-defined]
    yield app
    server.should_exit = server.force_exit = True
    thread.join(10)


def form(workspace: Workspace | None, url: str = "https://models.example/v1", **fields: Any) -> dict[str, Any]:
    return {
        **{"name": "Ours", "workspace": workspace.pk if workspace else "", "preset": "custom", "base_url": url},
        **{"model": "fake", "tier": "large", "order": 1, "weight": 1, "context_tokens": 8192, "enabled": "on"},
        **{"masking": "auto", **fields},
    }


def drive(client: Client, row: ModelConnection) -> str:
    """Drive the test as the page does; the last part of the page."""
    for _ in STEPS:
        page = client.post(reverse(TEST, args=[row.pk])).content.decode()
        if "data-finished" in page:
            break
    row.refresh_from_db()
    return page


def errors(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def test_a_key_is_written_and_never_shown(staff: Any, workspace: Workspace, fake: Any, caplog: Any):
    caplog.set_level(logging.DEBUG)
    client = staff("admin")
    fake.behaviour = fake.behaviour.told({"key": "another"})

    pages = [client.post(reverse(ADD), form(workspace, fake.url, api_key=KEY, test="on"), follow=True)]
    row = ModelConnection.objects.get()
    pages.append(client.get(reverse(CHANGE, args=[row.pk])))
    pages.append(client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url, name="", api_key=KEY)))
    pages.append(client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url, name="Renamed"), follow=True))
    pages.append(client.post(reverse(TEST, args=[row.pk])))
    pages.append(client.get(reverse("admin:llm_modelconnection_history", args=[row.pk])))
    pages.append(client.get(reverse(LIST)))

    row.refresh_from_db()
    assert (row.name, row.key()) == ("Renamed", KEY)
    assert "A key is stored. Leave empty to keep it." in pages[1].content.decode()
    history = " ".join(entry.change_message for entry in LogEntry.objects.all())
    assert LogEntry.objects.count() == 2
    shown = [page.content.decode() for page in pages]
    for text in (*shown, caplog.text, history, serializers.serialize("json", [row]), repr(row), str(row.test_steps)):
        assert KEY[:9] not in text
        assert row.key_encrypted not in text or text.startswith("[{")


def test_the_test_finds_out_what_the_server_can_and_stores_it(staff: Any, workspace: Workspace, fake: Any):
    client = staff("admin")
    fake.behaviour = fake.behaviour.told({"json_schema": False, "temperature": False, "instructions": "developer"})
    client.post(reverse(ADD), form(workspace, fake.url, test="on"))
    row = ModelConnection.objects.get()

    page = drive(client, row)

    assert "Test passed" in page
    assert row.test_state == "passed"
    found = {"json_schema": False, "json_object": True, "temperature": False, "system_role": "developer"}
    assert found.items() <= row.capabilities.items()
    current.refresh()
    assert registry.engine(row.engine_name).dialect.system_role == "developer"


@pytest.mark.parametrize(
    ("behaviour", "changes", "code", "words"),
    [
        ({"key": "another"}, {"api_key": KEY}, "wrong_key", "refuses the API key (401)"),
        ({"model": "fake"}, {"model": "gpt-nowhere"}, "unknown_model", "does not know the model gpt-nowhere"),
        ({}, {"base_url": "{server}/nowhere"}, "wrong_url", "There is no chat at"),
        ({}, {"base_url": "http://127.0.0.1:9/v1"}, "unreachable", "Is the server running"),
        ({"mode": "hang"}, {}, "time_out", "did not answer in time"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    staff: Any, workspace: Workspace, fake: Any, settings: Any, behaviour: Any, changes: Any, code: str, words: str
):
    settings.MODEL_TEST_TIMEOUT_S = 1.0
    fake.behaviour = fake.behaviour.told(behaviour)
    client = staff("admin")
    changes = {name: value.format(server=fake.url.removesuffix("/v1")) for name, value in changes.items()}
    client.post(reverse(ADD), form(workspace, fake.url, test="on") | changes)
    row = ModelConnection.objects.get()

    page = drive(client, row)

    assert row.test_state == "failed"
    assert row.test_steps[-1]["code"] == code
    assert words in page
    assert row.capabilities == {}


def test_what_was_found_out_about_another_server_is_forgotten(staff: Any, workspace: Workspace, fake: Any):
    client = staff("admin")
    client.post(reverse(ADD), form(workspace, fake.url, test="on"))
    row = ModelConnection.objects.get()
    drive(client, row)
    assert row.capabilities

    client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url, weight=2))
    row.refresh_from_db()
    kept = row.capabilities
    client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url, model="other"))
    row.refresh_from_db()

    assert kept
    assert (row.capabilities, row.test_state) == ({}, "")


def test_a_stored_key_is_not_sent_to_another_server(staff: Any, workspace: Workspace, fake: Any):
    client = staff("admin")
    client.post(reverse(ADD), form(workspace, api_key=KEY))
    row = ModelConnection.objects.get()

    page = client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url))
    client.post(reverse(CHANGE, args=[row.pk]), form(workspace, "https://models.example/v2"))

    assert "names another server" in errors(page)["api_key"][0]
    row.refresh_from_db()
    assert (row.base_url, row.key()) == ("https://models.example/v2", KEY)


def test_a_key_can_be_taken_away_and_one_that_is_kept_gets_the_newest_secret(
    staff: Any, workspace: Workspace, settings: Any
):
    settings.MODEL_KEYS_SECRET = ["old"]
    client = staff("admin")
    client.post(reverse(ADD), form(workspace, api_key=KEY))
    row = ModelConnection.objects.get()

    settings.MODEL_KEYS_SECRET = ["new", "old"]
    client.post(reverse(CHANGE, args=[row.pk]), form(workspace))
    settings.MODEL_KEYS_SECRET = ["new"]
    row.refresh_from_db()
    assert row.key() == KEY
    settings.MODEL_KEYS_SECRET = ["lost"]
    page = client.get(reverse(CHANGE, args=[row.pk])).content.decode()
    overview = client.get(reverse(LIST)).content.decode()
    client.post(reverse(CHANGE, args=[row.pk]), form(workspace, remove_key="on"))
    row.refresh_from_db()

    assert "cannot be decrypted with MODEL_KEYS_SECRET" in page
    assert "not used: its key cannot be decrypted" in overview
    assert not row.has_key


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"base_url": "ftp://models.example"}, "base_url", "begins with http"),
        ({"base_url": "https://user:pass@models.example/v1"}, "base_url", "password"),
        ({"base_url": "https://YOUR-RESOURCE.openai.azure.com/openai/v1/"}, "base_url", "your own resource"),
        ({"base_url": "nothing"}, "base_url", "begins with http"),
        ({"base_url": "http://[::1/v1"}, "base_url", "begins with http"),
        ({"api_key": "two words"}, "api_key", "Copy it again"),
        ({"api_key": "schlüssel"}, "api_key", "Copy it again"),
        ({"preset": "openai"}, "api_key", "OpenAI needs an API key"),
    ],
)
def test_what_cannot_be_right_is_refused(staff: Any, workspace: Workspace, changes: Any, field: str, words: str):
    page = staff("admin").post(reverse(ADD), form(workspace) | changes)

    assert words in errors(page)[field][0]
    assert not ModelConnection.objects.exists()


def test_an_endpoint_is_cut_to_its_base_url(staff: Any, workspace: Workspace):
    staff("admin").post(reverse(ADD), form(workspace, "https://models.example/v1/chat/completions?api-version=1"))

    assert ModelConnection.objects.get().base_url == "https://models.example/v1?api-version=1"


def test_models_for_all_workspaces_are_for_superusers(staff: Any, superuser: Client, workspace: Workspace):
    superuser.post(reverse(ADD), form(None, name="Everybody's"))
    row = ModelConnection.objects.get()
    client = staff("admin")

    refused = client.post(reverse(ADD), form(None, name="Mine"))
    opened = client.get(reverse(CHANGE, args=[row.pk]))
    tried = client.post(reverse(TEST, args=[row.pk]))
    overview = client.get(reverse(LIST)).content.decode()

    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get(username="admin-rosa")
    page = admin.site._registry[ModelConnection]
    allowed = [getattr(page, f"has_{what}_permission")(request, row) for what in ("view", "change", "delete")]
    assert row.workspace is None
    assert allowed == [False, False, False]
    assert "workspace" in errors(refused)
    assert opened.status_code in (302, 403, 404)
    assert tried.status_code == 404
    assert "Everybody&#x27;s" in overview
    assert reverse(CHANGE, args=[row.pk]) not in overview


def test_a_model_of_another_shop_is_not_there(staff: Any, workspace: Workspace, other_shop: Workspace):
    row = ModelConnection.objects.create(workspace=other_shop, name="Theirs", preset="custom", base_url="http://x/v1")
    client = staff("admin")

    assert client.post(reverse(TEST, args=[row.pk])).status_code == 404
    assert "Theirs" not in client.get(reverse(LIST)).content.decode()
    assert "Theirs" not in client.get(reverse("admin:llm_modelconnection_live")).content.decode()


@pytest.mark.parametrize("role", ["viewer", "agent", "curator"])
def test_only_admins_see_models(staff: Any, role: str):
    client = staff(role)

    assert client.get(reverse("admin:llm_modelconnection_live")).status_code == 403
    assert client.get(reverse(LIST)).status_code == 403


def test_models_of_the_environment_are_shown_and_have_no_page(staff: Any, settings: Any):
    settings.ENGINES = {"large": {"BACKEND": "x.Y", "OPTIONS": {"model": "gpt-env", "api_key": KEY}}}
    settings.TIERS = {"large": ["large"], "small": []}

    page = staff("admin").get(reverse(LIST)).content.decode()

    assert "gpt-env" in page
    assert "From the environment" in page
    assert KEY[:9] not in page


def test_a_paused_model_is_shown_with_why_and_since_when(staff: Any, workspace: Workspace):
    row = ModelConnection.objects.create(workspace=workspace, name="Ours", preset="custom", base_url="http://x/v1")
    breaker = CircuitBreaker(lambda: 60.0, failures=2)
    for _ in range(2):
        breaker.record_failure()
        live.note(row.engine_name, breaker, failed=True, reason="http_503", tokens=10)
    live.settle()
    client = staff("admin")

    paused = client.get(reverse("admin:llm_modelconnection_live")).content.decode()
    breaker.record_success()
    live.note(row.engine_name, breaker, failed=False, reason="", tokens=5)
    live.settle()
    working = client.get(reverse("admin:llm_modelconnection_live")).content.decode()

    assert "Paused" in paused
    assert "in 1 of 1 process: answered 503" in paused
    assert "Paused" not in working
    assert "Working" in working
    assert "last failure" in working
    assert '<td class="b-num">3</td><td class="b-num">2</td><td class="b-num">25</td>' in working


def test_of_a_shared_model_an_admin_sees_the_calls_of_their_own_workspace_alone(
    staff: Any, superuser: Client, workspace: Workspace, other_shop: Workspace
):
    shared = ModelConnection.objects.create(name="Shared", preset="custom", base_url="http://x/v1")
    breaker = CircuitBreaker(lambda: 60.0, failures=9)
    for shop, tokens, status in ((workspace, 12, "done"), (other_shop, 4000, "done"), (other_shop, 5000, "failed")):
        live.note(shared.engine_name, breaker, failed=status == "failed", reason="http_429", tokens=tokens)
        ModelCall.objects.create(workspace=shop, engine=shared.engine_name, prompt_tokens=tokens, status=status)
    live.settle()
    page = reverse("admin:llm_modelconnection_live")

    own, of_all = (client.get(page).content.decode() for client in (staff("admin"), superuser))

    assert '<td class="b-num">1</td><td class="b-num">0</td><td class="b-num">12</td>' in own
    assert "of your own workspaces" in own
    assert "too many requests" not in own
    assert '<td class="b-num">3</td><td class="b-num">1</td><td class="b-num">9,012</td>' in of_all


def test_that_a_shared_model_is_paused_concerns_everybody(staff: Any, other_shop: Workspace):
    shared = ModelConnection.objects.create(name="Shared", preset="custom", base_url="http://x/v1")
    breaker = CircuitBreaker(lambda: 60.0, failures=1)
    breaker.record_failure()
    live.note(shared.engine_name, breaker, failed=True, reason="http_503", tokens=4000)
    live.settle()

    page = staff("admin").get(reverse("admin:llm_modelconnection_live")).content.decode()

    assert "Paused" in page
    assert "answered 503" in page
    assert "4,000" not in page


def test_a_breaker_whose_pause_is_over_is_half_open() -> None:
    breaker = CircuitBreaker(lambda: 0.0)
    breaker.record_failure()
    live.note("half", breaker, failed=True, reason="time_out", tokens=0)
    live.settle()

    states = live.states(["half", "never"])

    assert states is not None
    assert (states["half"].state, states["half"].reason) == ("half_open", "time_out")
    assert states["never"].state == "idle"


def test_several_processes_are_added_up(monkeypatch: Any) -> None:
    breaker, broken = CircuitBreaker(lambda: 60.0), CircuitBreaker(lambda: 60.0)
    broken.record_failure()
    live.note("m", breaker, failed=False, reason="", tokens=7)
    live.settle()
    monkeypatch.setattr(live, "PROCESS", "another")
    live.forget()
    live.note("m", broken, failed=True, reason="unreachable", tokens=0)
    live.settle()

    states = live.states(["m"])

    assert states is not None
    state = states["m"]
    assert (state.state, state.calls, state.failures, state.tokens) == ("open", 2, 1, 7)
    assert (state.processes, state.open_processes) == (2, 1)


# --- trying before saving ---

TRY = "admin:llm_modelconnection_try"


def test_a_server_can_be_tried_before_anything_is_saved(staff: Any, workspace: Workspace, fake: Any, caplog: Any):
    caplog.set_level(logging.DEBUG)
    fake.behaviour = fake.behaviour.told({"key": KEY})
    client = staff("admin")

    wrong = client.post(reverse(TRY), form(workspace, fake.url, name="", api_key="sk-wrong-0123456789"))
    right = client.post(reverse(TRY), form(workspace, fake.url, name="", api_key=KEY))

    pages = [page.content.decode() for page in (wrong, right)]
    assert "refuses the API key (401)" in pages[0]
    assert "The model can be used." in pages[1]
    assert "The model can be used." not in pages[0]
    for text in (*pages, caplog.text):
        assert KEY[:9] not in text
        assert "sk-wrong" not in text
    assert not ModelConnection.objects.exists()


def test_what_cannot_be_right_is_told_without_asking_the_server(staff: Any, workspace: Workspace, fake: Any):
    client = staff("admin")

    missing = client.post(reverse(TRY), form(workspace, fake.url, model="", api_key="two words")).content.decode()
    refused = client.post(reverse(TRY), form(workspace, "ftp://models.example")).content.decode()

    assert "Copy it again" in missing
    assert "This field is required." in missing
    assert "begins with http" in refused
    assert not fake.log


def test_a_stored_key_is_tried_with_its_own_server_alone(staff: Any, workspace: Workspace, fake: Any):
    fake.behaviour = fake.behaviour.told({"key": KEY})
    client = staff("admin")
    client.post(reverse(ADD), form(workspace, fake.url, api_key=KEY))
    row = ModelConnection.objects.get()

    kept = client.post(reverse(TRY), form(workspace, fake.url, row=row.pk, model="fake")).content.decode()
    asked = len(fake.log)
    other = fake.url.replace("127.0.0.1", "localhost")
    elsewhere = client.post(reverse(TRY), form(workspace, other, row=row.pk)).content.decode()
    row.refresh_from_db()

    assert "The model can be used." in kept
    assert "names another server" in elsewhere
    assert len(fake.log) == asked
    assert row.base_url == fake.url


@pytest.mark.parametrize("role", ["viewer", "agent", "curator"])
def test_only_admins_try_models(staff: Any, workspace: Workspace, fake: Any, role: str):
    assert staff(role).post(reverse(TRY), form(workspace, fake.url)).status_code == 403
    assert not fake.log


def test_a_model_of_others_is_not_tried(
    staff: Any, workspace: Workspace, other_shop: Workspace, fake: Any, settings: Any
):
    theirs = ModelConnection.objects.create(workspace=other_shop, name="Theirs", preset="custom", base_url=fake.url)
    shared = ModelConnection.objects.create(name="Shared", preset="custom", base_url=fake.url)
    client = staff("admin")

    statuses = [
        client.post(reverse(TRY), form(workspace, fake.url, row=row.pk)).status_code for row in (theirs, shared)
    ]
    settings.MODEL_SERVERS_PRIVATE = "listed"
    private = client.post(reverse(TRY), form(workspace, fake.url)).content.decode()

    assert statuses == [404, 404]
    assert "is not a public address" in private
    assert not fake.log


# --- servers of our own network ---


def as_another(url: str, host: str) -> str:
    return url.replace("127.0.0.1", host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]"])
def test_an_admin_of_a_workspace_cannot_name_a_server_of_our_network(
    staff: Any, workspace: Workspace, fake: Any, settings: Any, host: str
):
    settings.MODEL_SERVERS_PRIVATE = "listed"

    page = staff("admin").post(reverse(ADD), form(workspace, as_another(fake.url, host)))

    assert "is not a public address" in errors(page)["base_url"][0]
    assert not ModelConnection.objects.exists()
    assert not fake.log


def test_an_admin_of_a_workspace_can_name_a_server_that_is_listed(
    staff: Any, workspace: Workspace, fake: Any, settings: Any
):
    settings.MODEL_SERVERS_PRIVATE = "listed"
    settings.MODEL_SERVERS_ALLOWED_PRIVATE = [fake.url.removeprefix("http://").removesuffix("/v1")]
    client = staff("admin")

    client.post(reverse(ADD), form(workspace, fake.url, test="on"))
    row = ModelConnection.objects.get()
    drive(client, row)

    assert (row.test_state, row.private_server) == ("passed", "")
    settings.MODEL_SERVERS_ALLOWED_PRIVATE = []
    assert row.is_public_only


def test_what_a_superuser_allowed_holds_for_that_server_alone(
    staff: Any, superuser: Client, workspace: Workspace, fake: Any, settings: Any
):
    settings.MODEL_SERVERS_PRIVATE = "listed"
    superuser.post(reverse(ADD), form(workspace, fake.url))
    row = ModelConnection.objects.get()
    allowed = row.private_server
    client = staff("admin")

    same = client.post(reverse(CHANGE, args=[row.pk]), form(workspace, fake.url, weight=2, test="on"))
    row.refresh_from_db()
    drive(client, row)
    other = client.post(reverse(CHANGE, args=[row.pk]), form(workspace, "http://127.0.0.1:9/v1"))
    public = client.post(reverse(CHANGE, args=[row.pk]), form(workspace, "https://8.8.8.8/v1"))
    row.refresh_from_db()

    assert allowed == fake.url.removeprefix("http://").removesuffix("/v1")
    assert (same.status_code, public.status_code) == (302, 302)
    assert "is not a public address" in errors(other)["base_url"][0]
    assert row.private_server == ""


def test_with_none_not_even_a_superuser_names_a_server_of_our_network(
    superuser: Client, workspace: Workspace, fake: Any, settings: Any
):
    settings.MODEL_SERVERS_PRIVATE = "none"

    page = superuser.post(reverse(ADD), form(workspace, fake.url))

    assert "MODEL_SERVERS_PRIVATE allows no others" in errors(page)["base_url"][0]


def test_a_connection_that_no_superuser_allowed_is_not_called(
    staff: Any, workspace: Workspace, fake: Any, settings: Any
):
    settings.MODEL_SERVERS_PRIVATE = "listed"
    row = ModelConnection.objects.create(workspace=workspace, name="Ours", preset="custom", base_url=fake.url)
    client = staff("admin")
    client.post(reverse("admin:llm_modelconnection_admin_action", args=[row.pk, "test"]))

    page = drive(client, row)

    assert (row.test_state, row.test_steps[-1]["code"]) == ("failed", "address_refused")
    assert "is not a public address" in page
    assert not fake.log


@pytest.fixture
def another_server() -> Iterator[Any]:
    """A server that is none of models, and says something that is nobody's business: `server.answer`, `server.url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = server.answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


SECRET = "db-password-of-the-house"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("answer", "is_of_models"),
    [
        ((429, JSON, f'{{"message": "{SECRET}"}}'), False),
        ((500, JSON, f'{{"message": "{SECRET}"}}'), False),
        ((307, {"Location": f"http://127.0.0.1:9/{SECRET}"}, ""), False),
        ((429, JSON, f'{{"error": {{"message": "{SECRET}"}}}}'), True),
    ],
)
def test_what_another_server_says_is_for_superusers_alone(
    staff: Any, superuser: Client, workspace: Workspace, another_server: Any, answer: Any, is_of_models: bool
):
    another_server.answer = answer
    client = staff("admin")
    client.post(reverse(ADD), form(workspace, another_server.url, test="on"))
    row = ModelConnection.objects.get()

    pages = [drive(client, row), client.get(reverse(CHANGE, args=[row.pk])).content.decode()]
    of_superuser = superuser.get(reverse(CHANGE, args=[row.pk])).content.decode()

    assert row.test_state == "failed"
    assert [SECRET in page for page in pages] == [is_of_models, is_of_models]
    assert SECRET in of_superuser


@pytest.mark.parametrize(
    ("choice", "url", "is_masked"),
    [
        ("auto", "https://models.example/v1", True),
        ("auto", "http://127.0.0.1:9/v1", False),
        ("off", "https://models.example/v1", False),
        ("on", "http://127.0.0.1:9/v1", True),
    ],
)
def test_masking_is_chosen_for_each_model(staff: Any, workspace: Workspace, choice: str, url: str, is_masked: bool):
    staff("admin").post(reverse(ADD), form(workspace, url, masking=choice))

    row = ModelConnection.objects.get()
    current.refresh()
    assert masking.is_masked(row.engine_name) is is_masked
