"""Everything that looks at a file, tried on one; what comes of it must be an answer or a fault in words."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import BotpulseError, UnexpectedFault
from core.export.formats import Format
from core.export.rows import export_rows
from core.filters import Field, Filter, Term
from core.live_view import LiveView
from core.maintenance import backups, checking, optimising, survey
from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.health import HEALTH
from core.presenters.images import IMAGES
from core.presenters.overview import OVERVIEW
from core.presenters.users import USERS
from core.storage.database import faults
from core.storage.location import locate
from core.storage.reader import Reader, reading
from core.storage.values import LONGEST_TEXT
from core.tables.definitions import TABLES, Column, Order, TableQuery, TableRecord
from core.tables.paging.pager import Pager
from core.tasks import finish
from core.time_ranges import CHOICES, TimeRange
from tests.torture.files.schemas import NOW

ZONE = ZoneInfo("Europe/Berlin")
PRESENTERS = (OVERVIEW, COMMANDS, IMAGES, USERS, ACTIVITIES, CALENDAR, HEALTH)
SPAN = TimeRange(NOW - 30 * 86_400, NOW)
_MOST_STEPS = 2_000
_FOUND_AGAIN = frozenset(
    {Field.COMMAND, Field.USER, Field.GUILD, Field.CHANNEL, Field.ACTION, Field.RESOLUTION, Field.ID}
)


@dataclass
class Outcome:
    """What came of a case: how each look ended, and what must not be."""

    ended: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)


def look_at(path: Path, aside: Path, *, is_whole: bool) -> Outcome:
    """Look at a file in every way; what is made of it goes to ``aside``."""
    outcome = Outcome()
    looks: dict[str, Callable[[], object]] = {
        "snapshot": lambda: _snapshots(path),
        "tables": lambda: _tables(path, outcome.not_found if is_whole else None),
        "survey": lambda: finish(survey.survey(path)),
        "plan": lambda: finish(optimising.plan_optimisation(path)),
        "check": lambda: finish(checking.check(path)),
        "backup": lambda: finish(backups.back_up(path, aside / "backup.db")),
        **{f"export {kind}": lambda kind=kind: _export(path, kind) for kind in Format},  # type: ignore[misc]
    }
    for name, look in looks.items():
        try:
            look()
            outcome.ended[name] = "answered"
        except UnexpectedFault as bug:
            outcome.ended[name] = "unexpected"
            outcome.unexpected.append(f"{name}: {bug.detail}")
        except BotpulseError as fault:
            outcome.ended[name] = type(fault).__name__
        except Exception as bug:
            outcome.ended[name] = "unexpected"
            place = traceback.extract_tb(bug.__traceback__)[-1]
            ours = [each for each in traceback.extract_tb(bug.__traceback__) if "/core/" in each.filename][-1:]
            where = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in (place, *ours))
            outcome.unexpected.append(f"{name}: {type(bug).__name__} in {where}: {str(bug)[:200]}")
    return outcome


def _snapshots(path: Path) -> None:
    view = LiveView(path, ZONE, CHOICES["all"], clock=lambda: NOW)
    try:
        for presenter in PRESENTERS:
            view.show(presenter)
            _settle(view)
        view.choose(CHOICES["24h"])
        _settle(view)
    finally:
        view.close()


def _settle(view: LiveView) -> None:
    for _ in range(_MOST_STEPS):
        snapshot = view.advance()
        if view.fault is not None:
            raise view.fault
        if snapshot is None and not view.loading:
            return
    raise AssertionError("it never comes to rest")


def _tables(path: Path, not_found: list[str] | None) -> None:
    with reading(path) as reader:
        for table in TABLES.values():
            for column in table.columns:
                records = _paged(reader, TableQuery(table.key, order=Order(column.key, False)))
                records = _paged(reader, TableQuery(table.key, order=Order(column.key, True)))
                if not_found is not None and column.filter_by in _FOUND_AGAIN:
                    not_found += _lost(reader, table.key, table.columns.index(column), column, records)
            for query in (TableQuery(table.key), TableQuery(table.key, SPAN, (Filter.of(text="a"),), zone=ZONE)):
                _paged(reader, query)
                _asked(Pager(reader, query))


def _paged(reader: Reader, query: TableQuery) -> list[TableRecord]:
    """Every row of a query, page by page."""
    pager = Pager(reader, query)
    finish(pager.prepare())
    found: list[TableRecord] = []
    start = None
    for _ in range(_MOST_STEPS):
        page = None
        for page in pager.pages(start, count=60):
            found += [record for _, record in page.rows]
        assert page is not None
        if page.ended:
            break
        start = page.reached
    return found


def _asked(pager: Pager) -> None:
    """Whatever else a table asks a pager."""
    pager.extent()
    for share in (0.0, 0.5, 1.0):
        list(pager.pages(pager.key_at(share), older=False, count=3))
        pager.share_of(pager.key_at(share))
        pager.moment_at(share)
    pager.key_at_time(NOW)
    pager.news(0)
    pager.newer_than(0)


def _lost(reader: Reader, table: str, place: int, column: Column, records: list[TableRecord]) -> Iterator[str]:
    """Values that a table shows and a filter by them does not find."""
    shown = {record.values[place] for record in records}
    is_wide = reader.database.execute_sql("PRAGMA encoding").fetchall() != [("UTF-8",)]
    for value in sorted((each for each in shown if each is not None), key=str)[:2]:
        about = column.filter_by
        assert about is not None
        if value == "" or len(str(value)) >= LONGEST_TEXT or (is_wide and not str(value).isprintable()):
            continue  # no server stands for direct messages; a longer text is shown cut; bytes may be no UTF-16
        query = TableQuery(table, filters=(Filter((Term(about, value),)),))
        again = [record for page in Pager(reader, query).pages(None, count=1_000) for _, record in page.rows]
        expected = sum(record.values[place] == value for record in records)
        if sum(record.values[place] == value for record in again) != expected:
            yield f"{table}, {about}:{value!r:.60}: {len(again)} of {expected}"


def _export(path: Path, kind: Format) -> None:
    for table in TABLES:
        with faults(path):
            finish(export_rows(locate(path), TableQuery(table, zone=ZONE), io.BytesIO(), kind, zone=ZONE))
