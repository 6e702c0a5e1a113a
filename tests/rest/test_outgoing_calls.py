"""Calls to URLs chosen by others (findings B9 and B10)."""

import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from assistant.webhooks import http_client
from assistant.webhooks.http_client import AddressRefused, CallFailed
from assistant.webhooks.models import Endpoint
from assistant.workspaces.models import ApiKey, Workspace

PIECES = {
    "headers": [b"HTTP/1.1 200 OK\r\n", *[b"x"] * 200],
    "body": [b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", *[b"x"] * 200],
}


@pytest.fixture(params=PIECES)
def dripping(request: pytest.FixtureRequest, settings: object) -> Iterator[str]:
    """The URL of a server that sends a byte every 0.2 s and never ends."""
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            for piece in PIECES[request.param]:
                if stopped.wait(0.2):
                    return
                try:
                    connection.sendall(piece)
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        settings.WEBHOOK_ALLOWED_PRIVATE = [host]
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        yield f"http://{host}/"
        stopped.set()
        thread.join()


@pytest.mark.timing
def test_a_server_that_sends_byte_by_byte_is_left_at_the_deadline(dripping: str) -> None:
    began = monotonic()

    with pytest.raises(CallFailed):
        http_client.call("POST", dripping, b"{}", {}, timeout_s=1.5)

    assert monotonic() - began < 10  # whole, the answer takes 40 seconds


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://b\u00fccher.example/hook?x=1", "https://xn--bcher-kva.example/hook?x=1"),
        ("https://B\u00dcCHER.example:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://\u4f8b\u3048.jp/", "https://xn--r8jz45g.jp/"),
        ("https://shop.example/b\u00fccher", "https://shop.example/b\u00fccher"),
    ],
)
def test_a_name_in_other_letters_is_called_as_ascii(url: str, called: str) -> None:
    assert http_client.check_url(url) == called


@pytest.mark.parametrize(
    "url", ["https://\u2603\ufffd.example/", "https://\u00fc..example/", "https://" + "\u00fc" * 70 + ".example/"]
)
def test_a_name_that_none_can_have_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        http_client.check_url(url)


@pytest.mark.django_db
def test_a_webhook_is_saved_under_the_name_that_is_called(workspace: Workspace, client: object) -> None:
    headers = {"Authorization": f"Bearer {ApiKey.issue(workspace, 'desk', list(ApiKey.SCOPES))[1]}"}
    address = "/api/v1/webhooks/"

    saved = client.post(address, {"url": "https://b\u00fccher.example/"}, "application/json", headers=headers)
    refused = client.post(address, {"url": "https://\u00fc..example/"}, "application/json", headers=headers)

    assert saved.status_code == 201
    assert Endpoint.objects.get().url == "https://xn--bcher-kva.example/"
    assert refused.status_code == 400
