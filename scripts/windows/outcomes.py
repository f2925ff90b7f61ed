"""A plug-in of pytest's that writes each test's outcome to a file at once, so that it is known what a crash cut off.

``BOTPULSE_OUTCOMES`` names the file: a line of JSON for each test's beginning and one for its end. Tests that are in it
already are left out: a run that crashed goes on behind the test at which it did.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import pytest

_FILE: Final = Path(os.environ["BOTPULSE_OUTCOMES"])
_told: dict[str, tuple[str, str]] = {}


def _write(**entry: str) -> None:
    with _FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was begun before."""
    lines = _FILE.read_text(encoding="utf-8").splitlines() if _FILE.exists() else []
    known = {json.loads(each)["id"] for each in lines}
    out = [each for each in items if each.nodeid in known]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [each for each in items if each.nodeid not in known]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a file that can't be read as a failure of its own."""
    if report.failed:
        _write(id=report.nodeid, outcome="failed", text=report.longreprtext)


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note the beginning."""
    _write(id=nodeid, outcome="began", text="")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a part of a test came to: a failure of one is a failure of the test."""
    if report.failed or (report.skipped and report.nodeid not in _told):
        _told[report.nodeid] = (report.outcome, report.longreprtext)
    elif report.when == "call":
        _told.setdefault(report.nodeid, ("passed", ""))


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Note the end."""
    outcome, text = _told.pop(nodeid, ("failed", "no outcome"))
    _write(id=nodeid, outcome=outcome, text=text)
