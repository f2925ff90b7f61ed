"""Which ticks of the bot's clock belong to a command."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.bench_commands import Spans, _report, _within

TICKS = np.array(
    [
        (9.0, 0.0001, 0.0),
        (10.5, 0.030, 0.029),  # within
        (13.0, 1.5, 0.001),  # held up from within the span until long after it
        (20.0, 0.0001, 0.0),
        (30.0, 0.002, 0.0),
    ]
)


def test_a_hold_up_that_began_within_a_span_counts() -> None:
    found = _within(Spans([(10.0, 12.0), (19.5, 20.5)]), TICKS)
    assert found[:, 0].tolist() == [10.5, 13.0, 20.0]


def test_the_machine_s_own_hold_ups_are_beside_it() -> None:
    spans = {
        "nothing": Spans([(29.0, 31.0)]),
        "/plain 7": Spans([(10.0, 12.0)]),
        "/plain 365": Spans([(10.0, 12.0)]),
        "/stats": Spans([(10.0, 11.0)]),
    }
    beside = TICKS * (1, 0.1, 0)
    held, work = _report(spans, TICKS, beside, 5)
    assert (held.value, held.met) == (30.0, False) and held.target == 5 + 3.0
    assert work.value == 29.0 and work.met is None
