"""Ports and passwords that stay the same."""

import socket

from assistant.local import kept
from assistant.local.paths import Home


def test_what_was_chosen_once_is_kept(home: Home) -> None:
    first = kept.keep(home, "staff_password", kept.password)

    assert kept.keep(home, "staff_password", kept.password) == first


def test_nobody_else_may_read_it(home: Home) -> None:
    kept.keep(home, "staff_password", kept.password)

    assert home.kept.stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o077 == 0


def test_a_port_that_a_stranger_took_is_exchanged(home: Home) -> None:
    before = kept.port(home, "valkey_port")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", int(before)))
        stranger.listen()

        after = kept.port(home, "valkey_port")

    assert after != before
    assert kept.read(home)["valkey_port"] == after


def test_before_the_first_start_there_is_no_address(home: Home) -> None:
    assert kept.database_url(home) == ""
    assert kept.redis_url(home) == ""
