"""The Failures page against brute force: groups, who was hit, what is new, rising or gone, and honest gaps."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.charts.specs import BarChart, Chart, Opens
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.commands import COMMANDS
from core.presenters.failure_groups import FailureGroup, GroupState
from core.presenters.failures import FAILURES_PAGE
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import Content, PagePresenter
from core.time_ranges import CHOICES
from tests.core import deployed
from tests.core.failure_files import COOLDOWN, LORA, OOM, failed, store
from tests.core.live_views import ZONE, next_snapshot, settle

NOW = 1_790_000_000.0
HOUR, DAY = 3_600.0, 86_400.0
OLD = [("comfy", "1", "9", NOW - (400 + n) * DAY, 1) for n in range(10)]
"""Commands long ago: records began before any range."""

USER, FIRST_GUILD, SECOND_GUILD = (f"20000000000000000{n}" for n in (1, 2, 3))


def shown(
    path: Path,
    choice: str = "24h",
    chosen: Filter = EVERYTHING,
    presenter: PagePresenter = FAILURES_PAGE,
) -> Content:
    return look(path, choice, chosen, presenter).content  # type: ignore[no-any-return]


def look(path: Path, choice: str, chosen: Filter, presenter: PagePresenter) -> Snapshot:
    view = LiveView(path, ZONE, CHOICES[choice], clock=lambda: NOW, presenter=presenter)
    view.filter_by(chosen)
    snapshot = settle(view)
    view.close()
    assert snapshot is not None and snapshot.complete
    return snapshot


def groups(content: Content) -> dict[str, FailureGroup]:
    return {group.error_type: group for group in content.extra}


def figures(content: Content) -> dict[str, str]:
    return {figure.label: figure.value for figure in content.figures}


def bars(content: Content, key: str) -> dict[str, float]:
    chart = content.charts[key]
    assert isinstance(chart, BarChart)
    return {bar.name: bar.value for bar in chart.bars}


def test_figures_tell_errors_refusals_and_what_was_cancelled_apart(tmp_path: Path) -> None:
    failures = [
        *(failed(NOW - 600 - n, user=f"10000000000000000{n}") for n in range(3)),
        failed(NOW - 700, COOLDOWN, source="command", kind="refused"),
        failed(NOW - 710, ("CancelledError", "", None), kind="cancelled"),
    ]
    commands = [("comfy", "1", "9", NOW - 60 * n - 5, 1) for n in range(12)]
    content = shown(store(tmp_path / "a.db", failures, commands))
    assert figures(content) == {
        "Errors": "3",
        "Refused": "1",
        "Cancelled": "1",
        "Success rate": "75.0 %".replace(" ", "\N{NO-BREAK SPACE}"),
        "Users hit": "3",
        "Most frequent": "OutOfMemoryError",
    }


@pytest.mark.parametrize(
    ("chosen", "rate"),
    [
        (Filter.of(command="comfy"), "75.0 %"),
        (Filter.of(outcome="failed"), "—"),
        (Filter.of(slower=1.0), "—"),
        (Filter.of(error="OutOfMemoryError"), "—"),
    ],
)
def test_failures_are_divided_by_the_commands_of_the_same_filter_or_not_at_all(
    tmp_path: Path, chosen: Filter, rate: str
) -> None:
    """What only one of the two tables records would divide one choice of rows by another."""
    commands = [("comfy", "1", "9", NOW - 60 * n - 5, 1) for n in range(12)]
    path = store(tmp_path / "a.db", [failed(NOW - 600 - n, command="comfy") for n in range(3)], commands)
    assert figures(shown(path, chosen=chosen))["Success rate"] == rate.replace(" ", "\N{NO-BREAK SPACE}")


def test_a_group_is_one_cause_whatever_numbers_its_messages_have(tmp_path: Path) -> None:
    messages = [(OOM[0], f"Allocation on device 0 would exceed allowed memory: {n} MiB", OOM[2]) for n in (1, 22, 333)]
    content = shown(store(tmp_path / "a.db", [failed(NOW - 60 - n, what) for n, what in enumerate(messages)], OLD))
    (group,) = content.extra
    assert (group.count, group.node, group.message) == (3, "VAEDecode", messages[0][1]), "the newest tells of it"
    (bar,) = content.charts["groups"].bars  # type: ignore[union-attr]
    assert bar.name == f"OutOfMemoryError in VAEDecode: {messages[0][1]}"
    assert bar.opens == Opens("failures", Filter.of(error=group.fingerprint))
    assert sum(bar.course) == 3


def test_new_rising_and_gone(tmp_path: Path) -> None:
    def burst(kind: str, times: list[float]) -> list[tuple[Any, ...]]:
        return [failed(at, (kind, "", None)) for at in times]

    rows = [
        *burst("Fresh", [NOW - HOUR]),
        *burst("Forgotten", [NOW - 40 * DAY, NOW - HOUR]),  # not in the 30 days before: new again
        *burst("Known", [NOW - 20 * DAY, NOW - HOUR]),
        *burst("Rising", [NOW - 30 * HOUR - n for n in range(3)] + [NOW - HOUR - n for n in range(6)]),
        *burst("Few", [NOW - 30 * HOUR, NOW - HOUR, NOW - 2 * HOUR]),  # twice as many, but below five
        *burst("Falling", [NOW - 30 * HOUR - n for n in range(9)] + [NOW - HOUR - n for n in range(6)]),
        *burst("Gone", [NOW - 30 * HOUR]),
        *burst("Past", [NOW - 60 * HOUR]),
    ]
    found = {name: group.state for name, group in groups(shown(store(tmp_path / "a.db", rows, OLD))).items()}
    assert found == {
        "Fresh": GroupState.NEW,
        "Forgotten": GroupState.NEW,
        "Known": GroupState.USUAL,
        "Rising": GroupState.RISING,
        "Few": GroupState.USUAL,
        "Falling": GroupState.USUAL,
        "Gone": GroupState.GONE,
    }


def test_where_records_begin_within_the_range_nothing_is_new(tmp_path: Path) -> None:
    content = shown(store(tmp_path / "a.db", [failed(NOW - HOUR)], [("comfy", "1", "9", NOW - 2 * HOUR, 1)]))
    assert [group.state for group in content.extra] == [GroupState.USUAL]


def test_first_seen_is_of_all_time_also_where_the_filter_leaves_one_user(tmp_path: Path) -> None:
    rows = [failed(NOW - 90 * DAY, user="100000000000000009"), failed(NOW - HOUR, user=USER)]
    (group,) = shown(store(tmp_path / "a.db", rows, OLD), chosen=Filter.of(user=USER)).extra
    assert (group.count, group.first, group.last) == (1, NOW - 90 * DAY, NOW - HOUR)


@pytest.mark.parametrize("seed", range(4))
def test_all_numbers_are_those_of_brute_force(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    what = [OOM, LORA, COOLDOWN, ("NodeError", "mat1 and mat2 shapes", "KSampler")]
    rows = [
        failed(
            NOW - rng.random() * 3 * DAY,
            rng.choice(what),
            name=rng.choice(("comfy", "video", "pulid")),
            user=rng.choice((USER, "100000000000000005", None)),
            kind=rng.choice(("error", "refused", "cancelled")),
            guild_id=rng.choice((FIRST_GUILD, SECOND_GUILD, None)),
            channel_id=rng.choice(("300000000000000001", None)),
            model=rng.choice(("flux.safetensors", None)),
            loras=rng.choice((["ink.safetensors", "wash.safetensors"], ["ink.safetensors"], None)),
            resolution=rng.choice(("1:1 [1024x1024 square]", None)),
        )
        for _ in range(400)
    ]
    snapshot = look(store(tmp_path / "a.db", rows, OLD), "24h", EVERYTHING, FAILURES_PAGE)
    content, start = snapshot.content, snapshot.buckets.edges[0]
    names = ("source", "name", "user", "guild", "channel", "type", "message", "print", "kind", "node", "model", "loras")
    inside = [dict(zip((*names, "resolution", "time"), row, strict=True)) for row in rows if row[-1] >= start]
    by_group = Counter(row["print"] for row in inside)
    assert {group.fingerprint: group.count for group in content.extra if group.count} == by_group
    for group in content.extra:
        mine = [row for row in inside if row["print"] == group.fingerprint]
        assert group.users == len({row["user"] for row in mine} - {None})
        assert group.servers == len({row["guild"] or "" for row in mine if row["guild"] or row["channel"]})
        assert group.first == min(row[-1] for row in rows if row[7] == group.fingerprint)
        assert group.last == max(row[-1] for row in rows if row[7] == group.fingerprint)
        assert dict(group.commands) == Counter(row["name"] for row in mine)
    for key, column in (("by_command", "name"), ("by_user", "user"), ("by_node", "node"), ("by_model", "model")):
        assert bars(content, key) == Counter(row[column] for row in inside if row[column]), key
    servers = Counter(row["guild"] or "direct messages" for row in inside if row["guild"] or row["channel"])
    assert bars(content, "by_server") == servers
    assert bars(content, "by_resolution") == Counter(row["resolution"] for row in inside if row["resolution"])
    assert bars(content, "by_lora") == Counter(
        name for row in inside for name in ("ink.safetensors", "wash.safetensors") if name in (row["loras"] or "")
    )
    for key in ("over_time", "by_kind"):
        chart = content.charts[key]
        assert isinstance(chart, Chart)
        assert sum(value or 0 for series in chart.series for value in series.values) == len(inside)


def test_what_comes_in_is_counted_without_reading_again(tmp_path: Path) -> None:
    path = store(tmp_path / "a.db", [failed(NOW - HOUR)], OLD)
    view = LiveView(path, ZONE, CHOICES["24h"], clock=lambda: NOW, presenter=FAILURES_PAGE)
    settle(view)
    store(path, [failed(NOW - 5, LORA, user=USER), failed(NOW - 4)])
    snapshot = next_snapshot(view)
    view.close()
    assert {name: (group.count, group.last) for name, group in groups(snapshot.content).items()} == {
        "OutOfMemoryError": (2, NOW - 4),
        "FileNotFoundError": (1, NOW - 5),
    }


def test_a_deployed_file_says_what_it_lacks_and_shows_the_commands_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "deployed.db"
    deployed.create(path)
    deployed.fill(path, commands=40, start=NOW - 2 * HOUR)
    content = shown(path)
    causes = content.charts["groups"]
    assert isinstance(causes, BarChart) and causes.empty is not None
    assert causes.empty.startswith("This database has no table of failures yet.")
    assert "track_failure(…)" in causes.empty
    command, user = (content.charts[key] for key in ("by_command", "by_user"))
    assert isinstance(command, BarChart) and isinstance(user, BarChart)
    failed_commands = sum(bar.value for bar in command.bars)
    assert failed_commands > 0
    assert (
        figures(content)["Failed commands"]
        == f"{failed_commands:.0f}"
        == f"{sum(bars(content, 'by_server').values()):.0f}"
    )
    opens = command.bars[0].opens
    assert opens is not None and opens.table == "commands"
    assert opens.chosen == Filter.of(command=command.bars[0].name, outcome="failed")


def test_failed_marks_lead_to_the_causes_where_those_are_recorded(tmp_path: Path) -> None:
    ran = [*OLD, ("comfy", USER, None, NOW - HOUR, 0)]
    without, with_causes = store(tmp_path / "a.db", (), ran), store(tmp_path / "b.db", [failed(NOW - HOUR)], ran)
    for path, table in ((without, "commands"), (with_causes, "failures")):
        for presenter, key in ((COMMANDS, "over_time"), (OVERVIEW, "commands")):
            chart = shown(path, presenter=presenter).charts[key]
            assert isinstance(chart, Chart)
            opens = next(series.opens for series in chart.series if series.name == "failed")
            assert opens is not None and opens.table == table
        figure = next(each for each in shown(path, presenter=COMMANDS).figures if each.label == "Failed")
        assert figure.opens is not None and figure.opens.table == table


@pytest.mark.slow
def test_a_crash_loop_of_a_million_rows_is_read_once_and_followed(tmp_path: Path) -> None:
    values = failed(NOW, user=USER, guild_id=FIRST_GUILD)
    rows = ((*values[:-1], NOW - DAY / 2 + n * 0.04) for n in range(1_000_000))
    path = store(tmp_path / "a.db", rows, OLD)
    view = LiveView(path, ZONE, CHOICES["24h"], clock=lambda: NOW, presenter=FAILURES_PAGE)
    snapshot = settle(view)
    assert snapshot is not None and groups(snapshot.content)["OutOfMemoryError"].count == 1_000_000
    store(path, [failed(NOW - 5, user="100000000000000007")])
    after = next_snapshot(view)
    view.close()
    group = groups(after.content)["OutOfMemoryError"]
    assert (group.count, group.users, group.last) == (1_000_001, 2, NOW - 5)
