"""What the documentation imports is there, in a fresh interpreter; and the package's folders depend one way only."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import bot_integration
from tests.parameters import slow_after

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bot_integration"
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])


def documented() -> list[str]:
    """Each import of the package that a document shows."""
    lines = (line.strip("+ `") for each in DOCUMENTS for line in each.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line.startswith(("from bot_integration", "import bot_integration"))})


@pytest.mark.parametrize("line", slow_after(1, documented()))
def test_documented_import_works_first_of_all(line: str) -> None:
    done = subprocess.run([sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_documented_imports_are_found() -> None:
    assert "from bot_integration.tracking import mark_failed" in documented()
    assert len(documented()) > 8


def test_public_names_are_those_that_are_said() -> None:
    assert all(hasattr(bot_integration, name) for name in bot_integration.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'plug_out'"):
        bot_integration.plug_out  # noqa: B018


def test_folders_and_top_modules_form_no_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE).with_suffix("").parts[0]
        imported = (each.module for each in ast.walk(ast.parse(path.read_bytes())) if isinstance(each, ast.ImportFrom))
        named = (name.split(".")[1:] for name in imported if name and name.startswith("bot_integration."))
        arrows.setdefault(here, set()).update({parts[0] for parts in named} - {here})
    arrows.pop("__init__")  # the face loads what it is asked for
    TopologicalSorter(arrows).prepare()  # raises at a circle
