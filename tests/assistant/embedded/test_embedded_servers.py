"""The embedded Postgres and Valkey, started for real."""

import os
import signal
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from assistant.embedded import state
from assistant.embedded.leftovers import leftovers
from assistant.embedded.paths import Home, postgres_binaries
from assistant.embedded.postgres import Identity, Postgres, PostgresUnusable, embedded, identity_here, in_a_public_place
from assistant.embedded.servers import Servers
from assistant.embedded.supervisor import Supervised, inherited
from tests.assistant.embedded.conftest import eventually, running


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]


def write_row(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def test_both_servers_answer_and_keep_their_data_over_a_restart(home: Home) -> None:
    with running(home) as (_, first):
        write_row(first["DATABASE_URL"], 1)
        redis.Redis.from_url(first["REDIS_URL"]).set("kept", "yes")

    with running(home) as (_, second):
        found = redis.Redis.from_url(second["REDIS_URL"]).get("kept")

        assert second == first
        assert rows(second["DATABASE_URL"]) == [1]
        assert found == b"yes"
    assert leftovers(home) == []


def test_nothing_outlives_a_supervisor_that_was_killed_and_what_was_committed_stays(home: Home) -> None:
    with running(home) as (supervised, addresses):
        write_row(addresses["DATABASE_URL"], 1)
        os.kill(int((home.run / "supervisor.pid").read_text()), signal.SIGKILL)
        supervised.process.wait()

        assert eventually(lambda: not leftovers(home))

    with running(home) as (_, addresses):
        assert rows(addresses["DATABASE_URL"]) == [1]


def test_a_postgres_that_was_killed_comes_back_with_all_that_was_committed(home: Home) -> None:
    with running(home) as (_, addresses):
        write_row(addresses["DATABASE_URL"], 1)
        killed = int((home.postgres / "postmaster.pid").read_text().splitlines()[0])
        os.kill(killed, signal.SIGKILL)

        def back() -> bool:
            try:
                return rows(addresses["DATABASE_URL"]) == [1]
            except psycopg.OperationalError:
                return False

        assert eventually(back)


def test_servers_stop_in_order_though_ctrl_c_cut_a_question_to_supervisor_short(home: Home) -> None:
    with running(home) as (supervised, _):
        supervised.state("postgres")
        transport = supervised.control("transport")
        transport.connection.request("POST", "/RPC2", b"", {})  # asked, and the answer never read

        supervised.stop()

        assert not supervised.alive()
        assert "stopped: postgres (exit status 0)" in (home.logs / "supervisor.log").read_text()


def test_a_stranger_without_the_password_is_not_let_in(home: Home) -> None:
    with running(home) as (_, addresses):
        port = state.read(home)["valkey_port"]

        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(addresses["DATABASE_URL"].replace(":" + state.read(home)["postgres_password"], ":wrong"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0)).ping()


def test_a_data_folder_of_another_major_version_is_refused_with_the_cure(home: Home) -> None:
    home.postgres.mkdir()
    (home.postgres / "PG_VERSION").write_text("15\n")

    with pytest.raises(PostgresUnusable, match=r"written by PostgreSQL 15.*pg_dump"):
        embedded(home).create()


def test_servers_with_an_address_are_not_embedded(home: Home) -> None:
    servers = Servers.for_environment(
        home, {"DATABASE_URL": "postgresql://elsewhere/shop", "REDIS_URL": "redis://elsewhere"}
    )

    assert servers.programs() == []
    assert servers.addresses() == {}


def test_an_ordinary_user_runs_postgres_as_oneself(home: Home) -> None:
    state.port(home, "postgres_port")
    command = Postgres(home, home.postgres, postgres_binaries(), Identity.OURSELVES).command()

    assert command[command.index("INT") - 1].endswith("parent_death.py")
    assert command[command.index("INT") + 1].endswith("/postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_never_runs_postgres_as_root() -> None:
    assert identity_here() in {Identity.NAMESPACE, Identity.NOBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a folder to nobody")
def test_where_user_namespaces_are_refused_postgres_runs_as_nobody(
    home: Home, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shelf = tmp_path_factory.mktemp("shelf")
    for folder in (shelf, *shelf.parents):
        if folder == Path(tempfile.gettempdir()).resolve():
            break
        folder.chmod(0o755)  # as /var/lib is
    state.port(home, "postgres_port")
    postgres = in_a_public_place(home, shelf)
    postgres.create()

    supervised = Supervised(home, Servers(home, postgres=postgres).programs(), inherited())
    try:
        postgres.wait_until_ready()
        pid = int((postgres.data / "postmaster.pid").read_text().splitlines()[0])

        assert psutil.Process(pid).username() == "nobody"
    finally:
        supervised.stop()
