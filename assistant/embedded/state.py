"""What the embedded default chose at its first start and keeps: ports, passwords, the secret key.

Settings read it too, so that `manage.py` in a second terminal finds the servers that `make run`
started in the first.
"""

import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping

from assistant.embedded.paths import Home


def read(home: Home) -> dict[str, str]:
    """Everything kept; nothing before the first start."""
    try:
        return dict(json.loads(home.kept.read_text()))
    except FileNotFoundError:
        return {}


def keep(home: Home, name: str, make: Callable[[], str]) -> str:
    """The kept value of this name, made and written down if there is none yet."""
    values = read(home)
    if name not in values:
        values[name] = make()
        write(home, values)
    return values[name]


def write(home: Home, values: dict[str, str]) -> None:
    """Write all of it at one stroke, readable by its owner alone."""
    fresh = home.kept.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(values, file, indent=2)
    fresh.replace(home.kept)


def password() -> str:
    return secrets.token_urlsafe(18)


def secret(home: Home, environment: Mapping[str, str]) -> str:
    """The SECRET_KEY that the environment names, or one that is made up at the first start."""
    return environment.get("SECRET_KEY") or keep(home, "secret_key", password)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def port(home: Home, name: str) -> str:
    """The kept port; another one if a stranger has taken it meanwhile."""
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
    """The embedded Postgres, or "" before its first start."""
    values = read(home)
    if "postgres_port" not in values:
        return ""
    return f"postgresql://brevity:{values['postgres_password']}@127.0.0.1:{values['postgres_port']}/brevity"


def redis_url(home: Home) -> str:
    """The embedded Valkey, or "" before its first start."""
    values = read(home)
    if "valkey_port" not in values:
        return ""
    return f"redis://:{values['valkey_password']}@127.0.0.1:{values['valkey_port']}/0"
