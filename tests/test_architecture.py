"""The import contract, the layers, the sizes and the words, read from the source."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).resolve().parents[1]
OURS: Final = ("core", "gui", "bot_integration", "resources")
QT: Final = frozenset({"PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy"})
SQL: Final = frozenset({"peewee", "playhouse", "sqlite3", "psycopg"})
DISCORD: Final = frozenset({"discord"})

FORBIDDEN: Final[dict[str, frozenset[str]]] = {
    "resources": frozenset({"core", "gui", "bot_integration"}) | QT | SQL | DISCORD,
    "core": frozenset({"gui", "bot_integration"}) | QT | DISCORD,
    "gui": frozenset({"bot_integration"}) | SQL | DISCORD,
    "bot_integration": frozenset({"gui"}) | QT | SQL,
}
"""What each package must not import."""

MAY_IMPORT_LATE: Final[dict[str, frozenset[str]]] = {"core/answers/embeds.py": DISCORD}
"""Exceptions, inside functions only: an embed can't be made without discord.py, but everything else can."""

Layers: TypeAlias = tuple[tuple[str, ...], ...]

LAYERS: Final[dict[str, Layers]] = {
    "core": (
        ("text/translation",),
        ("coverage", "errors", "log", "models", "tasks"),
        ("filters", "time_ranges", "worker"),
        ("storage", "text"),
        ("maintenance", "statistics", "tracking"),
        ("charts", "feed", "tables"),
        ("export", "alarms"),
        ("presenters",),
        ("answers", "live_view"),
        ("manager", "worker/live"),
        ("simulation",),
        ("cli",),
    ),
    "gui": (
        ("style", "threads"),
        ("settings",),
        ("status",),
        ("widgets",),
        ("plots", "tables"),
        ("dialogs", "pages"),
        ("window",),
        ("app",),
    ),
}
"""The folders and modules at the top of a package, the lowest first. Each may import from the layers below its own.

A folder within one of them may stand higher than the rest of it.
"""

MOST_ENTRIES: Final = {"core": 25, "gui": 12}
"""Folders and files at the top of a package."""

LONGEST_MODULE: Final = 400
LONGEST_CLASS: Final = 250
LONGEST_FUNCTION: Final = 40
MOST_ATTRIBUTES: Final = 15
MOST_NAMES_TWICE: Final = 10

RECORDS: Final = frozenset({"BucketCounts", "FinalImage"})
"""Plain records, one field for each thing that is counted or sent; they may have more attributes."""

RETIRED: Final = re.compile(
    r"(?<![a-zA-Z])(?:octets?|moods?|patien(?:ce|t|tly)|spurn\w*|stretch(?:es)?|portions?|wish(?:es|ed)?|owed|scenes?|desks?)"
    r"(?![a-zA-Z])",
    re.IGNORECASE,
)
"""Words for which docs/architecture.md has another one."""

OTHERS_WORDS: Final = re.compile(
    r"application/octet-stream|octet_length|\w*Stretch\w*|, stretch|stretches?\b|Scene\w*|\.scene\(\)|scene\(\)"
)
"""Those of Qt, of HTTP and of PostgreSQL."""


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


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module))


def imports(text: str) -> Iterator[Import]:
    """Every import of a module's text, those within functions and ``if TYPE_CHECKING`` too."""
    return _imports(ast.parse(text), late=False)


def _imports(node: ast.AST, *, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = "." * child.level + (child.module or "")
            names = [f"{base}.{alias.name}" for alias in child.names] if base in OURS else [base]
            yield from (Import(name, child.lineno, late) for name in names)
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
        if (found.package in FORBIDDEN[package] and not (found.late and found.package in excused))
        or _points_up(module, found.name)
    ]


def _points_up(module: str, imported: str) -> bool:
    """Whether a module imports from its own package, but not from a layer below its own."""
    package, *parts = module.removesuffix(".py").split("/")
    theirs, _, rest = imported.partition(".")
    if package != theirs or package not in LAYERS or not rest:
        return False
    mine, other = _room(package, parts), _room(package, rest.split("."))
    return mine != other and _layer(package, other) >= _layer(package, mine)


def _room(package: str, parts: Sequence[str]) -> str:
    """The entry of the layers that a module belongs to."""
    inner = "/".join(parts[:2])
    return inner if any(inner in layer for layer in LAYERS[package]) else parts[0]


def _layer(package: str, name: str) -> int:
    """The number of a layer; one that no layer names is above all, so that it is missed at once."""
    return next((number for number, layer in enumerate(LAYERS[package]) if name in layer), len(LAYERS[package]))


def is_migration(module: str) -> bool:
    return re.fullmatch(r"core/storage/migrations/\d{4}_\w+\.py", module) is not None


def lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A function's lines without its docstring."""
    return lines(node) - (lines(node.body[0]) if ast.get_docstring(node) else 0)


def too_big(module: str) -> Iterator[str]:
    """What is over a limit, as "file:line name: 51 lines"."""
    if source(module).count("\n") > LONGEST_MODULE:
        yield f"{module}:1 {source(module).count(chr(10))} lines"
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > LONGEST_FUNCTION:
            if not is_migration(module):  # a schema as it was on one day, written out whole
                yield f"{module}:{node.lineno} {node.name}: {code_lines(node)} lines"
        elif isinstance(node, ast.ClassDef):
            if lines(node) > LONGEST_CLASS:
                yield f"{module}:{node.lineno} {node.name}: {lines(node)} lines"
            if len(attributes(node)) > MOST_ATTRIBUTES and node.name not in RECORDS:
                yield f"{module}:{node.lineno} {node.name}: {len(attributes(node))} attributes"


def attributes(node: ast.ClassDef) -> set[str]:
    """A class's fields, and whatever its methods set on ``self``."""
    fields = {
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    stored = {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.ctx, ast.Store)
        and isinstance(each.value, ast.Name)
        and each.value.id == "self"
    }
    return fields | stored


def undocumented(module: str) -> Iterator[str]:
    """Public modules, classes and functions without a docstring."""
    if not ast.get_docstring(tree(module)):
        yield f"{module}:1 has no docstring"
    for node in tree(module).body:
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ):
            yield f"{module}:{node.lineno} {node.name} has no docstring"


def test_imports_point_one_way() -> None:
    assert {"core/models.py", "resources/design.py", "bot_integration/__init__.py"} <= set(modules())
    assert [found for module in modules() for found in offences(module, source(module))] == []
    for package, layers in LAYERS.items():
        there = {module.split("/")[1].removesuffix(".py") for module in modules() if module.startswith(f"{package}/")}
        assert there == {name for layer in layers for name in layer if "/" not in name}


def test_rooms_stay_small() -> None:
    assert [found for module in modules() for found in too_big(module)] == []
    entries = {
        name: len([each for each in (ROOT / name).iterdir() if each.name != "__pycache__"]) for name in MOST_ENTRIES
    }
    assert {name: count for name, count in entries.items() if count > MOST_ENTRIES[name]} == {}


def test_public_names_say_what_they_mean() -> None:
    assert [found for module in modules() for found in undocumented(module)] == []
    names = Counter(node.name for module in modules() for node in tree(module).body if isinstance(node, ast.ClassDef))
    twice = sorted(name for name, count in names.items() if count > 1)
    assert len(twice) <= MOST_NAMES_TWICE, twice


def test_words_stand_for_one_thing_each() -> None:
    found = [
        f"{module}:{number} {line.strip()}"
        for module in modules()
        for number, line in enumerate(source(module).splitlines(), 1)
        if RETIRED.search(OTHERS_WORDS.sub("", line))
        and not (module.startswith("gui/plots/") and "scene" in line)  # Qt's graphics scene
    ]
    assert found == []


def test_the_map_names_every_folder() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tops = {module.split("/")[1].removesuffix(".py") for module in modules() if not module.startswith("resources")}
    missing = {name for name in tops - {"__init__"} if f"`{name}`" not in page}
    assert missing == set()


def test_a_namespace_has_no_init_file() -> None:
    """A bot may have folders of these names; with an ``__init__.py`` in ours, Python would not find the bot's."""
    assert [str(path) for name in ("core", "gui", "resources") for path in (ROOT / name).rglob("__init__.py")] == []


def test_patterns_are_none_that_python_3_11_2_misreads() -> None:
    """Debian 12's Python takes possessive quantifiers and atomic groups for something else in some places."""
    possessive = re.compile(r"re\.compile|[*+?}]\+[^+=]|\(\?>")
    found = [
        f"{module}:{node.lineno} {node.value!r}"
        for module in modules()
        for call in ast.walk(tree(module))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "compile"
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and possessive.search(str(node.value))
    ]
    assert found == []


CAUGHT: Final = (
    ("gui/x.py", "import peewee", "gui/x.py:1 imports peewee"),
    ("gui/x.py", "\nfrom playhouse.db_url import connect", "gui/x.py:2 imports playhouse.db_url"),
    ("gui/x.py", "def f():\n    import sqlite3", "gui/x.py:2 imports sqlite3"),
    ("core/x.py", "from gui import theme", "core/x.py:1 imports gui.theme"),
    ("core/x.py", "if TYPE_CHECKING:\n    import discord", "core/x.py:2 imports discord"),
    ("core/x.py", "import_module('PySide6.QtCore')", "core/x.py:1 imports PySide6.QtCore"),
    ("core/answers/embeds.py", "import discord", "core/answers/embeds.py:1 imports discord"),
    ("core/storage/x.py", "from core import live_view", "core/storage/x.py:1 imports core.live_view"),
    ("core/charts/x.py", "from core.feed.x import Y", "core/charts/x.py:1 imports core.feed.x"),
    ("core/worker/x.py", "from core.worker.live.x import Y", "core/worker/x.py:1 imports core.worker.live.x"),
    ("core/worker/live/x.py", "from core.live_view import LiveView\nfrom core.worker.pipes import send", ""),
    ("core/unheard_of.py", "from core.models import Model", ""),
    ("gui/widgets/x.py", "from gui.pages.board import Board", "gui/widgets/x.py:1 imports gui.pages.board"),
    ("bot_integration/x.py", "import numpy, pyqtgraph as pg", "bot_integration/x.py:1 imports pyqtgraph"),
    ("resources/x.py", "from core.charts import Ink", "resources/x.py:1 imports core.charts"),
    ("gui/pages/x.py", "from core.feed.change_feed import Feed\nfrom resources import design", ""),
    ("bot_integration/x.py", "import discord\nfrom core.manager import AnalyticsManager", ""),
    ("core/answers/embeds.py", "def embed():\n    import discord", ""),
)
"""A module, what it imports, and what the contract says of it."""


def test_the_contract_sees() -> None:
    said = [(module, text, "".join(offences(module, text))) for module, text, _ in CAUGHT]
    assert said == list(CAUGHT)


OWN_CLOCK: Final = frozenset({"core/log.py"})
"""What turns the moment of now into words, and lies below :mod:`core.time_ranges`."""

ASKS_THE_SYSTEM: Final = frozenset({"fromtimestamp", "utcfromtimestamp", "localtime", "gmtime", "mktime"})
"""Windows knows no moment before 1970 or after 3000: these raise OSError there."""


def test_stored_moments_do_not_go_through_the_calendar_of_the_system() -> None:
    asked = [
        f"{module}:{node.lineno} {node.attr}"
        for module in modules()
        if module not in OWN_CLOCK
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in ASKS_THE_SYSTEM
    ]
    assert asked == []
