"""HTTP calls to a helpdesk."""

from typing import Any

from django.conf import settings

from assistant import safe_json
from assistant.webhooks import http_client
from conversations.helpdesk.events import HelpdeskRefused
from conversations.helpdesk.models import Connection


def call(connection: Connection, method: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
    """Call the helpdesk's API.

    Raises:
        HelpdeskRefused: it did not answer with success.
        AddressRefused, CallFailed
    """
    send(method, connection.base_url.rstrip("/") + path, safe_json.dumps(body), headers)


def ask(connection: Connection, path: str, headers: dict[str, str], *, or_status: int = 200) -> None:
    """See whether the helpdesk answers and knows our token. A status of `or_status` is as good as success.

    Raises:
        HelpdeskRefused, AddressRefused, CallFailed
    """
    url = connection.base_url.rstrip("/") + path
    answer = http_client.call(
        "GET", url, b"", {"user-agent": "Brevity/1", **headers}, timeout_s=settings.HELPDESK_TIMEOUT_S
    )
    if answer.status != or_status and not 200 <= answer.status < 300:
        raise HelpdeskRefused(f"GET {url} returned status {answer.status}")


def send(method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    sent = {"content-type": "application/json", "user-agent": "Brevity/1", **headers}
    answer = http_client.call(method, url, body, sent, timeout_s=settings.HELPDESK_TIMEOUT_S)
    if not 200 <= answer.status < 300:
        raise HelpdeskRefused(f"{method} {url} returned status {answer.status}: {answer.body[:200]!r}")
