"""How a connection to Postgres behaves where Postgres hangs: whoever waits for it is told so within two seconds.

A server that was stopped keeps its connections open, and its kernel still takes what is sent: so no limit of TCP's
is ever reached, and statement_timeout is the server's own. A statement may take long, though. So who has waited for
DATABASE_PROBE_AFTER_S knocks at the server's door, and goes on waiting where somebody is there.
"""

import select
import socket
import struct
from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from psycopg.waiting import Ready, Wait
from psycopg_pool import ConnectionPool

from assistant.circuit_breaker import CircuitBreaker

# What a client may say first: whatever speaks Postgres' protocol answers with one letter, and logs nothing.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)

Exchange = Generator[Wait, Ready, Any]  # what psycopg speaks with the server in, one step after the other
HEARD_S = 1.0  # for so long a line on which the server answered is taken to be whole, unless it says otherwise
LATELY_S = 0.5

_heard_at = 0.0
breaker = CircuitBreaker(lambda: settings.DATABASE_RETRY_AFTER_S)


class ServerUnresponsive(psycopg.OperationalError):
    """Postgres is not there, or does not answer."""


class MonitoredConnection(psycopg.Connection[Any]):
    """A connection that is closed, as one that broke, when its server is found to hang."""

    last_reply_at = 0.0

    def wait(self, gen: Exchange, interval: float = 0.1, timeout: float | None = None) -> Any:
        global _heard_at
        answer = super().wait(gen if timeout is not None else self._watched(gen), interval, timeout)
        self.last_reply_at = _heard_at = monotonic()
        return answer

    def _watched(self, gen: Exchange) -> Exchange:
        """One exchange with the server, looked after while it waits: psycopg resumes it whenever the socket is ready,
        and with Ready.NONE after each interval in which it was not."""
        still_since = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    still_since = monotonic()
                elif monotonic() - still_since > settings.DATABASE_PROBE_AFTER_S:
                    self._give_up_if_silent()
                    still_since = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _give_up_if_silent(self) -> None:
        if not probe(self.info.host, self.info.port):
            self.pgconn.finish()
            raise ServerUnresponsive("Postgres does not answer")


def check(line: MonitoredConnection) -> None:
    """As the pool's own check before a line is lent, which asks the server; but not of who answered just now and has
    sent nothing since: a server that ends closes its lines, and that can be seen here.

    Raises:
        psycopg.OperationalError: it is broken.
    """
    if monotonic() > line.last_reply_at + HEARD_S or _has_news(line):
        ConnectionPool.check_connection(line)


def _has_news(line: MonitoredConnection) -> bool:
    seen = select.poll()
    seen.register(line.fileno(), select.POLLIN)
    return bool(seen.poll(0))


def refuse_while_unresponsive(host: str, port: int) -> None:
    """One caller after the other, DATABASE_RETRY_AFTER_S apart, looks whether the server is back; the rest do not wait.

    Raises:
        ServerUnresponsive: it is not.
    """
    if breaker.is_open and breaker.allows():
        probe(host, port)
    if breaker.is_open:
        raise ServerUnresponsive("Postgres did not answer just now")


def replied_recently() -> bool:
    """Whether the server has just answered somebody: then it is there."""
    return monotonic() < _heard_at + LATELY_S


def is_unresponsive() -> bool:
    """What the last look found."""
    return breaker.is_open


def probe(host: str, port: int) -> bool:
    """Whether anybody answers at the server's door; what was found is kept for `refuse_while_unresponsive`."""
    answers = _answers(host, port)
    (breaker.record_success if answers else breaker.record_failure)()
    return answers


def _answers(host: str, port: int) -> bool:
    try:
        with _door(host, port) as door:
            door.sendall(SSL_REQUEST)
            return bool(door.recv(1))
    except OSError:
        return False


def _door(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), settings.DATABASE_PROBE_TIMEOUT_S)
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(settings.DATABASE_PROBE_TIMEOUT_S)
    door.connect(f"{host}/.s.PGSQL.{port}")
    return door
