"""The project's own rules: sizes, names and structure."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("assistant", "caching", "knowledge", "conversations", "demo", "language", "tools")
# Beside the packages of a room; what Django and the servers find by name, and what all its packages share.
OUTSIDE_A_PACKAGE = {
    "assistant": "asgi celery circuit_breaker confidence_intervals errors health leases public_addresses safe_json"
    " tombstones urls",
    "caching": "admin answers apps counters dry_run error_bound evaluation feedback invalidation lookup models"
    " retention scope shadow single_flight store tasks",
    "knowledge": "access apps models serializers tasks urls views",
    "conversations": "apps canned_responses message_queries models routing tasks urls",
    "demo": "apps views",
    "tools": "",
}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_rooms_import_downwards():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", OUTSIDE_A_PACKAGE)
def test_no_module_stands_outside_a_package_but_those_listed(room):
    found = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}

    assert sorted(found) == OUTSIDE_A_PACKAGE[room].split()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_has_at_most_300_lines_and_its_functions_40(path):
    text = path.read_text()
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 40
    ]

    assert text.count("\n") <= 300
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_furniture_without_a_name(path):
    assert not {"utils", "helpers", "common", "core", "manager", "services", "misc"} & {
        part.removesuffix(".py") for part in path.relative_to(ROOT).parts
    }


def test_every_package_that_the_rooms_import_is_pinned():
    """What only comes along with another package is another version tomorrow."""
    lines = "".join(path.read_text() for path in ROOT.glob("requirements*.txt"))
    pinned = {pin.lower() for pin in re.findall(r"(?m)^([\w.-]+)(?:\[\S+\])?==", lines)}
    nodes = [node for path in MODULES for node in ast.walk(ast.parse(path.read_text()))]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    brings = packages_distributions()
    imported = {module.partition(".")[0] for module in modules} & brings.keys()

    assert [
        package for package in imported if not pinned & {name.lower().replace("_", "-") for name in brings[package]}
    ] == []


CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time"}
TESTS = sorted(path for path in (ROOT / "tests").rglob("test_*.py") if "faults" not in path.parts)  # all of those are


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_who_asserts_on_a_clock_is_in_the_group_of_timing(path):
    tree = ast.parse(path.read_text())
    marked_whole = any("timing" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert [
        function.name
        for function in functions
        if function.name.startswith("test_")
        and any(isinstance(node, ast.Assert) and names_in(node) & CLOCKS for node in ast.walk(function))
        and not (marked_whole or any("timing" in ast.unparse(each) for each in function.decorator_list))
    ] == []


def names_in(statement: ast.AST) -> set[str]:
    nodes = list(ast.walk(statement))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def test_no_migration_is_missing(db):
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
