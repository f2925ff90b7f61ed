from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes with a signal")
def test_a_few_kills_lose_and_double_nothing() -> None:
    """In a process of its own, as it forks; ``make torture`` kills for five minutes."""
    command = [sys.executable, "-m", "tests.torture", "--only", "kills", "--seconds", "6", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every promise kept" in done.stdout
