"""Scheduled backups: when one is due, which are kept, and that nothing else is ever removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.main import main
from core.errors import BotpulseError, NotADatabase
from core.maintenance import backups
from core.maintenance.faults import NoBackupFolder
from core.maintenance.scheduled import (
    Retention,
    Scheduled,
    back_up_scheduled,
    is_due,
    kept,
    scheduled_backups,
    scheduled_name,
)
from core.tasks import finish
from tests.core.stored import content

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
_TWO = Retention(2, 0, 0)
_NO_MORE = ("--keep-weekly", "0", "--keep-monthly", "0")


def _stored(*moments: datetime) -> list[Scheduled]:
    return [Scheduled(Path(f"{moment:%Y-%m-%d %H:%M}"), moment) for moment in moments]


def _days(path: Path, *days: int) -> None:
    """Scheduled backups of so many days before, each a whole copy."""
    folder = path.parent / backups.FOLDER
    folder.mkdir(exist_ok=True)
    for day in days:
        shutil.copy(path, folder / scheduled_name(path, NOON - timedelta(days=day)))


def _at(moment: datetime) -> Iterator[datetime]:
    while True:
        yield moment


def _made(path: Path, retention: Retention = _TWO) -> object:
    clock = _at(NOON)
    return finish(back_up_scheduled(path, retention=retention, clock=lambda: next(clock)))


def test_it_is_verified_named_in_utc_and_listed_among_the_backups(seed: Path) -> None:
    done = finish(back_up_scheduled(seed, clock=lambda: NOON.astimezone(BERLIN)))
    assert done.backup.path.name == "analytics-2026-11-30T12-00-00Z-scheduled.db"
    assert content(done.backup.path) == content(seed)
    assert [each.path for each in backups.backups(seed)] == [done.backup.path]
    assert scheduled_backups(seed) == (Scheduled(done.backup.path, NOON),)


def test_what_is_not_to_be_kept_goes_and_nothing_else(seed: Path) -> None:
    by_hand = finish(backups.back_up(seed)).path
    _days(seed, 1, 2, 3)
    folder = by_hand.parent
    others = [
        folder / "analytics-2026-11-20T12-00-00Z-scheduled.sqlite.db",  # of analytics.sqlite
        folder / "analytics-old-2026-11-20T12-00-00Z-scheduled.db",  # of analytics-old.db
        folder / "analytics-2026-13-40T12-00-00Z-scheduled.db",
        folder / "analytics-2026-11-20T12-00-00Z-scheduled.db.txt",
    ]
    for other in others:
        other.write_bytes(b"")
    _made(seed)
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        [
            by_hand.name,
            *(other.name for other in others),
            scheduled_name(seed, NOON),
            scheduled_name(seed, NOON - timedelta(days=1)),
        ]
    )


def test_databases_of_one_name_may_share_a_folder_that_was_chosen(seed: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    namesake = Path(shutil.copy(seed, tmp_path / "other"))
    place = tmp_path / "disk"
    for path in (seed, namesake):
        made = finish(back_up_scheduled(path, place, Retention(1, 0, 0), clock=lambda: NOON))
        assert [each.path for each in scheduled_backups(path, place)] == [made.backup.path]
    assert len(list(place.iterdir())) == 2


def test_a_database_without_an_ending_does_not_remove_those_of_its_namesake(seed: Path) -> None:
    plain = Path(shutil.copy(seed, seed.with_suffix("")))
    made = [finish(back_up_scheduled(path, None, Retention(1, 0, 0), clock=lambda: NOON)) for path in (seed, plain)]
    assert all(each.backup.path.exists() for each in made)
    assert len(scheduled_backups(seed)) == len(scheduled_backups(plain)) == 1


def test_the_usual_folder_is_the_same_when_it_is_named(seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _days(seed, 1)
    monkeypatch.chdir(seed.parent)
    done = finish(back_up_scheduled(seed, Path(backups.FOLDER), Retention(1, 0, 0), clock=lambda: NOON))
    assert len(done.removed) == 1
    assert [each.path.name for each in scheduled_backups(seed)] == [scheduled_name(seed, NOON)]


def test_a_name_from_before_all_clocks_is_none_of_ours(seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maintenance.scheduled.host_zone", lambda: ZoneInfo("America/New_York"))
    folder = seed.parent / backups.FOLDER
    folder.mkdir()
    (stranger := folder / "analytics-0001-01-01T00-00-00Z-scheduled.db").write_bytes(b"")
    _made(seed, Retention(1, 0, 0))
    assert stranger.exists()
    assert len(scheduled_backups(seed)) == 1


def test_any_number_may_be_kept(seed: Path) -> None:
    _days(seed, 1, 2)
    _made(seed, Retention(10**30, 0, 0))
    assert len(scheduled_backups(seed)) == 3


def test_nothing_is_removed_where_the_backup_fails(seed: Path) -> None:
    _days(seed, 1, 2, 3)
    before = scheduled_backups(seed)
    seed.write_bytes(b"no database at all, but long enough to be read as one" * 40)
    with pytest.raises(NotADatabase):
        _made(seed)
    assert scheduled_backups(seed) == before


def test_one_that_bears_the_future_is_kept_and_keeps_none_from_being_due(seed: Path) -> None:
    _days(seed, -400, 1, 2)
    _made(seed, Retention(1, 0, 0))
    names = {each.path.name for each in scheduled_backups(seed)}
    assert names == {scheduled_name(seed, NOON), scheduled_name(seed, NOON + timedelta(days=400))}
    assert is_due(_stored(NOON + timedelta(days=400)), NOON, UTC)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        ("2026-11-29T08:00", "2026-11-30T04:00", True),  # of yesterday
        ("2026-11-29T23:30", "2026-11-30T12:00", False),  # half past midnight in Berlin: of today
        ("2026-11-29T22:30", "2026-11-30T12:00", True),  # half past eleven in Berlin: of yesterday
        ("2026-11-29T22:30", "2026-11-30T03:30", False),  # so, too, but less than six hours ago
        ("2026-12-24T00:00", "2026-11-30T12:00", True),  # made under a wrong clock
    ],
)
def test_one_is_due_on_each_day_of_the_zone(last: str, now: str, due: bool) -> None:
    before, moment = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (last, now))
    assert is_due(_stored(before), moment, BERLIN) is due


def test_the_first_is_due_at_once() -> None:
    assert is_due([], NOON, BERLIN)


@given(
    st.lists(st.integers(0, 24 * 800), unique=True, min_size=1),
    st.integers(0, 9),
    st.integers(0, 6),
    st.integers(0, 14),
)
def test_kept_are_the_newest_of_each_day_week_and_month(
    hours: list[int], daily: int, weekly: int, monthly: int
) -> None:
    if not daily + weekly + monthly:
        daily = 1
    found = _stored(*(NOON - timedelta(hours=each) for each in hours))
    stay = kept(found, Retention(daily, weekly, monthly), NOON, BERLIN)
    assert min(found, key=lambda each: NOON - each.made).path in stay
    local = sorted((each.made.astimezone(BERLIN), each.path) for each in found)
    by_day = {moment.date(): path for moment, path in local}
    by_week = {moment.strftime("%G-%V"): path for moment, path in local}
    by_month = {moment.strftime("%Y-%m"): path for moment, path in local}
    expected: set[Path] = set()
    for periods, most in ((by_day, daily), (by_week, weekly), (by_month, monthly)):
        expected |= {periods[key] for key in sorted(periods, reverse=True)[:most]}  # type: ignore[type-var]
    assert stay == expected


def test_daily_for_two_years_leaves_seven_days_four_weeks_and_twelve_months() -> None:
    found: list[Scheduled] = []
    for day in range(730, -1, -1):
        now = NOON - timedelta(days=day)
        found = [*found, *_stored(now)]
        stay = kept(found, Retention(), now, UTC)
        found = [each for each in found if each.path in stay]
    months = {each.made.strftime("%Y-%m") for each in found}
    assert len(months) == 12
    assert [each.made for each in found][-7:] == [NOON - timedelta(days=day) for day in range(6, -1, -1)]
    assert len(found) <= 7 + 4 + 12


@pytest.mark.parametrize("numbers", [(0, 0, 0), (-1, 4, 12)])
def test_a_retention_that_keeps_nothing_is_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Retention(*numbers)


def test_a_file_in_the_folders_place_is_told(seed: Path, tmp_path: Path) -> None:
    (place := tmp_path / "here").write_bytes(b"mine")
    with pytest.raises(NoBackupFolder):
        finish(back_up_scheduled(seed, place))
    assert place.read_bytes() == b"mine"


def test_the_command_line_keeps_what_it_is_told(seed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _days(seed, *range(1, 10))
    assert main(["backup", str(seed), "--scheduled", "--keep-daily", "3", *_NO_MORE]) == 0
    said = capsys.readouterr().out
    assert "verified" in said
    assert len(scheduled_backups(seed)) == 3
    assert "7 older scheduled backups removed" in said


@pytest.mark.parametrize(
    "arguments",
    [["--keep-daily", "3"], ["--scheduled", "--keep-daily", "0", *_NO_MORE]],
)
def test_the_command_line_refuses_what_means_nothing(
    seed: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["backup", str(seed), *arguments]) == 2
    assert capsys.readouterr().err
    assert scheduled_backups(seed) == ()


def test_backups_that_another_program_holds_are_told(
    seed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _days(seed, 1)
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if "scheduled" in self.name and not self.name.startswith("."):
            raise PermissionError(13, "in use")
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    assert main(["backup", str(seed), "--scheduled", "--keep-daily", "1", *_NO_MORE]) == 0
    assert "Could not be removed" in capsys.readouterr().out


def test_a_server_has_none() -> None:
    with pytest.raises(BotpulseError):
        scheduled_backups("postgresql://localhost/x")
