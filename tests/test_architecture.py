"""The import contract and the sizes: who may know whom, and how big a module or a function may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("core", "gui", "bot_integration", "resources")
QT = frozenset({"PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy"})
SQL = frozenset({"peewee", "playhouse", "sqlite3", "psycopg"})
DISCORD = frozenset({"discord"})

FORBIDDEN: dict[str, frozenset[str]] = {
    "resources": frozenset({"core", "gui", "bot_integration"}) | QT | SQL | DISCORD,
    "core": frozenset({"gui", "bot_integration"}) | QT | DISCORD,
    "gui": frozenset({"bot_integration"}) | SQL | DISCORD,
    "bot_integration": frozenset({"gui"}) | QT | SQL,
}
"""What each package must not import."""

MAY_IMPORT_LATE: dict[str, frozenset[str]] = {"core/answers/embeds.py": DISCORD}
"""Exceptions, inside functions only: an embed can't be made without discord.py, but everything else can."""

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50


@dataclass(frozen=True)
class Import:
    """One imported module: its full name, the line, and whether the import stands inside a function."""

    name: str
    line: int
    late: bool

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]


def modules() -> list[str]:
    """Every module of ours, relative to the root."""
    return sorted(path.relative_to(ROOT).as_posix() for package in OURS for path in (ROOT / package).rglob("*.py"))


@cache
def source(module: str) -> str:
    return (ROOT / module).read_text(encoding="utf-8")


def imports(text: str) -> Iterator[Import]:
    """Every import of a module's text, those within functions and ``if TYPE_CHECKING`` too."""
    return _imports(ast.parse(text), late=False)


def _imports(node: ast.AST, *, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield Import("." * child.level + (child.module or ""), child.lineno, late)
        elif isinstance(child, ast.Call) and _is_dynamic(child):
            yield Import(str(ast.literal_eval(child.args[0])), child.lineno, late)
        yield from _imports(child, late=late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def _is_dynamic(call: ast.Call) -> bool:
    """Whether it is ``import_module("name")`` or ``__import__("name")``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"import_module", "__import__"} and bool(call.args) and isinstance(call.args[0], ast.Constant)


def offences(module: str, text: str) -> list[str]:
    """The imports of a module that break the contract, as "file:line imports name"."""
    package = module.partition("/")[0]
    excused = MAY_IMPORT_LATE.get(module, frozenset())
    return [
        f"{module}:{found.line} imports {found.name}"
        for found in imports(text)
        if found.package in FORBIDDEN[package] and not (found.late and found.package in excused)
    ]


def is_migration(module: str) -> bool:
    return re.fullmatch(r"core/migrations/\d{4}_\w+\.py", module) is not None


def test_there_is_something_to_check() -> None:
    assert {"core/models.py", "resources/__init__.py", "bot_integration/__init__.py"} <= set(modules())


@pytest.mark.parametrize("module", modules())
def test_imports_point_one_way(module: str) -> None:
    assert offences(module, source(module)) == []


@pytest.mark.parametrize("module", modules())
def test_sizes_stay_small(module: str) -> None:
    lines = source(module).count("\n")
    assert lines <= LONGEST_MODULE, f"{module}:1 has {lines} lines"
    long = [
        f"{module}:{node.lineno} {node.name}: {length} lines"
        for node in ast.walk(ast.parse(source(module)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not is_migration(module)  # a schema as it was on one day, written out whole
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("module", modules())
def test_public_names_say_what_they_mean(module: str) -> None:
    tree = ast.parse(source(module))
    bare = [] if ast.get_docstring(tree) else [f"{module}:1 has no docstring"]
    bare += [
        f"{module}:{node.lineno} {node.name} has no docstring"
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        ("gui/x.py", "import peewee", "gui/x.py:1 imports peewee"),
        ("gui/x.py", "\nfrom playhouse.db_url import connect", "gui/x.py:2 imports playhouse.db_url"),
        ("gui/x.py", "def f():\n    import sqlite3", "gui/x.py:2 imports sqlite3"),
        ("core/x.py", "from gui import theme", "core/x.py:1 imports gui"),
        ("core/x.py", "if TYPE_CHECKING:\n    import discord", "core/x.py:2 imports discord"),
        ("core/x.py", "import_module('PySide6.QtCore')", "core/x.py:1 imports PySide6.QtCore"),
        ("core/answers/embeds.py", "import discord", "core/answers/embeds.py:1 imports discord"),
        ("bot_integration/x.py", "import numpy, pyqtgraph as pg", "bot_integration/x.py:1 imports pyqtgraph"),
        ("resources/x.py", "from core.charts.specs import Ink", "resources/x.py:1 imports core.charts.specs"),
    ],
)
def test_the_contract_sees(module: str, text: str, found: str) -> None:
    assert offences(module, text) == [found]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("gui/x.py", "from core.feed.change_feed import Feed\nimport resources"),
        ("bot_integration/x.py", "import discord\nfrom core.manager import AnalyticsManager"),
        ("core/answers/embeds.py", "def embed():\n    import discord"),
    ],
)
def test_the_contract_allows(module: str, text: str) -> None:
    assert offences(module, text) == []
