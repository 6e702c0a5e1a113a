"""Ports and passwords stay the same at every start."""

import socket

from assistant.embedded import state
from assistant.embedded.paths import Home


def test_what_was_chosen_once_is_kept(home: Home) -> None:
    first = state.keep(home, "staff_password", state.password)

    assert state.keep(home, "staff_password", state.password) == first


def test_nobody_else_may_read_it(home: Home) -> None:
    state.keep(home, "staff_password", state.password)

    assert home.kept.stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o077 == 0


def test_a_port_that_a_stranger_took_is_exchanged(home: Home) -> None:
    before = state.port(home, "valkey_port")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", int(before)))
        stranger.listen()

        after = state.port(home, "valkey_port")

    assert after != before
    assert state.read(home)["valkey_port"] == after


def test_before_the_first_start_there_is_no_address(home: Home) -> None:
    assert state.database_url(home) == ""
    assert state.redis_url(home) == ""
