"""What the sub-commands share at the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from core.cli.terminal import stopped_by_signals
from tests.hang_guard import HANG_SECONDS

WITHIN_THE_EVENT = """
import signal
from core.cli.terminal import stopped_by_signals

with stopped_by_signals() as stop:
    with stop._cond:  # as the main thread holds it for a moment whenever it waits, or looks
        signal.raise_signal(signal.SIGTERM)
    print(stop.wait(30))
"""


def test_a_signal_in_the_midst_of_waiting_for_one_stops_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHIN_THE_EVENT], capture_output=True, text=True, timeout=HANG_SECONDS
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_it_is_over_signals_do_what_they_did(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals() as stop:
        signal.raise_signal(number)
        assert stop.wait(HANG_SECONDS)
    assert signal.getsignal(number) is before
