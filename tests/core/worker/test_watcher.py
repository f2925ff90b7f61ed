"""What is wanted is one value: how a live view follows it, and when it tells something."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from core.errors import DatabaseLocked, TookTooLong, UnexpectedFault, WorkerGone
from core.presenters.by_key import presenter_named
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.time_ranges import CHOICES, TimeRange
from core.worker.live import watcher as watchers
from core.worker.live.messages import Hidden, Shown, Told, Watched, packed, unpacked
from core.worker.live.watcher import RESTS_AFTER, FileStamp, Watcher
from tests.core import deployed
from tests.core.stored import change
from tests.platforms import ON_WINDOWS, once_free

BERLIN = ZoneInfo("Europe/Berlin")

seen_from_outside = pytest.mark.skipif(
    not (ON_WINDOWS or Path("/proc/self/fd").is_dir()), reason="which files are open is not seen here"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = deployed.create(tmp_path / "analytics.db")
    deployed.fill(made, commands=50, images=20)
    return made


@pytest.fixture
def told() -> list[Shown | Hidden]:
    return []


@pytest.fixture
def wanted(path: Path) -> Watched:
    return Watched(ViewRequest(BERLIN), Location(path=path), opened=1)


def turn_until(watcher: Watcher, holds: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        watcher.turn()


def commands(told: list[Shown | Hidden]) -> int:
    newest = told[-1]
    assert isinstance(newest, Shown)
    return int(newest.snapshot.content.extra.totals.commands)


def test_a_snapshot_waits_until_the_last_one_is_drawn_and_is_the_newest_then(
    path: Path, told: list[Shown | Hidden], wanted: Watched
) -> None:
    watcher = Watcher(told.append, overlaps=True)
    watcher.take(wanted)
    turn_until(watcher, lambda: told)
    bot = deployed.Bot(path)
    for _ in range(3):
        bot.track_command()
        turn_until(watcher, lambda: watcher._ready is not None and watcher._ready.last_ids["command_usage"] > 50)
    assert [each.number for each in told if isinstance(each, Shown)] == [1]
    turn_until(watcher, lambda: watcher._ready is not None and watcher._ready.last_ids["command_usage"] == 53)
    watcher.take(replace(wanted, drawn=1))
    assert watcher.pause == 0
    watcher.turn()
    assert len(told) == 2
    assert commands(told) == 53
    watcher.close()


def test_without_overlap_nothing_is_looked_at_while_it_is_drawn(
    path: Path, told: list[Shown | Hidden], wanted: Watched
) -> None:
    watcher = Watcher(told.append, overlaps=False)
    watcher.take(wanted)
    turn_until(watcher, lambda: told)
    assert watcher.pause is None
    watcher.take(replace(wanted, drawn=1))
    assert watcher.pause is not None
    watcher.close()


def test_what_was_read_before_anything_was_to_be_shown_is_shown_at_once(
    told: list[Shown | Hidden], wanted: Watched
) -> None:
    watcher = Watcher(told.append, overlaps=True)
    watcher.take(replace(wanted, drawn=None, request=replace(wanted.request, wanted=frozenset())))
    turn_until(watcher, lambda: watcher._view is not None and watcher._view.has_data and not watcher._view.loading)
    assert told == []
    watcher.take(wanted)
    watcher.turn()
    assert commands(told) == 50
    (shown,) = told
    assert isinstance(shown, Shown)
    assert shown.snapshot.content.charts
    watcher.close()


def test_one_that_takes_over_counts_on_and_begins_with_all_that_is_wanted(
    told: list[Shown | Hidden], wanted: Watched
) -> None:
    view = TimeRange(time.time() - 600, time.time())
    watcher = Watcher(told.append, overlaps=True)
    watcher.take(replace(wanted, drawn=57, request=replace(wanted.request, view=view, choice=CHOICES["7d"])))
    turn_until(watcher, lambda: told)
    (shown,) = told
    assert isinstance(shown, Shown)
    assert (shown.number, shown.snapshot.choice) == (58, "7d")
    watcher.close()


def test_a_fault_is_told_once_and_again_when_something_else_is_wanted(
    tmp_path: Path, told: list[Shown | Hidden], wanted: Watched
) -> None:
    missing = replace(wanted, location=Location(path=tmp_path / "nowhere.db"))
    watcher = Watcher(told.append, overlaps=True)
    watcher.take(missing)
    for _ in range(5):
        watcher.turn()
    assert len(told) == 1
    watcher.take(replace(missing, reloads=1))
    watcher.turn()
    assert [type(each) for each in told] == [Hidden, Hidden]
    watcher.close()


def test_a_file_is_looked_at_when_it_was_written_to_and_now_and_then(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(watchers, "monotonic", lambda: now[0])
    stamp = FileStamp(Location(path=path))
    assert stamp.needs_look()
    now[0] += 0.31
    assert stamp.needs_look(), "it was not looked at for a while"
    now[0] += 0.04
    assert not stamp.needs_look()
    os.utime(path)
    assert stamp.needs_look()
    now[0] += 0.04
    assert stamp.needs_look(), "what was written may be due to be shown only now"


def test_a_servers_database_is_always_looked_at() -> None:
    stamp = FileStamp(Location(url="postgresql://bot@host/bot"))
    assert [stamp.needs_look() for _ in range(3)] == [True] * 3


@pytest.mark.parametrize(
    "key", ["overview", "commands", "images", "users", "servers", "failures", "activity", "calendar", "health"]
)
def test_what_is_wanted_crosses_whole(wanted: Watched, key: str) -> None:
    request = replace(wanted.request, presenter=presenter_named(key), wanted=frozenset({"a"}))
    crossed, level = unpacked(packed(Told(replace(wanted, request=request)), (), 10))
    assert (crossed.watched, level) == (replace(wanted, request=request), 10)
    assert crossed.watched is not None
    assert crossed.watched.request.presenter is presenter_named(key)


def test_a_presenter_that_only_one_process_knows_does_not_cross() -> None:
    with pytest.raises(pickle.PicklingError, match="'mine' is known to this process only"):
        pickle.dumps(PagePresenter("mine", str))


@pytest.mark.parametrize(
    "fault",
    [DatabaseLocked("a.db", "busy"), UnexpectedFault("a.db"), WorkerGone("call", "killed"), TookTooLong("x")],
    ids=lambda fault: type(fault).__name__,
)
def test_faults_cross_whole(fault: DatabaseLocked) -> None:
    crossed = pickle.loads(pickle.dumps(fault))
    assert type(crossed) is type(fault)
    assert (crossed.args, vars(crossed)) == (fault.args, vars(fault))


def holds(path: Path) -> bool:
    """Whether this process has a file open, as others come to know it."""
    if ON_WINDOWS:
        aside = path.with_name("aside")
        return not once_free(lambda: path.rename(aside).rename(path))()
    return any(os.path.realpath(each) == str(path) for each in Path("/proc/self/fd").iterdir())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(watchers, "monotonic", lambda: now[0])
    return now


EVERYTHING: Final = 10**6
"""Every snapshot is drawn at once."""


def begin(watcher: Watcher, told: list[Shown | Hidden], wanted: Watched) -> None:
    watcher.take(wanted)
    watcher.take(replace(wanted, drawn=EVERYTHING))
    turn_until(watcher, lambda: told and watcher._view is not None and not watcher._view.loading)


def turn_on(watcher: Watcher, clock: list[float], seconds: float, step: float = 0.04) -> None:
    for _ in range(round(seconds / step)):
        clock[0] += step
        watcher.turn()


@seen_from_outside
@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_file_that_nobody_writes_to_is_let_go_of_and_nothing_is_missed(
    path: Path, told: list[Shown | Hidden], wanted: Watched, clock: list[float], journal: str
) -> None:
    change(path, f"PRAGMA journal_mode = {journal}")
    watcher = Watcher(told.append, overlaps=True, lets_go=True)
    begin(watcher, told, wanted)
    turn_on(watcher, clock, 1.0)
    assert holds(path)
    turn_on(watcher, clock, RESTS_AFTER + 0.5)
    shown = len(told)
    for _ in range(200):
        turn_on(watcher, clock, 0.04)
        assert not holds(path)
    assert len(told) == shown, "that it was opened and closed is no news"
    deployed.Bot(path).track_command()
    turn_on(watcher, clock, 0.04)
    turn_until(watcher, lambda: commands(told) == 51)
    turn_on(watcher, clock, RESTS_AFTER + 0.5)
    assert not holds(path)
    watcher.take(replace(wanted, drawn=EVERYTHING, request=replace(wanted.request, choice=CHOICES["7d"])))
    turn_until(watcher, lambda: isinstance(told[-1], Shown) and told[-1].snapshot.choice == "7d")
    watcher.close()


@seen_from_outside
def test_at_rest_another_page_and_a_closer_look_are_shown_as_ever(
    path: Path, told: list[Shown | Hidden], wanted: Watched, clock: list[float]
) -> None:
    watcher = Watcher(told.append, overlaps=True, lets_go=True)
    begin(watcher, told, wanted)
    turn_on(watcher, clock, RESTS_AFTER + 0.5)
    assert not holds(path)
    for key in ("health", "images", "overview"):
        request = replace(
            wanted.request, presenter=presenter_named(key), view=TimeRange(time.time() - 600, time.time())
        )
        watcher.take(replace(wanted, drawn=EVERYTHING, request=request))
        turn_until(
            watcher,
            lambda key=key: (
                isinstance(told[-1], Shown) and told[-1].snapshot.page == key and told[-1].snapshot.complete
            ),
        )
        turn_on(watcher, clock, RESTS_AFTER + 0.5)
        assert not holds(path)
    watcher.close()


@seen_from_outside
def test_a_file_that_takes_the_place_of_one_that_was_let_go_of_is_told_as_that(
    path: Path, told: list[Shown | Hidden], wanted: Watched, clock: list[float]
) -> None:
    other = deployed.create(path.with_name("other.db"))
    deployed.fill(other, commands=7)
    watcher = Watcher(told.append, overlaps=True, lets_go=True)
    begin(watcher, told, wanted)
    turn_on(watcher, clock, RESTS_AFTER + 0.5)
    other.replace(path)
    watcher.take(
        replace(wanted, drawn=EVERYTHING, request=replace(wanted.request, presenter=presenter_named("health")))
    )
    turn_until(watcher, lambda: isinstance(told[-1], Shown) and told[-1].snapshot.last_ids["command_usage"] == 7)
    turn_on(watcher, clock, RESTS_AFTER + 0.5)
    path.unlink()
    turn_on(watcher, clock, 2.0)
    newest = told[-1]
    assert isinstance(newest, Shown) and newest.snapshot.fault is not None
    watcher.close()


@seen_from_outside
def test_a_pause_lets_go_of_the_file_at_once(
    path: Path, told: list[Shown | Hidden], wanted: Watched, clock: list[float]
) -> None:
    watcher = Watcher(told.append, overlaps=True, lets_go=True)
    begin(watcher, told, wanted)
    watcher.take(replace(wanted, drawn=EVERYTHING, paused=True))
    while watcher.pause is not None:
        turn_on(watcher, clock, 0.04)
    assert not holds(path)
    deployed.Bot(path).track_command()
    watcher.take(replace(wanted, drawn=EVERYTHING))
    turn_until(watcher, lambda: commands(told) == 51)
    watcher.close()
