"""`.env.example` lists what settings read, with the same defaults."""

import ast
import os
import re
import subprocess
import sys

from assistant.embedded.paths import ROOT

SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(\S*)\s+# (.+)$")
# Read by make run, or by make test, before there are settings.
READ_ELSEWHERE = {"ENV_FILE", "WHEELHOUSE", "DATA_DIR", "PG_BINDIR", "VALKEY_SERVER", "DEMO_STAFF_PASSWORD", "CHROMIUM"}


def listed() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {found[1]: found[2] for line in lines if (found := SETTING.match(line))}


def read_by_settings() -> dict[str, ast.expr]:
    """Return the name and default of each setting in the source of the settings: env.int("PORT", default=8000)."""
    modules = [ast.parse(path.read_text()) for path in (ROOT / "assistant" / "settings").glob("*.py")]
    return {
        str(call.args[0].value): next(word.value for word in call.keywords if word.arg == "default")
        for module in modules
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and call.args and is_env(call.func) and isinstance(call.args[0], ast.Constant)
    }


def is_env(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "env"


def written(default: ast.expr) -> str | None:
    """Return a default in the format of .env.example; None if it depends on other settings."""
    if any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(default)):
        return None
    value = eval(compile(ast.Expression(default), "settings", "eval"))
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


def test_every_setting_is_listed_with_what_it_is() -> None:
    assert sorted(set(read_by_settings()) - set(listed())) == []


def test_nothing_is_listed_that_nobody_reads() -> None:
    assert sorted(set(listed()) - set(read_by_settings()) - READ_ELSEWHERE) == []


def test_the_listed_defaults_are_the_ones_in_force() -> None:
    defaults = {name: written(default) for name, default in read_by_settings().items()}

    differing = {
        name: (value, defaults[name])
        for name, value in listed().items()
        if defaults.get(name) is not None and value != defaults[name]
    }
    assert differing == {}


def test_a_public_url_may_end_with_a_slash() -> None:
    command = [sys.executable, "-c", "from assistant import settings; print(settings.PUBLIC_URL + '/widget.js')"]

    told = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PUBLIC_URL": "https://help.example/"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "https://help.example/widget.js\n"
