"""A receiver of webhooks on a real port with configurable responses."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Sink:
    """A webhook receiver.

    `script` has the response to each call, the last one repeated: a status, (status, headers), or "hang".
    """

    def __init__(self, script: list[Any] | None = None) -> None:
        self.script = script or [200]
        self.calls: list[dict[str, Any]] = []
        self.closing = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.calls.append(
                    {
                        "method": self.command,
                        "path": self.path,
                        "headers": headers,
                        "body": body,
                        "at": time.monotonic(),
                    }
                )
                sink.answer(self)

            do_GET = do_PUT = do_POST

            def log_message(self, *_: Any) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        line = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        if line == "hang":
            self.closing.wait(30)
            return
        status, headers = line if isinstance(line, tuple) else (line, {})
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook"

    def bodies(self) -> list[Any]:
        return [json.loads(call["body"]) for call in self.calls]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sink(settings: Any) -> Iterator[Callable[..., Sink]]:
    """Start a receiver that may be called although it is on this machine."""
    opened: list[Sink] = []

    def make(*script: Any) -> Sink:
        opened.append(Sink(list(script)))
        settings.WEBHOOK_ALLOWED_PRIVATE = [each.place for each in opened]
        return opened[-1]

    yield make
    for each in opened:
        each.close()
