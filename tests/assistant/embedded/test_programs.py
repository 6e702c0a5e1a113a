"""The configuration of supervisor."""

from configparser import RawConfigParser
from pathlib import Path

from assistant.embedded import state
from assistant.embedded.paths import Home
from assistant.embedded.programs import configuration, shop_programs
from assistant.embedded.servers import Servers


def parsed(home: Home) -> RawConfigParser:
    servers = Servers.for_environment(home, {})
    parser = RawConfigParser()
    parser.read_string(configuration(home, [*servers.programs(), *shop_programs(home)]))
    return parser


def test_everything_the_shop_needs_is_a_program(home: Home) -> None:
    names = {name.removeprefix("program:") for name in parsed(home).sections() if name.startswith("program:")}

    assert names == {"postgres", "valkey", "web", "worker", "model_worker", "beat", "local_model"}


def test_there_are_as_many_web_processes_as_are_asked_for(home: Home) -> None:
    names = [program.name for program in shop_programs(home, web_processes=3)]

    assert [name for name in names if name.startswith("web")] == ["web", "web_2", "web_3"]


def test_servers_start_at_once_and_stop_after_those_who_use_them(home: Home) -> None:
    found = parsed(home)

    assert found["program:postgres"]["autostart"] == "true"
    assert found["program:web"]["autostart"] == "false"
    assert int(found["program:postgres"]["priority"]) < int(found["program:web"]["priority"])


def test_every_program_is_tied_to_supervisor(home: Home) -> None:
    found = parsed(home)

    assert all("parent_death.py" in found[name]["command"] for name in found.sections() if name.startswith("program:"))


def test_only_the_worker_of_the_local_model_may_load_one(home: Home) -> None:
    found = parsed(home)

    assert "LOCAL_MODEL_IN_PROCESS" in found["program:model_worker"]["environment"]
    assert "LOCAL_MODEL_IN_PROCESS" not in found["program:web"]["environment"]


def test_no_password_stands_in_the_configuration(home: Home) -> None:
    written = configuration(home, Servers.for_environment(home, {}).programs())

    assert state.read(home)["valkey_password"] not in written


def test_a_per_cent_sign_in_a_path_is_no_expansion(tmp_path: Path) -> None:
    home = Home(tmp_path / "100%(pure)s")
    home.make()

    assert "100%%(pure)s/logs" in configuration(home, shop_programs(home))


def test_the_control_socket_is_short_enough_wherever_the_data_are(tmp_path: Path) -> None:
    home = Home(tmp_path / ("deep/" * 30))

    assert len(str(home.control_socket)) < 104
