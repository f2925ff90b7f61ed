"""What holds for every test: no screen, no home but a temporary one, and noise is failure."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import missing_tools

# Before Qt is imported by anybody. BOTPULSE_TEST_PLATFORM=xcb shows the windows instead.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("BOTPULSE_TEST_PLATFORM", "offscreen")
os.environ.pop("QT_STYLE_OVERRIDE", None)
os.environ.pop("BOTPULSE_DATABASE", None)
os.environ["BOTPULSE_LANGUAGE"] = "en"  # whatever this machine speaks
# The list of fonts takes a second to make; every process of every run may share it, the real home is left alone.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).resolve().parents[1] / "build" / "matplotlib"))

PACKAGES = ("core", "gui", "bot_integration", "resources")
THREADS_END_WITHIN = 2.0

settings.register_profile("botpulse", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("thorough", settings.get_profile("botpulse"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "botpulse"))


def pytest_configure() -> None:
    """Refuse to begin where tests would be skipped for want of a program, and that was ruled out.

    A run in the background of a shell begins with Ctrl+C ignored, and the programs that tests start would be, too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if missing_tools.REQUIRED and missing_tools.sentence():
        raise pytest.UsageError(missing_tools.sentence())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what could not be tried."""
    if missing_tools.sentence():
        terminalreporter.write_line(missing_tools.sentence(), yellow=True)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for the test and for the processes that it starts: settings, logs and data end up in it."""
    place = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(place / name.lower()))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(place / "local"))  # what is counted is cached there
    if "PySide6.QtCore" in sys.modules:
        _move_settings(place / "config")
    return place


def _move_settings(place: Path) -> None:
    """Qt reads the environment for its settings only once; tell it directly."""
    from PySide6.QtCore import QSettings

    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(place))


@pytest.fixture(autouse=True)
def nobody_is_known() -> Iterator[None]:
    """The names that a process knows are those of its test."""
    yield
    names = sys.modules.get("core.text.names")
    if names is not None:
        names.NAMES.forget()
        names.NAMES.mask(False)


@pytest.fixture(autouse=True)
def nothing_counted_in_the_background(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process that would outlive the test; those about rollups set a number of rows of their own."""
    reminder = sys.modules.get("core.statistics.rollups.reminder")
    if reminder is not None:
        monkeypatch.setattr(reminder, "MANY_ROWS", sys.maxsize)


class _Records(logging.Handler):
    """Keeps what our own packages complain about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in PACKAGES:
            self.kept.append(record)


@pytest.fixture(autouse=True)
def quiet_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test whose code warns, unless it is marked ``expect_log`` or looks at the log itself (``caplog``)."""
    root, records = logging.getLogger(), _Records()
    handlers = list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in PACKAGES}
    root.addHandler(records)
    yield
    root.removeHandler(records)
    _restore_logging(handlers, levels)
    expected = request.node.get_closest_marker("expect_log") is not None or "caplog" in request.fixturenames
    if records.kept and not expected:
        lines = [f"{each.levelname} {each.name}: {each.getMessage()}" for each in records.kept]
        pytest.fail("Unexpected in the log:\n" + "\n".join(lines), pytrace=False)


def _restore_logging(handlers: list[logging.Handler], levels: dict[str, int]) -> None:
    """Take back what the test's code did to logging: its files lie in a home that is gone."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if each.name == "botpulse" and each not in handlers]:
        root.removeHandler(handler)
        handler.close()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(autouse=True)
def no_threads_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread behind which would keep the process from ending."""
    before = set(threading.enumerate())
    yield
    if request.node.get_closest_marker("leaves_threads") is not None:
        return
    until = time.monotonic() + THREADS_END_WITHIN
    left = [each for each in threading.enumerate() if each not in before and not each.daemon]
    for thread in left:
        thread.join(max(until - time.monotonic(), 0))
    names = [thread.name for thread in left if thread.is_alive()]
    if names:
        pytest.fail("Threads left running: " + ", ".join(names), pytrace=False)
