"""Runs the test suite with the Windows Python, and prints figures by package.

    make test-windows
    make test-windows ARGS="tests/core/text tests/gui/window/test_keyboard.py"
    make test-windows ARGS=--tenth

All of it is run with windows that are drawn into memory, and what is about real windows once more on the platform
``windows``, under an X server in memory. What fails is tried once more by itself. Exits 1 if anything fails but what
``known_failures.toml`` lists as Wine's own.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.windows.layout import ROOT, laid_out
from scripts.windows.wine import Windows, own_display

KNOWN: Final = Path(__file__).with_name("known_failures.toml")
LOGS: Final = ROOT / "build" / "windows"
FILES_AT_ONCE: Final = 6
SILENT_SECONDS: Final = 300.0
ONE_TEST_SECONDS: Final = 200
CUT_OFF: Final = "The process ended or hung in this test."
HANG: Final = "pytest ended before its first test."
GOOD_ENDS: Final = (0, 1, 5)
"""pytest's own exit codes: all passed, some failed, nothing was there."""

ON_THE_DESKTOP: Final = ("tests/gui/window", "tests/gui/app/test_start.py", "tests/gui/style", "tests/gui/status")
"""Tests that say most of real windows; they are run on the platform ``windows``, too."""

TENTH: Final = (
    "tests/core/text",
    "tests/core/storage/test_location.py",
    "tests/core/feed/test_change_feed.py",
    "tests/core/worker",
    "tests/core/tracking/test_writer.py",
    "tests/bot_integration/test_plug_in.py",
    "tests/gui/app/test_screenshot.py",
    "tests/gui/threads",
    "tests/gui/style",
)
"""Some of each package: paths, open files, processes, the bot's plug-in, fonts and a snapshot."""
TENTH_ON_THE_DESKTOP: Final = ("tests/gui/window/test_keyboard.py",)


@dataclass(frozen=True)
class Outcome:
    """What came of a test: passed, failed or skipped, and the words for it."""

    test: str
    outcome: str
    text: str


@dataclass(frozen=True)
class Unit:
    """Files or tests that one process runs on one of Qt's platforms."""

    name: str
    platform: str
    tests: tuple[str, ...]


@dataclass
class Known:
    """Failures of Wine's own: tests by the platform on which they fail, with the reason."""

    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def reason(self, platform: str, test: str) -> str:
        """Why a test may fail; empty where it may not. A name without parameters stands for all of them."""
        for name in (test, test.partition("[")[0], test.partition("::")[0]):
            for where in (platform, "any"):
                if found := self.reasons.get((where, name)):
                    return found
        return ""


def read_known() -> Known:
    """Read the list of known failures."""
    known = Known()
    for each in tomllib.loads(KNOWN.read_text(encoding="utf-8"))["failures"]:
        for test in each["tests"]:
            known.reasons[each.get("platform", "any"), test] = each["because"]
    return known


def units_of(paths: Iterable[str], platform: str) -> Iterator[Unit]:
    """Put the files of each folder into processes, a few at a time; a single test goes by itself."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        place = ROOT / path.partition("::")[0]
        if "::" in path or place.is_file():
            folders.setdefault(Path(path).parent.as_posix(), []).append(path)
            continue
        for file in sorted(place.rglob("test_*.py")):
            if "benchmarks" not in file.parts and "torture" not in file.parts:
                found = file.relative_to(ROOT)
                folders.setdefault(found.parent.as_posix(), []).append(found.as_posix())
    for folder, several in folders.items():
        for first in range(0, len(several), FILES_AT_ONCE):
            unit = f"{platform}-{folder.replace('/', '-')}-{first // FILES_AT_ONCE + 1}"
            yield Unit(unit, platform, tuple(several[first : first + FILES_AT_ONCE]))


def run(windows: Windows, unit: Unit, more: Sequence[str]) -> list[Outcome]:
    """Run a unit to its end, behind every crash, too; the words go to a file of the unit's name."""
    noted = windows.prefix / "drive_c" / f"outcomes-{unit.name}.jsonl"
    noted.unlink(missing_ok=True)
    told = {"BOTPULSE_OUTCOMES": f"C:\\{noted.name}", "BOTPULSE_TEST_PLATFORM": unit.platform}
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "scripts.windows.outcomes", "--tb=short"]
    arguments += ["--continue-on-collection-errors"]
    arguments += ["-o", f"faulthandler_timeout={ONE_TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true"]
    outcomes: dict[str, Outcome] = {}
    with (LOGS / f"{unit.name}.log").open("wb") as log:
        while True:
            before = len(outcomes)
            code = _relay(windows.start([*arguments, *more, *unit.tests], told), log.fileno())
            for line in noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []:
                entry = json.loads(line)
                outcomes[entry["id"]] = Outcome(entry["id"], entry["outcome"], entry["text"])
            if code in GOOD_ENDS or len(outcomes) == before:
                break
    noted.unlink(missing_ok=True)
    if code not in GOOD_ENDS and not any(each.outcome != "passed" for each in outcomes.values()):
        outcomes[unit.tests[0]] = Outcome(unit.tests[0], "failed", HANG)
    return [_cut_off(each) for each in outcomes.values()]


def _cut_off(outcome: Outcome) -> Outcome:
    if outcome.outcome != "began":
        return outcome
    return Outcome(outcome.test, "failed", CUT_OFF)


def _relay(process: subprocess.Popen[bytes], log: int) -> int:
    """Write what a process prints to a file, until it ends or is silent for too long; return its exit code."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(SILENT_SECONDS):
                process.kill()
                break
            if not (part := os.read(process.stdout.fileno(), 65_536)):
                break
            os.write(log, part)
    process.stdout.close()
    return process.wait()


def main(arguments: list[str]) -> int:
    """Run what was asked for; return the exit code."""
    options = _options(arguments)
    units = [] if options.platform == "windows" else list(units_of(_paths(options), "offscreen"))
    if options.platform != "offscreen":
        units += units_of(_desktop_paths(options), "windows")
    units.sort(key=lambda unit: -sum((ROOT / each.partition("::")[0]).stat().st_size for each in unit.tests))
    more = [*(("-m", "not slow") if options.quick or options.tenth else ()), *(("-k", options.k) if options.k else ())]
    prefix, began = laid_out(), time.monotonic()
    _note(options.status, "began")
    LOGS.mkdir(parents=True, exist_ok=True)
    with own_display() as display:
        windows = Windows(prefix, display)
        windows.end()  # a server that is left over has a display that is gone
        windows.run("cmd", "/c", "exit")  # the first program of a prefix decides that there is a display
        try:
            outcomes = _run_all(windows, units, options.jobs, more)
            outcomes = {unit: _once_more(windows, unit, each) for unit, each in outcomes.items()}
        finally:
            windows.end()
    failed = _tell(outcomes, time.monotonic() - began)
    _note(options.status, _status(outcomes))
    return failed


def _status(outcomes: dict[Unit, list[Outcome]]) -> str:
    """What is noted of a run: a process of Wine's that ended or hung within a test says nothing of the test."""
    known = read_known()
    failed = [
        each
        for unit, several in outcomes.items()
        for each in several
        if each.outcome == "failed" and not known.reason(unit.platform, each.test)
    ]
    if not failed:
        return "passed"
    return "failed" if any(each.text not in (CUT_OFF, HANG) for each in failed) else "began"


def _note(place: Path | None, status: str) -> None:
    if place is not None:
        place.write_text(f"{status}\n", encoding="utf-8")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make test-windows ARGS=…", description="Run the tests on Windows under Wine."
    )
    parser.add_argument("paths", nargs="*", help="files, folders or tests; without any, the whole suite")
    parser.add_argument("--tenth", action="store_true", help="run the chosen tenth that CI runs")
    parser.add_argument("--quick", action="store_true", help="leave out tests that are marked slow")
    parser.add_argument("--platform", choices=("offscreen", "windows"), help="run on one of Qt's platforms only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--status", type=Path, help="a file that is told how it stands: began, passed, failed")
    parser.add_argument("-k", default="", help="pytest's own: tests whose names match")
    return parser.parse_args(arguments)


def _paths(options: argparse.Namespace) -> Sequence[str]:
    if options.tenth:
        return TENTH
    return options.paths or ("tests",)


def _desktop_paths(options: argparse.Namespace) -> Sequence[str]:
    if options.tenth:
        return TENTH_ON_THE_DESKTOP
    if options.platform == "windows":
        return options.paths or ON_THE_DESKTOP
    return () if options.paths else ON_THE_DESKTOP


def _run_all(windows: Windows, units: list[Unit], jobs: int, more: Sequence[str]) -> dict[Unit, list[Outcome]]:
    with ThreadPoolExecutor(jobs) as pool:
        begun = {unit: pool.submit(run, windows, unit, more) for unit in units}
        outcomes = {}
        for unit, each in begun.items():
            outcomes[unit] = each.result()
            counted = Counter(one.outcome for one in outcomes[unit])
            print(
                f"{unit.name}: " + ", ".join(f"{number} {word}" for word, number in sorted(counted.items())), flush=True
            )
    return outcomes


def _once_more(windows: Windows, unit: Unit, outcomes: list[Outcome]) -> list[Outcome]:
    """Try what failed and may not by itself, once."""
    known = read_known()
    failed = tuple(
        each.test for each in outcomes if each.outcome == "failed" and not known.reason(unit.platform, each.test)
    )
    if not failed:
        return outcomes
    print(f"Once more, what failed: {' '.join(failed)}", flush=True)
    again = {each.test: each for each in run(windows, Unit(f"{unit.name}-again", unit.platform, failed), ())}
    return [again.get(each.test, each) if each.test in failed else each for each in outcomes]


def _tell(outcomes: dict[Unit, list[Outcome]], seconds: float) -> int:
    """Print what failed and the figures; return the exit code."""
    known, figures, unexpected = read_known(), Counter[tuple[str, str]](), 0
    for unit, each in ((unit, each) for unit, several in outcomes.items() for each in several):
        reason = known.reason(unit.platform, each.test)
        word = "known" if each.outcome == "failed" and reason else each.outcome
        package = each.test.partition("::")[0].removeprefix("tests/").partition("/")[0]
        figures[f"{package} ({unit.platform})" if "test_" not in package else "the project (offscreen)", word] += 1
        if word == "failed":
            unexpected += 1
            print(f"\nFAILED on {unit.platform}: {each.test}\n{each.text[-3000:]}")
        elif each.outcome == "passed" and reason and unit.platform != "any":
            print(f"Passes, though it is listed as known to fail: {each.test}")
    print()
    for package in sorted({package for package, _ in figures}):
        counted = ((figures[package, word], word) for word in ("passed", "failed", "known", "skipped"))
        print(f"{package:28}" + "".join(f"{number:7,} {word}" for number, word in counted))
    print(f"{seconds:.0f} s. What was printed is in {LOGS.relative_to(ROOT)}; Wine's own failures in {KNOWN.name}.")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
