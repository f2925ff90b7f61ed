"""When servers were seen, joined and left: what a scan finds equals a plain look at every row, by cells too."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import CommandUsage, EventModel, ImageStats, UserActivity
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.server_history import DORMANT_AFTER, ServerHistory
from core.storage.database import faults
from core.storage.location import locate
from core.storage.reader import reading
from core.storage.seeks import IdSpan, last_id
from core.time_ranges import local_time
from tests.core.rows import quick
from tests.core.server_files import DAY, ELK, FOX, HOUR, NOW, OWL, Made, Moved, Ran, ran, store

BERLIN = ZoneInfo("Europe/Berlin")
MODELS: tuple[type[EventModel], ...] = (CommandUsage, ImageStats, UserActivity)

_TIMES = st.floats(NOW - 300 * DAY, NOW)
_SERVERS = st.sampled_from((FOX, OWL, ELK, "absurd 🦊", "", None))
_RAN = st.lists(st.tuples(st.just("1"), _SERVERS, _TIMES, st.just(1)), max_size=12)
_MADE = st.lists(st.tuples(st.just("1"), _SERVERS, st.sampled_from(("5", None)), _TIMES), max_size=12)
_MOVED = st.lists(st.tuples(_SERVERS, st.sampled_from(("guild_join", "guild_leave", "bot_start")), _TIMES), max_size=8)


def scanned(path: Path, upto: Mapping[type[EventModel], int] | None = None) -> ServerHistory:
    """What is found of the rows up to some ids, and then of those behind."""
    history = ServerHistory(BERLIN)
    with reading(path, own=True) as reader, faults(reader.location):
        last = {model: last_id(reader, model) for model in MODELS}
        known = last if upto is None else {model: min(upto[model], last[model]) for model in MODELS}
        for _ in history.load(reader, known):
            pass
        history.add(reader, {model: IdSpan(known[model], last[model]) for model in MODELS})
    return history


def check(history: ServerHistory, commands: list[Ran], made: list[Made], moved: list[Moved]) -> None:
    seen = [(server, at) for _user, server, at, _success in commands]
    seen += [(server, at) for _user, server, _channel, at in made]
    servers = {server for server, _at in seen if server}
    assert history.first == {each: min(at for server, at in seen if server == each) for each in servers}
    assert history.last == {each: max(at for server, at in seen if server == each) for each in servers}
    for action, found in (("guild_join", history.joined), ("guild_leave", history.left)):
        moments = [(server, at) for server, what, at in moved if what == action and server]
        assert found == {each: max(at for server, at in moments if server == each) for each, _at in moments}
    assert sorted(history.leavings) == sorted(at for server, what, at in moved if what == "guild_leave" and server)


@pytest.mark.slow
@quick(25)
@given(_RAN, _MADE, _MOVED, st.integers(0, 12))
def test_it_is_what_every_row_says(commands: list[Ran], made: list[Made], moved: list[Moved], bound: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = store(Path(folder) / "a.db", commands, made, moved)
        for history in (scanned(path), scanned(path, dict.fromkeys(MODELS, bound))):
            check(history, commands, made, moved)
            edges = (NOW - 300 * DAY, NOW - 40 * DAY, NOW - 3 * HOUR, NOW + 1)
            began = dict(history.first)
            for server, what, at in moved:
                if server and what == "guild_join":
                    began[server] = min(began.get(server, at), at)
            came = [sum(low <= at < high for at in began.values()) for low, high in pairwise(edges)]
            assert list(history.arrivals(edges)) == came
            assert history.came_since(edges[1]) == {server for server, at in began.items() if at >= edges[1]}
            assert sum(history.departures(edges)) == len(history.leavings)
            still = {each for each in {**history.last, **history.joined} if _is_silent(history, each)}
            assert {silence.server for silence in history.dormant(NOW)} == still


def _is_silent(history: ServerHistory, server: str) -> bool:
    used = [each[server] for each in (history.last, history.joined) if server in each]
    left = history.left.get(server)
    return max(used) <= NOW - DORMANT_AFTER and (left is None or max(used) > left)


def test_cells_tell_the_same_days_and_rows_the_rest(tmp_path: Path) -> None:
    commands = ran("1", FOX, NOW - 290.3 * DAY, 40) + ran("1", OWL, NOW - 90.2 * DAY, 40) + ran("1", FOX, NOW, 40)
    made: list[Made] = [("1", ELK, None, NOW - 5.1 * DAY), ("1", None, None, NOW - 6 * DAY)]
    moved: list[Moved] = [(ELK, "guild_join", NOW - 7 * DAY)]
    path = store(tmp_path / "a.db", commands, made, moved)
    bring_up_to_date(locate(path), BERLIN, compare=False, own=True, now=NOW)
    store(path, ran("1", ELK, NOW + 5, 3))
    history = scanned(path)
    seen = [(server, at) for _user, server, at, _success in commands] + [(ELK, made[0][3]), (ELK, NOW + 5)]

    def days(found: Mapping[str, float]) -> dict[str, object]:
        return {server: local_time(at, BERLIN).date() for server, at in found.items()}

    assert days(history.first) == days({each: min(at for one, at in seen if one == each) for each, _at in seen})
    assert days(history.last) == days({each: max(at for one, at in seen if one == each) for each, _at in seen})
    assert history.first[OWL] % HOUR == 0 and history.last[ELK] == NOW + 5, "an hour's cell; a row behind the cells"
    assert history.joined == {ELK: NOW - 7 * DAY}


def test_a_server_that_is_used_again_is_not_dormant_any_more(tmp_path: Path) -> None:
    path = store(tmp_path / "a.db", ran("1", FOX, NOW - 40 * DAY) + ran("1", OWL, NOW - 31 * DAY))
    history = ServerHistory(BERLIN)
    with reading(path, own=True) as reader, faults(reader.location):
        for _ in history.load(reader, {CommandUsage: 2}):
            pass
        assert [(each.server, each.used) for each in history.dormant(NOW)] == [(OWL, True), (FOX, True)]
        store(path, ran("1", OWL, NOW))
        history.add(reader, {CommandUsage: IdSpan(2, 3)})
    assert [each.server for each in history.dormant(NOW)] == [FOX]
