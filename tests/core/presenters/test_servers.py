"""The Servers page against brute force: each server's numbers, growth, what became of it, and honest gaps."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from core.charts.specs import Bar, BarChart, Chart, Opens
from core.coverage import Coverage
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.activity import ACTIVITIES
from core.presenters.commands import COMMANDS
from core.presenters.failures import FAILURES_PAGE
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import READING, PagePresenter
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.time_ranges import CHOICES
from tests.core import deployed, failure_files
from tests.core.live_views import ZONE, held, hold_after_each_chunk, next_snapshot, settle
from tests.core.server_files import ANNA, BEE, BEN, DAY, ELK, EVE, FOX, HOUR, NOW, OWL, Made, Moved, Ran, ran, store

OLD = ran(ANNA, FOX, NOW - 400 * DAY, 10)
"""Commands long ago: records began before any range."""

KEYS = ("state", "share", "growth", "images", "users", "failed", "last seen", "first seen", "joined", "left")


def look(path: Path, choice: str = "24h", chosen: Filter = EVERYTHING) -> Snapshot:
    view = LiveView(path, ZONE, CHOICES[choice], clock=lambda: NOW, presenter=SERVERS)
    view.filter_by(chosen)
    snapshot = settle(view)
    view.close()
    assert snapshot is not None and snapshot.complete
    return snapshot


def chart_of(snapshot: Snapshot, key: str) -> Chart:
    chart = snapshot.content.charts[key]
    assert isinstance(chart, Chart)
    return chart


def bars(snapshot: Snapshot, key: str = "servers") -> dict[str, Bar]:
    chart = snapshot.content.charts[key]
    assert isinstance(chart, BarChart)
    return {bar.name: bar for bar in chart.bars}


def column(snapshot: Snapshot, name: str) -> dict[str, object]:
    return {server: bar.numbers[KEYS.index(name)] for server, bar in bars(snapshot).items()}


def figures(snapshot: Snapshot) -> dict[str, str]:
    return {each.label: each.value.replace("\N{NO-BREAK SPACE}", " ") for each in snapshot.content.figures}


def sums(chart: Chart) -> dict[str, float]:
    return {series.name: sum(value or 0 for value in series.values) for series in chart.series}


@pytest.mark.parametrize(("seed", "choice"), [(1, "24h"), (2, "7d"), (3, "30d")])
def test_all_numbers_are_those_of_brute_force(tmp_path: Path, seed: int, choice: str) -> None:
    rng = random.Random(seed)
    servers, people = (FOX, OWL, ELK, BEE, None, "x 🦊"), (ANNA, BEN, EVE, "")
    span = {"24h": 3, "7d": 20, "30d": 80}[choice] * DAY
    commands: list[Ran] = [
        (rng.choice(people), rng.choice(servers), NOW - rng.random() * span, rng.choice((1, 1, 0))) for _ in range(300)
    ]
    made: list[Made] = [
        (rng.choice(people), rng.choice(servers), rng.choice(("5", None)), NOW - rng.random() * span)
        for _ in range(200)
    ]
    snapshot = look(store(tmp_path / "a.db", [*OLD, *commands], made), choice)
    start = snapshot.buckets.edges[0]
    runs = [(user, server or "", ok) for user, server, at, ok in commands if at >= start]
    images = [(user, server or ("" if channel else None)) for user, server, channel, at in made if at >= start]
    counts = Counter(server for _user, server, _ok in runs)
    named = {
        server or "direct messages": server for server in {*counts, *(each for _u, each in images if each is not None)}
    }
    unknown = sum(server is None for _user, server in images)
    found = bars(snapshot)
    assert found.keys() == {*named, "not recorded"} and found["not recorded"].opens is None
    for name, server in named.items():
        bar = found[name]
        assert bar.opens == Opens("commands", Filter.of(guild=server))
        assert (bar.value, bar.part) == (counts[server], sum(each == server and not ok for _u, each, ok in runs))
        assert column(snapshot, "share")[name] == pytest.approx(100 * counts[server] / len(runs))
        assert column(snapshot, "images")[name] == sum(each == server for _user, each in images)
        both = {user for user, each, _ok in runs if each == server} | {user for user, each in images if each == server}
        assert column(snapshot, "users")[name] == len(both - {""})
    assert column(snapshot, "images")["not recorded"] == unknown
    assert sum(sums(chart_of(snapshot, "over_time")).values()) == len(runs)
    assert sums(chart_of(snapshot, "images"))["not recorded"] == unknown
    assert sum(sums(chart_of(snapshot, "images")).values()) == len(images)
    assert sum(sums(chart_of(snapshot, "failures")).values()) == sum(not ok for _user, _server, ok in runs)
    largest = max(n for server, n in counts.items() if server)
    assert bars(snapshot, "concentration")["the largest"].numbers == (pytest.approx(100 * largest / len(runs)),)
    assert bars(snapshot, "concentration")["all servers"].value == len(runs) - counts[""]
    assert figures(snapshot)["Active servers"] == str(len(set(named.values()) - {""}))


def test_growth_compares_like_with_like(tmp_path: Path) -> None:
    commands = [
        *OLD, *ran(ANNA, FOX, NOW - 60, 6), *ran(ANNA, FOX, NOW - DAY - HOUR, 4),
        *ran(ANNA, OWL, NOW - 60, 3), *ran(ANNA, ELK, NOW - 60), *ran(ANNA, ELK, NOW - DAY - HOUR, 2),
    ]  # fmt: skip
    path = store(tmp_path / "a.db", commands)
    assert column(look(path), "growth") == {FOX: 50.0, OWL: None, ELK: -50.0}
    assert [bar.figures[2].replace("\N{NO-BREAK SPACE}", " ") for bar in bars(look(path)).values()] == [
        "+50 %",
        "—",
        "−50 %",
    ]
    young = store(tmp_path / "b.db", commands[1:])
    assert set(column(look(young, "7d"), "growth").values()) == {None}, "the week before was not recorded"
    assert set(column(look(path, "all"), "growth").values()) == {None}


def test_new_left_and_dormant(tmp_path: Path) -> None:
    moved: list[Moved] = [
        (FOX, "guild_join", NOW - 50 * DAY),
        (OWL, "guild_join", NOW - 2 * DAY),
        (ELK, "guild_join", NOW - 90 * DAY), (ELK, "guild_leave", NOW - DAY),
        ("77", "guild_join", NOW - 35 * DAY),  # never used
        ("88", "guild_leave", NOW - 20 * DAY), ("88", "guild_join", NOW - 10 * DAY),
    ]  # fmt: skip
    commands = [
        *OLD, *ran(ANNA, FOX, NOW - 45 * DAY), *ran(ANNA, OWL, NOW - DAY), *ran(ANNA, ELK, NOW - 2 * DAY),
        *ran(ANNA, BEE, NOW - 31 * DAY), *ran(ANNA, "88", NOW - 3 * DAY), *ran(ANNA, None, NOW - 3 * DAY),
    ]  # fmt: skip
    snapshot = look(store(tmp_path / "a.db", commands, (), moved), "90d")
    assert column(snapshot, "state") == {
        OWL: "new", FOX: "dormant", BEE: "dormant", ELK: "left", "88": "new", "direct messages": None
    }  # fmt: skip
    assert [(name, bar.value) for name, bar in bars(snapshot, "dormant").items()] == [(BEE, 31), ("77", 35), (FOX, 45)]
    assert bars(snapshot, "dormant")["77"].figures == ("never",)
    assert (figures(snapshot)["Left"], figures(snapshot)["Dormant"]) == ("2", "3")
    assert sums(chart_of(snapshot, "arrivals")) == {"new": 4, "left": 2}, "ELK and FOX came before"
    assert next(series.opens for series in chart_of(snapshot, "arrivals").series) is not None


def test_where_records_begin_within_the_range_no_server_is_new(tmp_path: Path) -> None:
    snapshot = look(store(tmp_path / "a.db", ran(ANNA, FOX, NOW - HOUR)))
    assert column(snapshot, "state") == {FOX: None}
    assert next(each.note for each in snapshot.content.figures if each.label == "Active servers") == ""


def test_a_bot_that_never_tells_of_its_servers_is_said_not_to(tmp_path: Path) -> None:
    path = store(tmp_path / "a.db", [*OLD, *ran(ANNA, FOX, NOW - HOUR)])
    snapshot = look(path)
    assert figures(snapshot)["Left"] == "—"
    assert "leaving is not recorded" in chart_of(snapshot, "arrivals").subtitle
    assert figures(look(path, chosen=Filter.of(guild=FOX)))["Joined and left"] == "not recorded"


def test_one_servers_own_view(tmp_path: Path) -> None:
    commands = [*ran(ANNA, FOX, NOW - 60 * DAY), *ran(ANNA, FOX, NOW - 60, 4, failed=1), *ran(BEN, FOX, NOW - 90, 2)]
    made: list[Made] = [(ANNA, FOX, "50", NOW - 30), (EVE, OWL, "60", NOW - 31), (EVE, None, None, NOW - 32)]
    moved: list[Moved] = [(FOX, "guild_join", NOW - 61 * DAY), (FOX, "guild_join", NOW - HOUR)]
    path = store(tmp_path / "a.db", [*commands, *ran(ANNA, OWL, NOW - 60, 9)], made, moved)
    snapshot = look(path, chosen=Filter.of(guild=FOX))
    assert snapshot.content.extra == FOX
    shown = figures(snapshot)
    assert (shown["Server"], shown["Commands"], shown["Failed"], shown["Images"], shown["Users"]) == (
        FOX,
        "6",
        "1",
        "1",
        "2",
    )
    assert (
        shown["First seen"] == "23 Jul" and shown["Joined"] == shown["Last seen"] == "21 Sep" and shown["Left"] == "—"
    )
    assert {name: bar.value for name, bar in bars(snapshot).items()} == {ANNA: 5, BEN: 2}
    assert {name: bar.value for name, bar in bars(snapshot, "concentration").items()} == {"comfy": 6}
    assert {name: bar.value for name, bar in bars(snapshot, "dormant").items()} == {"not recorded": 6, "50": 1}
    assert sums(chart_of(snapshot, "over_time")) == {"commands": 5, "images": 1, "failed": 1}
    assert sums(chart_of(snapshot, "images")) == {"standard": 1}
    assert sums(chart_of(snapshot, "arrivals")) == {"guild_join": 1}
    assert look(path, chosen=Filter.of(guild="…0001")).content.extra == FOX, "the end of one id"
    assert look(path, chosen=Filter.of(guild="…000")).content.extra is None, "several end so"


def test_direct_messages_are_one_row_with_a_view_of_its_own(tmp_path: Path) -> None:
    commands = [*OLD, *ran(ANNA, None, NOW - 60, 3), *ran(BEN, None, NOW - 90)]
    made: list[Made] = [(ANNA, None, "50", NOW - 30), (ANNA, None, None, NOW - 31)]
    path = store(tmp_path / "a.db", commands, made)
    snapshot = look(path)
    assert [(name, bar.value) for name, bar in bars(snapshot).items()] == [("direct messages", 4), ("not recorded", 0)]
    assert (figures(snapshot)["Active servers"], figures(snapshot)["Direct messages"]) == ("0", "100.0 %")
    assert [series.name for series in chart_of(snapshot, "over_time").series] == ["direct messages"]
    assert str(snapshot.content.charts["concentration"].empty).startswith("No server in 24")
    own = look(path, chosen=Filter.of(guild=""))
    assert (figures(own)["Server"], figures(own)["Commands"], figures(own)["Images"]) == ("direct messages", "4", "1")


def test_failures_have_their_servers_where_causes_are_recorded(tmp_path: Path) -> None:
    failures = [failure_files.failed(NOW - 60 - n, guild_id=FOX) for n in range(3)]
    failures += [failure_files.failed(NOW - 70, channel_id="50"), failure_files.failed(NOW - 71)]
    path = failure_files.store(tmp_path / "a.db", failures, [("comfy", ANNA, FOX, NOW - 50, 1)])
    chart = chart_of(look(path), "failures")
    assert chart.title == "Failures by server" and sums(chart) == {FOX: 3, "direct messages": 1, "not recorded": 1}
    assert [series.opens for series in chart.series][-1] is None
    assert sums(chart_of(look(path, chosen=Filter.of(guild=FOX)), "failures")) == {"errors": 3}


def test_a_deployed_file_says_what_it_lacks(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "deployed.db")
    deployed.fill(path, commands=40, images=20, start=NOW - 2 * HOUR, step=60.0)
    snapshot = look(path)
    images = chart_of(snapshot, "images")
    assert images.empty is not None and images.empty.startswith("These images are recorded without their server.")
    assert column(snapshot, "images") == {**dict.fromkeys(bars(snapshot), None), "not recorded": 20}
    assert figures(snapshot)["Left"] == "—"


def test_of_very_many_servers_those_are_listed_that_lead_in_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.presenters.server_facts.server_facts.__defaults__", (2,))
    commands = [each for n in range(9) for each in ran(ANNA, f"{n}", NOW - 600, 9 - n)]
    commands += [(f"user {n}", "8", NOW - 60, 0) for n in range(3)]
    made: list[Made] = [(ANNA, "7", "5", NOW - 30)]
    snapshot = look(store(tmp_path / "a.db", [*OLD, *commands], made))
    listed = snapshot.content.charts["servers"]
    assert isinstance(listed, BarChart)
    assert [bar.name for bar in listed.bars] == ["0", "1", "8", "7"]
    assert listed.subtitle == "the 4 leading of 9"


def test_what_comes_in_is_counted_without_reading_again(tmp_path: Path) -> None:
    path = store(tmp_path / "a.db", [*OLD, *ran(ANNA, FOX, NOW - HOUR, 2)])
    view = LiveView(path, ZONE, CHOICES["24h"], clock=lambda: NOW, presenter=SERVERS)
    settle(view)
    store(path, ran(BEN, OWL, NOW - 5, 3), [(EVE, FOX, "5", NOW - 4)], [(FOX, "guild_leave", NOW - 3)])
    snapshot = next_snapshot(view)
    view.close()
    assert {name: bar.value for name, bar in bars(snapshot).items()} == {OWL: 3, FOX: 2}
    assert column(snapshot, "users") == {OWL: 1, FOX: 2} and column(snapshot, "state") == {OWL: "new", FOX: "left"}


def test_nothing_is_told_of_the_past_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [*ran(ANNA, FOX, NOW - 100 * DAY, 900), *ran(ANNA, OWL, NOW - 60 * DAY, 900), *ran(ANNA, FOX, NOW, 30)]
    path = store(tmp_path / "a.db", commands)
    hold_after_each_chunk(monkeypatch)
    view = LiveView(path, ZONE, CHOICES["24h"], clock=lambda: NOW, presenter=SERVERS)
    seen = list(held(view))
    view.close()
    early = [each for each in seen if each.content.charts["servers"].coverage.whole and not each.complete]
    assert early, "the list is there before all of history is read"
    (bar,) = bars(early[0]).values()
    assert (bar.numbers[KEYS.index("first seen")], bar.tip) == (None, READING)
    assert early[0].content.charts["dormant"].coverage.pending
    assert isinstance(early[0].content.charts["arrivals"].coverage, Coverage)
    assert str(column(seen[-1], "first seen")[FOX]).startswith("2026-06-13")
    assert [name for name in bars(seen[-1], "dormant")] == [OWL]


@pytest.mark.parametrize(
    "presenter", [OVERVIEW, COMMANDS, IMAGES, USERS, FAILURES_PAGE, ACTIVITIES], ids=lambda each: each.key
)
@pytest.mark.parametrize("server", [OWL, ""], ids=["server", "direct messages"])
def test_every_page_can_be_filtered_to_a_server(tmp_path: Path, presenter: PagePresenter, server: str) -> None:
    commands = [*ran(ANNA, FOX, NOW - 60, 5), *ran(ANNA, OWL, NOW - 60, 2), *ran(ANNA, None, NOW - 60, 2)]
    made: list[Made] = [(ANNA, FOX, "5", NOW - 30), (ANNA, OWL, "6", NOW - 30), (ANNA, None, "7", NOW - 30)]
    path = store(tmp_path / "a.db", commands, [*made, (ANNA, None, None, NOW - 30)], [(OWL, "guild_join", NOW - 40)])
    places = [{"guild_id": FOX}, {"guild_id": OWL}, {"channel_id": "7"}, {}]
    failure_files.store(path, [failure_files.failed(NOW - 20, **each) for each in places])
    view = LiveView(path, ZONE, CHOICES["24h"], clock=lambda: NOW, presenter=presenter)
    view.filter_by(Filter.of(guild=server))
    snapshot = settle(view)
    view.close()
    assert snapshot is not None
    told = {**figures(snapshot), **{key: tile.value for key, tile in snapshot.content.tiles.items()}}
    expected = {
        "overview": {"commands": "2", "images": "1"},
        "commands": {"Commands": "2"},
        "images": {"Images": "1"},
        "users": {"Commands": "2", "Images": "1", "Active users": "1"},
        "failures": {"Errors": "1"},
        "activity": {"Events": "1" if server else "0"},
    }[presenter.key]
    assert {key: told[key] for key in expected} == expected


def test_an_empty_server_is_none_in_a_filter_too(tmp_path: Path) -> None:
    ran_there: list[Ran] = [(ANNA, place, NOW - HOUR, 1) for place in (FOX, "", "", None)]
    made: list[Made] = [(ANNA, place, "5", NOW - HOUR) for place in (FOX, "", None)]
    path = store(tmp_path / "a.db", [*OLD, *ran_there], [*made, (ANNA, "", "", NOW - HOUR)])
    direct = next(bar for bar in bars(look(path)).values() if bar.opens and bar.opens.chosen == Filter.of(guild=""))
    assert (direct.value, direct.numbers[KEYS.index("images")]) == (3, 2)
    alone = figures(look(path, chosen=Filter.of(guild="")))
    assert (alone["Commands"], alone["Images"]) == ("3", "2")
