"""The guards of conftest.py: noise must fail a test, and quiet must pass."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.parameters import slow_after

ROOT = Path(__file__).resolve().parents[1]


def outcome(tmp_path: Path, body: str) -> tuple[int, str]:
    """Run one test under our conftest; return pytest's exit code and what it printed."""
    file = tmp_path / "test_it.py"
    file.write_text(textwrap.dedent(body))
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "complaint"),
    slow_after(
        1,
        [
            (
                """
                import logging
                def test_it(): logging.getLogger("core.feed.change_feed").warning("the file is odd")
                """,
                "WARNING core.feed.change_feed: the file is odd",
            ),
            (
                """
                import threading
                def test_it():
                    threading.Thread(target=threading.Event().wait, args=(4,), name="stray").start()
                """,
                "Threads left running: stray",
            ),
            (
                """
                import warnings
                def test_it(): warnings.warn("old", DeprecationWarning)
                """,
                "DeprecationWarning: old",
            ),
            (
                """
                from PySide6.QtCore import qWarning
                def test_it(qapp): qWarning("a slot is gone")
                """,
                "a slot is gone",
            ),
        ],
    ),
)
def test_noise_fails(tmp_path: Path, body: str, complaint: str) -> None:
    code, printed = outcome(tmp_path, body)
    assert code == 1
    assert complaint in printed


@pytest.mark.slow
def test_expected_noise_passes(tmp_path: Path) -> None:
    code, printed = outcome(
        tmp_path,
        """
        import logging, os, threading, pytest
        from pathlib import Path
        from PySide6.QtCore import QSettings

        @pytest.mark.expect_log
        def test_marked(): logging.getLogger("core").error("on purpose")
        def test_read(caplog): logging.getLogger("gui").error("on purpose")
        def test_others(): logging.getLogger("somebody").error("not ours")
        def test_ends(): threading.Thread(target=lambda: None).start()
        def test_daemon(): threading.Thread(target=threading.Event().wait, args=(8,), daemon=True).start()
        def test_home(home, qapp):
            assert Path.home() == home
            assert str(home) in QSettings("Botpulse", "Botpulse").fileName() or os.name == "nt"
        """,
    )
    assert code == 0, printed
    assert "6 passed" in printed
