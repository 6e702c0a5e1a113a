"""Values that the embedded default chooses at its first start and keeps: ports, passwords, the secret key.

Settings read them too, so that `manage.py` in a second terminal finds the servers that `make run` started.
"""

import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping

from assistant.embedded.paths import Home


def read(home: Home) -> dict[str, str]:
    """Return all stored values; empty before the first start."""
    try:
        return dict(json.loads(home.kept.read_text()))
    except FileNotFoundError:
        return {}


def keep(home: Home, name: str, make: Callable[[], str]) -> str:
    """Return the stored value of this name; make and store it if there is none."""
    values = read(home)
    if name not in values:
        values[name] = make()
        write(home, values)
    return values[name]


def write(home: Home, values: dict[str, str]) -> None:
    """Write all values atomically, readable only by the owner."""
    new_file = home.kept.with_suffix(".new")
    with os.fdopen(os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(values, file, indent=2)
    new_file.replace(home.kept)


def password() -> str:
    return secrets.token_urlsafe(18)


def secret(home: Home, environment: Mapping[str, str]) -> str:
    """Return SECRET_KEY from the environment, or one generated at the first start."""
    return environment.get("SECRET_KEY") or keep(home, "secret_key", password)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def port(home: Home, name: str) -> str:
    """Return the stored port, or another one if it is in use by another program."""
    number = keep(home, name, free_port)
    if is_free(int(number)):
        return number
    write(home, read(home) | {name: free_port()})
    return read(home)[name]


def is_free(number: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


def database_url(home: Home) -> str:
    """Return the URL of the embedded Postgres, or "" before its first start."""
    values = read(home)
    if "postgres_port" not in values:
        return ""
    return f"postgresql://brevity:{values['postgres_password']}@127.0.0.1:{values['postgres_port']}/brevity"


def redis_url(home: Home) -> str:
    """Return the URL of the embedded Valkey, or "" before its first start."""
    values = read(home)
    if "valkey_port" not in values:
        return ""
    return f"redis://:{values['valkey_password']}@127.0.0.1:{values['valkey_port']}/0"
