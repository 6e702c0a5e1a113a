"""EGRESS=none: what may be called, what is refused in each client, and what keeps a process from starting."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import send_mail

from assistant.egress import checks, guard
from assistant.llm.connections.forms import ModelConnectionForm
from assistant.llm.engines.base import EngineRefused, Message, Prompt
from assistant.llm.engines.openai_compatible import OpenAICompatibleEngine
from assistant.llm.engines.openai_embedder import OpenAICompatibleEmbedder
from assistant.llm.engines.openai_probe import Probe
from assistant.webhooks import http_client
from knowledge.imports import web
from knowledge.imports.document import Refused

TOKENIZER = "/nowhere"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    guard.configure(guard.NONE, ["gpu.lan", "mail.lan:25", "10.1.0.0/16", "[fd00::1]:8080"])
    yield
    guard.configure(guard.OPEN)


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("127.0.0.1", 80, True),
        ("127.8.8.8", None, True),
        ("::1", 80, True),
        ("localhost", 80, True),
        ("LOCALHOST.", 80, True),
        ("::ffff:127.0.0.1", 80, True),
        ("gpu.lan", 8080, True),
        ("mail.lan", 25, True),
        ("mail.lan", 587, False),
        ("10.1.200.3", 443, True),
        ("10.2.0.1", 443, False),
        ("fd00::1", 8080, True),
        ("api.openai.com", 443, False),
        ("localhost.example.com", 443, False),
        ("x.localhost", 443, False),
        ("0.0.0.0", 80, False),
        ("8.8.8.8", 53, False),
        ("::ffff:8.8.8.8", 53, False),
        ("2130706433", 80, False),
        ("", 80, False),
    ],
)
def test_this_machine_and_listed_hosts_pass(host: str, port: int | None, allowed: bool):
    assert guard.is_allowed(host, port) is allowed


def test_a_socket_to_the_address_of_a_listed_name_passes():
    """Postgres and Redis by name: the client looks the name up, and connects to its address."""
    name, address = "0xc0000207", "192.0.2.7"  # a name by its form, and looked up without a network

    with pytest.raises(guard.EgressBlocked):
        guard._on_event("socket.connect", (None, (address, 5432)))
    guard.configure(guard.NONE, [name])
    guard._on_event("socket.getaddrinfo", (name, 5432, 0, 0, 0))
    guard._on_event("socket.connect", (None, (address, 5432)))
    for other in (("192.0.2.1", 5432), ("other.example", 5432)):
        with pytest.raises(guard.EgressBlocked):
            guard._on_event("socket.connect", (None, other))


def test_a_socket_to_the_address_of_a_name_that_is_listed_with_its_port_passes():
    """EGRESS_ALLOWED=gpu.lan:8000, as docs/air_gapped.md shows: the lookup, then the socket, of that port alone."""
    guard.watch_sockets()  # as in every process, so that the guard's own lookup is heard, too
    name, address = "0xc0000208", "192.0.2.8"
    guard.configure(guard.NONE, [f"{name}:8000"])
    before = guard.blocked_count()

    guard._on_event("socket.getaddrinfo", (name, 8000, 0, 0, 0))
    guard._on_event("socket.connect", (None, (address, 8000)))

    assert guard.blocked_count() == before
    with pytest.raises(guard.EgressBlocked):
        guard._on_event("socket.connect", (None, (address, 22)))


def test_everything_passes_while_egress_is_open():
    guard.configure(guard.OPEN)

    guard.require("api.openai.com", 443)


async def test_a_model_elsewhere_is_not_called():
    engine = OpenAICompatibleEngine("far", base_url="https://api.openai.com/v1", model="m", tokenizer_dir=TOKENIZER)
    before = guard.blocked_count()

    with pytest.raises(EngineRefused) as raised:
        await anext(engine.stream(Prompt((Message("user", "Hello"),), 10)))

    assert raised.value.reason == "egress_blocked"
    assert guard.blocked_count() == before + 1


def test_an_embedding_server_elsewhere_is_not_called():
    embedder = OpenAICompatibleEmbedder("far", base_url="https://api.openai.com/v1", model="m", tokenizer_dir=TOKENIZER)

    with pytest.raises(EngineRefused) as raised:
        embedder.embed(["Hello"])

    assert raised.value.reason == "egress_blocked"


async def test_the_test_of_a_model_says_why_it_is_not_called():
    finding = await Probe("https://api.openai.com/v1", "k", "m", timeout_s=5).step("models", {})

    assert finding.failure is not None
    assert finding.failure.code == "egress_blocked"
    assert "EGRESS=none" in finding.sentence


def test_webhooks_and_helpdesks_elsewhere_are_refused():
    with pytest.raises(http_client.AddressRefused, match="EGRESS=none"):
        http_client.call("POST", "https://hooks.example.com/x", b"{}", {}, timeout_s=1)


def test_articles_are_not_imported_from_elsewhere(settings: Any):
    settings.IMPORT_ALLOWED_HOSTS = ["docs.example.com"]

    with pytest.raises(Refused, match="EGRESS=none"):
        web.fetch("https://docs.example.com/x")


def test_mail_goes_to_no_server_elsewhere(settings: Any):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "assistant.egress.mail.EmailBackend", "smtp.example.com"

    with pytest.raises(guard.EgressBlocked):
        send_mail("Hello", "You", "a@example.com", ["b@example.com"])

    assert issubclass(guard.EgressBlocked, OSError)  # `mailing` gives the alert back, for a later try


@pytest.mark.django_db
def test_a_model_elsewhere_cannot_be_saved():
    form = ModelConnectionForm({"base_url": "https://api.openai.com/v1"})

    assert form.errors.as_data()["base_url"][0].code == "egress_blocked"
    assert "EGRESS=none" in str(form.errors["base_url"])
    assert "base_url" not in ModelConnectionForm({"base_url": "http://gpu.lan:8000/v1"}).errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LARGE_MODEL_URL", "https://api.openai.com/v1"),
        ("SMALL_MODEL_URL", "http://10.2.0.1/v1"),
        ("EMBEDDING_URL", "https://api.openai.com/v1"),
        ("MODEL_PROXY_URL", "http://proxy.example.com:3128"),
        ("EMAIL_HOST", "smtp.example.com"),
        ("OIDC_ISSUER", "https://login.example.com"),
        ("IMPORT_ALLOWED_HOSTS", ["docs.example.com"]),
    ],
)
def test_a_setting_that_calls_out_keeps_brevity_from_starting(settings: Any, name: str, value: Any):
    setattr(settings, name, value)

    (error,) = checks.no_egress()
    assert error.id == "egress.E001"
    assert name in error.msg
    with pytest.raises(ImproperlyConfigured, match=name):
        checks.require()


def test_servers_of_this_network_do_not(settings: Any):
    settings.LARGE_MODEL_URL, settings.EMAIL_HOST = "http://gpu.lan:8000/v1", "localhost"

    assert checks.no_egress() == []


@pytest.mark.django_db
def test_what_staff_saved_is_named_by_the_check_of_the_database(workspace: Any):
    workspace.model_connections.create(name="Cloud", preset="openai", base_url="https://api.openai.com/v1", model="m")

    (warning,) = checks.no_egress_by_staff(databases=["default"])
    assert warning.id == "egress.W001"
    assert "api.openai.com" in warning.msg
    assert checks.no_egress_by_staff() == []
