"""The embedded Postgres and Valkey: prepare them, wait until they are ready, and give their addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.embedded import state, valkey
from assistant.embedded.paths import Home
from assistant.embedded.postgres import Postgres, embedded
from assistant.embedded.programs import Program, server


@dataclass(slots=True)
class Servers:
    """The servers to embed: those for which the environment has no URL."""

    home: Home
    careless: bool = False  # fast and unsafe, for temporary data
    postgres: Postgres | None = None
    embeds_valkey: bool = False

    @classmethod
    def for_environment(cls, home: Home, environment: Mapping[str, str], *, careless: bool = False) -> "Servers":
        servers = cls(home, careless)
        if not environment.get("DATABASE_URL"):
            servers.postgres = embedded(home)
        if not environment.get("REDIS_URL"):
            valkey.prepare(home)
            servers.embeds_valkey = True
        return servers

    def programs(self) -> list[Program]:
        programs_to_run = []
        if self.postgres:
            command = self.postgres.command(careless=self.careless)
            programs_to_run.append(server("postgres", command, stop_signal="INT"))
        if self.embeds_valkey:
            programs_to_run.append(server("valkey", valkey.command(self.home), stop_signal="TERM"))
        return programs_to_run

    def addresses(self) -> dict[str, str]:
        """Return DATABASE_URL and REDIS_URL of the embedded servers, for the environment of the programs."""
        urls = {}
        if self.postgres:
            urls["DATABASE_URL"] = state.database_url(self.home)
        if self.embeds_valkey:
            urls["REDIS_URL"] = state.redis_url(self.home)
        return urls

    def wait_until_ready(self) -> None:
        if self.postgres:
            self.postgres.wait_until_ready()
        if self.embeds_valkey:
            valkey.wait_until_ready(self.home)
