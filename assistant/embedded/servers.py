"""The embedded Postgres and Valkey: prepare them, wait until they are ready, and give their addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.embedded import state, valkey
from assistant.embedded.paths import Home
from assistant.embedded.postgres import Postgres, embedded
from assistant.embedded.programs import Program, server


@dataclass(slots=True)
class Servers:
    """Which servers are embedded: those that the environment names no address for."""

    home: Home
    careless: bool = False  # fast and unsafe, for data that is thrown away
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
        found = []
        if self.postgres:
            command = self.postgres.command(careless=self.careless)
            found.append(server("postgres", command, stop_signal="INT"))
        if self.embeds_valkey:
            found.append(server("valkey", valkey.command(self.home), stop_signal="TERM"))
        return found

    def addresses(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL of the embedded ones, for the environment of the programs."""
        named = {}
        if self.postgres:
            named["DATABASE_URL"] = state.database_url(self.home)
        if self.embeds_valkey:
            named["REDIS_URL"] = state.redis_url(self.home)
        return named

    def wait_until_ready(self) -> None:
        if self.postgres:
            self.postgres.wait_until_ready()
        if self.embeds_valkey:
            valkey.wait_until_ready(self.home)
