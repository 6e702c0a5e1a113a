"""A connection that may call public addresses alone calls the one that was checked, under the name that was entered."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assistant.llm.engines.base import EngineRefused
from assistant.llm.engines.openai_addresses import AddressRefused, PublicOnly, pinned
from assistant.llm.engines.openai_probe import Probe
from assistant.llm.engines.openai_transport import LimitedTransport
from tests.assistant.conftest import EngineMaker, Server, hear

PUBLIC, OTHER_PUBLIC = "2606:4700::1111", "8.8.8.8"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What each look-up of a name gives, one after the other; the last one from then on."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **named: Any) -> Any:
        if host not in answers:
            return real(host, port, *args, **named)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


def sent_through(transport: httpx2.AsyncBaseTransport, url: str) -> Any:
    async def send() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            return await client.post(url, json={"model": "m"})

    return send()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
async def test_a_server_of_our_own_network_is_not_called(engine_for: EngineMaker, upstream: Server, host: str) -> None:
    url = upstream.url.replace("127.0.0.1", host)

    with pytest.raises(EngineRefused) as raised:
        await hear(engine_for(base_url=url, public_only=True))
    finding = await Probe(url, "", "fake", timeout_s=5, public_only=True).step("models", {})

    assert raised.value.reason == "address_refused"
    assert finding.failure
    assert finding.failure.code == "address_refused"
    assert "MODEL_SERVERS_ALLOWED_PRIVATE" in finding.sentence
    assert not upstream.fake.log


async def test_a_name_that_leads_inside_a_moment_later_is_not_followed(
    engine_for: EngineMaker, upstream: Server, names: Any
) -> None:
    names["models.test"] = [[PUBLIC], ["127.0.0.1"]]
    socket.getaddrinfo("models.test", 80)  # as when it was saved
    url = upstream.url.replace("127.0.0.1", "models.test")

    with pytest.raises(EngineRefused):
        await hear(engine_for(base_url=url, public_only=True))

    assert not upstream.fake.log


async def test_one_address_inside_refuses_a_name(names: Any) -> None:
    names["models.test"] = [[PUBLIC, "10.0.0.1"]]

    with pytest.raises(AddressRefused):
        await sent_through(PublicOnly(httpx2.MockTransport(fails), through_proxy=False), "https://models.test/v1")


def fails(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError("called")


async def test_what_was_checked_is_called_and_the_next_address_where_nothing_listens(names: Any) -> None:
    names["models.test"] = [[PUBLIC, OTHER_PUBLIC], ["127.0.0.1"]]
    called: list[httpx2.Request] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        called.append(request)
        if len(called) == 1:
            raise httpx2.ConnectError("no route")
        return httpx2.Response(200, content=request.content)

    response = await sent_through(
        PublicOnly(httpx2.MockTransport(answers), through_proxy=False), "https://models.test:8443/v1?a=b"
    )

    assert [request.url.host for request in called] == [PUBLIC, OTHER_PUBLIC]
    assert str(called[1].url) == f"https://{OTHER_PUBLIC}:8443/v1?a=b"
    assert {request.headers["host"] for request in called} == {"models.test:8443"}
    assert {request.extensions["sni_hostname"] for request in called} == {"models.test"}
    assert response.json() == {"model": "m"}


@pytest.mark.parametrize(("addresses", "is_sent"), [([PUBLIC], True), (["10.0.0.1"], False)])
async def test_a_proxy_gets_the_name_unless_it_is_known_to_lead_inside(
    names: Any, addresses: list[str], is_sent: bool
) -> None:
    names["models.test"] = [addresses]
    called: list[str] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        called.append(request.url.host)
        return httpx2.Response(200)

    sent = sent_through(PublicOnly(httpx2.MockTransport(answers), through_proxy=True), "https://models.test/v1")
    outcome = await asyncio.gather(sent, return_exceptions=True)

    assert called == (["models.test"] if is_sent else [])
    assert isinstance(outcome[0], httpx2.Response if is_sent else AddressRefused)


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server with a certificate for this name, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(whose, whose, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(certificate + pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "server.pem")
    return server, ssl.create_default_context(cadata=certificate.decode())


@pytest.mark.parametrize(("host", "is_trusted"), [("models.test", True), ("other.test", False)])
async def test_the_certificate_has_to_be_that_of_the_name_and_not_of_the_address(
    tmp_path: Path, host: str, is_trusted: bool
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    of_server, of_client = certified(tmp_path, "models.test")
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=of_server) as server:
        request = httpx2.Request("GET", f"https://{host}:{server.sockets[0].getsockname()[1]}/v1")
        transport = LimitedTransport(1000, verify=of_client)
        sent = transport.handle_async_request(pinned(request, host, "127.0.0.1"))
        (outcome,) = await asyncio.gather(sent, return_exceptions=True)
        await transport.aclose()

    assert isinstance(outcome, httpx2.Response if is_trusted else httpx2.ConnectError)
