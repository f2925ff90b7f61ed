"""The Health page's facts: the file, what is left out of its numbers, the bot, and what watching costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import BotpulseError
from core.feed.snapshot import Source
from core.models import is_required
from core.presenters.presenter import PageInput
from core.statistics.data_quality import ROWS, Measure, Quality, Reason
from core.statistics.lives import lives_of
from core.storage.database import KNOWN_MIGRATIONS
from core.storage.location import locate, size, wal_path
from core.text import formatting
from core.text.dates import clock, month_day
from core.text.formatting import counted, one_line
from core.text.translation import gettext as _
from core.time_ranges import local_time

_JOURNALS: Final = {"WAL": _("write-ahead log"), "rollback": _("rollback journal"), "server": _("the server's own")}
_MOST_STARTS: Final = 5
_LONGEST_REASON: Final = 200

MEASURES: Final = {
    Measure.EXECUTION: _("Execution time"),
    Measure.GENERATION: _("Generation time"),
    Measure.COMMAND_TIME: _("Time of commands"),
    Measure.IMAGE_TIME: _("Time of images"),
    Measure.ACTIVITY_TIME: _("Time of activities"),
}
"""What rows may lack, in words."""


@dataclass(frozen=True, slots=True)
class HealthFact:
    """One thing that is so.

    Attributes:
        label: what: "Journal".
        value: "write-ahead log".
        tip: what it means, or a longer form of the value.
        since: epoch seconds; the value is then how long ago that was, and grows by itself.
    """

    label: str
    value: str
    tip: str = ""
    since: float | None = None


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that belong together."""

    title: str
    facts: tuple[HealthFact, ...]


def facts(quality: Quality, page: PageInput) -> tuple[FactGroup, ...]:
    """All facts, in the order in which they are read."""
    made: list[tuple[str, Iterator[HealthFact]]] = []
    if page.source is not None:
        made += [(_("Database"), _database(quality, page.source)), (_("Structure"), _structure(quality, page.source))]
        made += [(_("Backups"), _backups(page.source)), (_("Retention by age"), _retention(page.source))]
        made.append((_("Reading"), _reading(page)))
    if quality.progress >= 1:
        made.append((_("Rows without a usable value"), _left_out(quality)))
    made.append((_("Bot"), _bot(quality, page)))
    groups = (FactGroup(title, tuple(group)) for title, group in made)
    return tuple(group for group in groups if group.facts)


_REASONS: Final = {
    Reason.MISSING: _("{count} missing"),
    Reason.ZERO: _("{count} zero"),
    Reason.NEGATIVE: _("{count} negative"),
    Reason.TOO_LONG: _("{count} longer than a day"),
    Reason.MILLISECONDS: _("{count} in milliseconds"),
    Reason.TOO_EARLY: _("{count} before 2015"),
    Reason.TOO_LATE: _("{count} after 2099"),
    Reason.NOT_A_NUMBER: _("{count} not a number"),
}


def reasons_in_words(quality: Quality, measure: Measure) -> str:
    """``1,203 missing, 4 zero, 1 in milliseconds``; empty where every row has a usable value."""
    found = quality.left_out[measure].most_common()
    return ", ".join(_REASONS[reason].format(count=formatting.count(rows)) for reason, rows in found)


def moment_in_words(moment: float, quality: Quality) -> str:
    """``24 Nov 2026 15:41``, in the host's zone."""
    local = local_time(moment, quality.zone)
    return f"{month_day(local)} {local.year} {clock(local)}"


def _database(quality: Quality, source: Source) -> Iterator[HealthFact]:
    yield HealthFact(_("Location"), source.location, source.location)
    path = locate(source.location).path
    if path is not None:
        yield HealthFact(_("File"), formatting.size(size(path)))
        log = size(wal_path(path))
        if log:
            yield HealthFact(
                _("Write-ahead log"), formatting.size(log), _("What was written last, until the file takes it in.")
            )
        free = free_bytes(path)
        if free is not None:
            yield HealthFact(_("Free on its disk"), formatting.size(free))
    for table, rows in source.rows.items():
        if quality.progress >= 1:
            yield HealthFact(_("Rows in {table}").format(table=table), formatting.count(quality.of(table)[ROWS]))
        else:
            yield HealthFact(
                _("Rows in {table}").format(table=table),
                _("about {rows}").format(rows=formatting.count(rows)),
                _("Estimated from the row numbers."),
            )


def _backups(source: Source) -> Iterator[HealthFact]:
    """Those in the usual folders; a server's are the server's own matter."""
    path = locate(source.location).path
    if path is None:
        return
    from core.maintenance.backups import backups  # only Health asks: what maintains a database comes with it
    from core.maintenance.scheduled import scheduled_backups

    try:
        found, scheduled = backups(path), scheduled_backups(path)
    except (BotpulseError, OSError) as fault:
        yield HealthFact(_("Last backup"), _("the folder can't be read"), one_line(str(fault), _LONGEST_REASON))
        return
    if found:
        yield HealthFact(_("Last backup"), "", str(found[0].path), found[0].made.timestamp())
        held = formatting.size(sum(each.byte_size for each in found))
        files = counted(len(found), "{count} file", "{count} files")
        kept = f"{files}, {held}"
        yield HealthFact(
            _("Kept"),
            kept,
            _("{scheduled} of them scheduled. All are in {folder}.").format(
                scheduled=formatting.count(len(scheduled)), folder=found[0].path.parent
            ),
        )
    else:
        yield HealthFact(
            _("Last backup"),
            _("none in the usual folders"),
            _("Data → Back up now… makes one; Preferences makes one each day."),
        )


def _retention(source: Source) -> Iterator[HealthFact]:
    """What went by its age at the last run, by schedule or command; nothing where there was none."""
    path = locate(source.location).path
    if path is None:
        return
    from core.maintenance.age_notes import read_note  # as above
    from core.text.age_words import TITLES, days_words, went_words

    note = read_note(path)
    kept = [_("{title} {age}").format(title=TITLES[what], age=days_words(days)) for what, days in note.agreed.items()]
    if kept:
        yield HealthFact(_("Kept for"), ", ".join(kept), _("What is older goes each day on which Botpulse runs."))
    if note.when is not None:
        yield HealthFact(_("Last run"), "", _("No backup is made of what goes by its age."), note.when.timestamp())
        yield HealthFact(_("Removed then"), note.fault or went_words(note.rows))


def free_bytes(path: Path) -> int | None:
    """How much room is left on a file's disk, in bytes; None where that can't be told."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free
    return None


def _structure(quality: Quality, source: Source) -> Iterator[HealthFact]:
    yield HealthFact(_("Journal"), _JOURNALS.get(source.journal_mode, source.journal_mode))
    known = len(KNOWN_MIGRATIONS)
    done = len(quality.migrations)
    schema = _("Botpulse's, version {done} of {known}").format(done=done, known=known) if done else _("the bot's own")
    yield HealthFact(
        _("Schema"), schema, ", ".join(quality.migrations) or _("Botpulse has not changed this file's layout.")
    )
    events = [table for table in ("command_usage", "image_stats", "user_activity") if table in quality.tables]
    lacking = [table for table in events if table not in quality.indexed]
    found = len(events) - len(lacking)
    some = _("on {count} of {total} tables") if found else _("on none of {total} tables")
    on = (some if lacking else _("on all {total} tables")).format(count=found, total=len(events))
    tip = _("missing: {names}").format(names=", ".join(lacking)) if lacking else on
    yield HealthFact(_("Indexes on the time"), on if events else _("no tables"), tip)
    columns = sorted(
        f"{table}.{column}"
        for table, column in quality.missing_columns
        if table in quality.tables and is_required(table, column)
    )
    words = _("{count} missing").format(count=len(columns)) if columns else _("complete")
    yield HealthFact(_("Columns"), words, _("missing: {names}").format(names=", ".join(columns)) if columns else words)
    if source.journal_mode != "server":
        yield HealthFact(
            _("Disk"),
            _("network share ({share})").format(share=quality.share)
            if quality.share
            else _("local, as far as Botpulse can tell"),
        )


def _reading(page: PageInput) -> Iterator[HealthFact]:
    before = page.coverage.whole and bool(page.aggregate.counted_before)
    yield HealthFact(
        _("Range"),
        _("counted before, but for the latest rows") if before else _("every row of it is read"),
        _(
            "What was counted before is kept in a cache, so that a long range opens at once. The rows themselves are "
            "read with a filter, in buckets below an hour, and in a small database."
        ),
    )


def _left_out(quality: Quality) -> Iterator[HealthFact]:
    for measure, label in MEASURES.items():
        rows = quality.of(measure.table)[ROWS]
        if rows:
            yield _unused(quality, measure, label, rows)


_DURATIONS: Final = (Measure.EXECUTION, Measure.GENERATION)


def _unused(quality: Quality, measure: Measure, label: str, rows: int) -> HealthFact:
    unused, why = quality.left_out[measure].total(), reasons_in_words(quality, measure)
    value = (
        _("{share} of {total} rows").format(share=share_in_words(unused, rows), total=formatting.count(rows))
        if unused
        else _("every row has one")
    )
    effect = _("averages and percentiles") if measure in _DURATIONS else _("every range and chart")
    return HealthFact(
        label,
        value,
        _("{measure}: {why}. These rows are left out of {effect}.").format(measure=measure, why=why, effect=effect)
        if unused
        else "",
    )


def share_in_words(part: int, whole: int) -> str:
    """``41.2 %``, ``less than 0.1 %``; ``0 %`` and ``100 %`` only where it is exactly that."""
    share = part / whole if whole else 0.0
    if share in (0.0, 1.0):
        return formatting.percent(share, 0)
    if share < 0.001:
        return _("less than {share}").format(share=formatting.percent(0.001))
    return (
        _("more than {share}").format(share=formatting.percent(0.999)) if share >= 0.9995 else formatting.percent(share)
    )


def _bot(quality: Quality, page: PageInput) -> Iterator[HealthFact]:
    if page.last_seen is None:
        yield HealthFact(_("Last seen"), _("never"))
    else:
        yield HealthFact(_("Last seen"), "", moment_in_words(page.last_seen, quality), page.last_seen)
    starts = [each for each in quality.starts if each.is_start]
    if quality.progress < 1:
        return
    yield HealthFact(
        _("Starts on record"), formatting.count(len(starts)) if starts else _("none"), _("Of all history.")
    )
    unclean = lives_of(quality.starts).unclean
    bots = {each.bot for each in starts}
    for number, start in enumerate(starts[: -_MOST_STARTS - 1 : -1]):
        whose = _(", bot {bot}").format(bot=start.bot) if len(bots) > 1 else ""
        ended = _(", no shutdown before") if start in unclean else ""
        title = _("Last start") if not number else _("Before that")
        yield HealthFact(title, f"{moment_in_words(start.at, quality)}{whose}{ended}")
