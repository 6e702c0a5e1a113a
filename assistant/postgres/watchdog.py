"""Fail queries within two seconds when Postgres hangs, without ending slow queries.

The kernel of a stopped server keeps its connections open and still accepts data, so no TCP time-out fires, and
statement_timeout is the server's own. If a query takes longer than DATABASE_PROBE_AFTER_S, the client checks whether
the server still accepts connections. If not, the query fails; if so, the client keeps waiting.
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

# The first message of a client. Any server with Postgres' protocol replies with one letter, and logs nothing.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)

Exchange = Generator[Wait, Ready, Any]  # one request and its reply, as psycopg steps through it
CHECK_AFTER_S = 1.0  # since its last reply, before a connection of the pool is checked
RECENT_REPLY_S = 0.5

_last_reply_at = 0.0
breaker = CircuitBreaker(lambda: settings.DATABASE_RETRY_AFTER_S)


class ServerUnresponsive(psycopg.OperationalError):
    """Postgres is down or does not answer."""


class MonitoredConnection(psycopg.Connection[Any]):
    """A connection that closes itself, as a broken one, if its server hangs."""

    last_reply_at = 0.0

    def wait(self, gen: Exchange, interval: float = 0.1, timeout: float | None = None) -> Any:
        global _last_reply_at
        answer = super().wait(gen if timeout is not None else self._monitored(gen), interval, timeout)
        self.last_reply_at = _last_reply_at = monotonic()
        return answer

    def _monitored(self, gen: Exchange) -> Exchange:
        """Run one exchange, and probe the server if nothing arrives for long.

        psycopg resumes the generator when the socket is ready, and with Ready.NONE after each interval without data.
        """
        idle_since = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    idle_since = monotonic()
                elif monotonic() - idle_since > settings.DATABASE_PROBE_AFTER_S:
                    self._close_if_unresponsive()
                    idle_since = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _close_if_unresponsive(self) -> None:
        if not probe(self.info.host, self.info.port):
            self.pgconn.finish()
            raise ServerUnresponsive("Postgres does not answer")


def check(connection: MonitoredConnection) -> None:
    """Check a pooled connection before it is lent, without asking the server if that is unnecessary.

    The check is skipped if the server replied on this connection within CHECK_AFTER_S and has sent nothing since: a
    server that stops closes its connections, and that is visible here.

    Raises:
        psycopg.OperationalError: it is broken.
    """
    if monotonic() > connection.last_reply_at + CHECK_AFTER_S or _has_unread_data(connection):
        ConnectionPool.check_connection(connection)


def _has_unread_data(connection: MonitoredConnection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def refuse_while_unresponsive(host: str, port: int) -> None:
    """While Postgres is down, let one caller every DATABASE_RETRY_AFTER_S probe it, and fail the others at once.

    Raises:
        ServerUnresponsive: it is still down.
    """
    if breaker.is_open and breaker.allows():
        probe(host, port)
    if breaker.is_open:
        raise ServerUnresponsive("Postgres did not answer just now")


def replied_recently() -> bool:
    """Return whether the server replied on any connection just now."""
    return monotonic() < _last_reply_at + RECENT_REPLY_S


def is_unresponsive() -> bool:
    """Return the result of the last probe."""
    return breaker.is_open


def probe(host: str, port: int) -> bool:
    """Return whether the server accepts a connection and answers. The circuit breaker stores the result."""
    answers = _answers(host, port)
    (breaker.record_success if answers else breaker.record_failure)()
    return answers


def _answers(host: str, port: int) -> bool:
    try:
        with _connect(host, port) as connection:
            connection.sendall(SSL_REQUEST)
            return bool(connection.recv(1))
    except OSError:
        return False


def _connect(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), settings.DATABASE_PROBE_TIMEOUT_S)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(settings.DATABASE_PROBE_TIMEOUT_S)
    connection.connect(f"{host}/.s.PGSQL.{port}")
    return connection
