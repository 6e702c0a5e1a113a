"""Find where the source compiles patterns, and how it uses them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("assistant", "caching", "knowledge", "conversations", "demo", "language", "tools", "training")
AT_THE_BEGINNING = {"match", "fullmatch"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@cache
def sources() -> dict[Path, ast.Module]:
    """Of every module but migrations."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    }


@cache
def methods_by_name() -> dict[str, set[str]]:
    """By the name of a pattern, in any module: its methods that are called; "" where it is handed to others."""
    found: dict[str, set[str]] = {}
    for tree in sources().values():
        called = {
            id(node.value): node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute)
        }
        for node in ast.walk(tree):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name and isinstance(node.ctx, ast.Load):
                found.setdefault(name, set()).add(called.get(id(node), ""))
    return found


def is_looked_for_at_the_beginning(name: str) -> str | None:
    """The one way in which a pattern is tried, `match` or `fullmatch`, if no text is searched for it."""
    methods = methods_by_name().get(name.rpartition(".")[2], {""})
    return min(methods, default=None) if methods <= AT_THE_BEGINNING else None


def hidden_patterns(tree: ast.Module) -> list[ast.Call]:
    """Calls of `re` within functions, and those at the top of a module that do not keep what they compile."""
    within = {
        inner for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for inner in ast.walk(node) if inner is not node
    }
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "re"
        for alias in node.names
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name := _of_re(node, imported)) not in ("", "escape", "Pattern", "Match")
        and (node in within or name != "compile")
        and not _is_literal_text(node)
    ]


def _is_literal_text(call: ast.Call) -> bool:
    """Words that are known only at run time stand in a pattern to the letter: they are escaped, and nothing repeats."""
    names = {_of_re(each, set()) for each in ast.walk(call) if isinstance(each, ast.Call) and each is not call}
    repeats = any(
        set(each.value) & set("*+{")
        for each in ast.walk(call)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )
    return "escape" in names and not repeats


def _of_re(call: ast.Call, imported: set[str]) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id if function.id in imported else ""
    is_re = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"
    return function.attr if is_re else ""
