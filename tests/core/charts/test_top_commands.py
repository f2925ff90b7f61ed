"""An overview's most frequent commands as bars."""

from __future__ import annotations

from core.charts.specs import Opens
from core.charts.top_commands import top_commands_chart
from core.filters import Filter
from tests.gui.snapshot_samples import command, empty_overview, overview


def test_each_command_is_a_bar_that_opens_its_rows() -> None:
    chart = top_commands_chart(
        overview(top_commands=(command("comfy", 1_200, 26, 12.84), command("redux", 3, 0, None)))
    )
    assert [(bar.name, bar.value, bar.part) for bar in chart.bars] == [("/comfy", 1200.0, 26.0), ("/redux", 3.0, 0.0)]
    assert [bar.figures for bar in chart.bars] == [("12.8\N{NO-BREAK SPACE}s",), ("—",)]
    assert chart.bars[1].opens == Opens("commands", Filter.of(command="redux"))
    assert (chart.empty, chart.part, chart.columns) == (None, "failed", ("p50",))
    assert chart.summary == "/comfy is run most: 1,200 times, 26 of them failed."


def test_without_commands_it_says_why() -> None:
    chart = top_commands_chart(empty_overview(), "No commands in 24 h.")
    assert (chart.bars, chart.empty, chart.summary) == ((), "No commands in 24 h.", "No commands in 24 h.")
    assert top_commands_chart(empty_overview()).empty


def test_a_strangers_name_does_not_fill_the_summary() -> None:
    assert len(top_commands_chart(overview(top_commands=(command("x" * 200_000, 5),))).summary) < 100
