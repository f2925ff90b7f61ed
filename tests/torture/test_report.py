from __future__ import annotations

import pytest

from tests.torture.report import Figure, table


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("lost", 0, at_most=0), True),
        (Figure("lost", 1, at_most=0), False),
        (Figure("kills", 1000, at_least=1000), True),
        (Figure("kills", 999, at_least=1000), False),
        (Figure("slowest", 7.5, "s"), True),
    ],
)
def test_figure_keeps_its_promise(figure: Figure, kept: bool) -> None:
    assert figure.kept is kept


def test_table_marks_broken_promises() -> None:
    lines = table([Figure("lost", 2, "events", at_most=0), Figure("kills", 1234, at_least=1000)]).splitlines()
    assert [line.startswith("✗") for line in lines] == [True, False]
    assert "2 events" in lines[0] and "at most 0" in lines[0]
    assert "1,234" in lines[1]
