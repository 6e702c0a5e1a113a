"""The listening socket of the web process, and its limits."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.server import serve


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone has it")
def test_a_customer_who_vanished_is_noticed_after_twenty_seconds() -> None:
    with (
        serve.listening_socket("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000


def test_as_many_sockets_are_allowed_as_the_machine_lets_us() -> None:
    code = (
        "import resource; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1];"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard));"
        "from assistant.server import serve; print(serve.raise_open_files_limit());"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    told, real = subprocess.check_output([sys.executable, "-c", code], text=True).split()[-2:]

    assert told == real
    assert int(real) > 256


def test_open_sockets_leave_room_for_requests(settings: Any) -> None:
    settings.SOCKETS_MAX, settings.HTTP_CONNECTIONS_MAX = 20_000, 7

    assert serve.configuration().limit_concurrency == 20_007


def test_a_taken_port_is_told_with_the_setting_to_change() -> None:
    with serve.listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "assistant.server.serve"],
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "Set PORT" in done.stderr


def test_web_processes_can_share_a_port() -> None:
    with serve.listening_socket("127.0.0.1", 0, shared=True) as first:
        port = first.getsockname()[1]
        with serve.listening_socket("127.0.0.1", port, shared=True) as second:
            assert second.getsockname()[1] == port
        with pytest.raises(OSError, match="in use"):
            serve.listening_socket("127.0.0.1", port)


def test_the_folder_of_files_is_closed_to_others(tmp_path: Path) -> None:
    """Row C10: also a folder that an older version made readable for everybody."""
    fresh, older, shared = (tmp_path / name for name in ("fresh", "older", "shared"))
    older.mkdir(mode=0o755)
    shared.mkdir(mode=0o750)

    for folder in (fresh, older, shared):
        serve.close_to_others(folder)

    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (fresh, older, shared)] == [0o700, 0o750, 0o750]
