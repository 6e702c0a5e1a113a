"""HTTP with a deadline for the header of a request, against slow clients; uvicorn has none."""

import asyncio
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PunctualProtocol(HttpToolsProtocol):
    """Closes a connection whose first or next request has not arrived within HEADERS_TIMEOUT_S."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.start_deadline()

    def start_deadline(self) -> None:
        self.cancel_deadline()
        self.deadline = self.loop.call_later(settings.HEADERS_TIMEOUT_S, self.transport.close)

    def cancel_deadline(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None

    def on_headers_complete(self) -> None:
        self.cancel_deadline()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.pipeline:
            self.start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self.cancel_deadline()
        super().connection_lost(exc)
