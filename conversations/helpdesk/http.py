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
        HelpdeskRefused: it responded with an error status.
        AddressRefused, CallFailed
    """
    send(method, connection.base_url.rstrip("/") + path, safe_json.dumps(body), headers)


def ask(connection: Connection, path: str, headers: dict[str, str], *, or_status: int = 200) -> None:
    """Check that the helpdesk responds and accepts our token. The status `or_status` counts as success.

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
    all_headers = {"content-type": "application/json", "user-agent": "Brevity/1", **headers}
    answer = http_client.call(method, url, body, all_headers, timeout_s=settings.HELPDESK_TIMEOUT_S)
    if not 200 <= answer.status < 300:
        raise HelpdeskRefused(f"{method} {url} returned status {answer.status}: {answer.body[:200]!r}")
