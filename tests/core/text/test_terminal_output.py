"""What is said at a terminal never fails what was done, whatever the terminal takes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.maintenance.backups import backups
from core.text.formatting import NO_BREAK
from tests.core import deployed
from tests.parameters import slow_after

ROOT = Path(__file__).parents[3]
AWAY = {"closed": ">&- 2>&-", "full": ">/dev/full 2>/dev/full", "reader gone": "| true"}
needs_sh = pytest.mark.skipif(os.name == "nt", reason="the shell's redirections")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A bot's file, whose name no old code page has."""
    made = deployed.create(tmp_path / "größe–…\N{CRAB}.db")
    deployed.fill(made, commands=1_200, images=10)
    return made


def run(*arguments: str, said: str = "", **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a program of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "core.cli.main", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=said.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    encoding = environment["PYTHONIOENCODING"].partition(":")[0]
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


def stored(path: Path) -> int:
    """How many commands and images a file holds."""
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute("SELECT (SELECT count(*) FROM command_usage) + (SELECT count(*) FROM image_stats)")
        return int(found[0])


@pytest.mark.parametrize("encoding", slow_after(1, ["ascii", "cp437", "cp1252", "latin-1", "utf-8"]))
def test_a_terminal_of_any_code_page(path: Path, encoding: str) -> None:
    code, out, err = run("backup", str(path), PYTHONIOENCODING=encoding)
    assert (code, err) == (0, "")
    assert out.replace(NO_BREAK, " ").startswith("Backed up 1,210 rows (")
    assert len(backups(path)) == 1


@pytest.mark.slow
def test_what_a_code_page_lacks_is_written_alike(path: Path) -> None:
    code, out, _ = run("reset", str(path), said="no\n", PYTHONIOENCODING="ascii")
    assert code == 2
    assert "gro?e-...?.db" in out
    code, out, _ = run("export", "--help", PYTHONIOENCODING="ascii")
    assert code == 0
    assert "A,B,..." in out


def test_an_answer_that_cannot_be_read_is_no_agreement(path: Path) -> None:
    code, out, _ = run("reset", str(path), said="\N{CRAB}\n", PYTHONIOENCODING="ascii:strict")
    assert code == 2
    assert "Nothing was changed." in out


@pytest.mark.slow
@needs_sh
@pytest.mark.parametrize(
    ("command", "left", "away"),
    [
        (("backup",), 1_210, "closed"),
        (("backup",), 1_210, "full"),
        (("backup",), 1_210, "reader gone"),
        (("reset", "--yes"), 0, "closed"),
        (("optimise", "--yes"), 1_210, "full"),
        (("check",), 1_210, "reader gone"),
    ],
)
def test_a_terminal_that_is_away(path: Path, command: tuple[str, ...], left: int, away: str) -> None:
    whole = f'"$0" -m core.cli.main "$@" {AWAY[away]}'
    if away == "reader gone":  # the program's own exit code, not that of who reads
        whole = f"set -o pipefail; {whole.replace('| true', '2>&1 | true')}"
    done = subprocess.run(
        ["bash", "-c", whole, sys.executable, command[0], str(path), *command[1:]], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0
    assert stored(path) == left
