"""Numbers that were broken down, as ``botpulse-db stats`` prints them: a table, CSV or JSON."""

from __future__ import annotations

import io
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from core.answers.breakdown import Breakdown, BucketState, Question, StatsColumn, StatsGroup, Value
from core.answers.dimensions import Dimension
from core.export.formats import Format, sheet_on
from core.export.sheet import Heading, write_rows
from core.presenters.chart_parts import FAILURES_UNRECORDED
from core.text import formatting
from core.text.columns import aligned
from core.text.dates import WEEKDAYS, dated_moment, happens_twice, range_words
from core.text.masking import masked_id
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.time_ranges import local_time

_THINGS: Final = {
    "commands": _("commands"),
    "images": _("images"),
    "failures": _("failures"),
    "activity": _("activity"),
}
_TOTAL: Final = pgettext("stats", "total")
_BUCKET: Final = "bucket"
_STATES: Final = {
    BucketState.WHOLE: "",
    BucketState.CUT: _("cut by the range"),
    BucketState.RECORDS_BEGIN: _("records begin"),
    BucketState.BEFORE_RECORDS: _("before records"),
    BucketState.FILLING: _("still filling"),
    BucketState.NOT_YET: _("not yet"),
}
"""What is said of a bucket's numbers to people; programs get the state itself."""

_LONGEST_NAME: Final = 60
_DIGITS: Final = 6
"""Significant digits of durations: more were never measured."""


@dataclass(frozen=True, slots=True)
class StatsSheet:
    """Numbers that are about to be printed.

    Attributes:
        question: what was asked; found: the answer, arranged.
        now: epoch seconds.
        left_out: how many groups are not among those that are printed.
        masked: whether only the ends of users' ids are.
    """

    question: Question
    found: Breakdown
    now: float
    left_out: int = 0
    masked: bool = False

    def as_table(self, width: int | None) -> str:
        """Lines for people, no longer than ``width``; None: as long as they are."""
        by, measures = self.question.by, self.found.measures
        marked = any(group.state is not BucketState.WHOLE for group in self.found.groups)
        headings = [*(each.title for each in by), *([""] if marked else []), *(each.title for each in measures)]
        rows = [headings, *(self._cells(group, marked) for group in self.found.groups)]
        total = [_TOTAL, *[""] * (len(headings) - len(measures) - 1), *map(_words, self.found.total.values, measures)]
        if by:
            rows.append(total)
        else:
            rows = [headings, total[1:]]
        lines, shown = aligned(rows, len(by) + marked, width)
        missing = [each.key for each in measures[shown - len(by) - marked :]]
        room = (
            [_("No room for {missing}: a wider window, --csv or --json shows them.").format(missing=", ".join(missing))]
            if missing
            else []
        )
        rule = ["-" * max(map(len, lines))] if by else []
        body = [*lines[:-1], *rule, lines[-1]] if by else lines
        return "".join(f"{line}\n" for line in (self._about(), "", *body, *_paragraph([*self.notes(), *room], width)))

    def as_csv(self) -> str:
        """A row a group, for programs; only groups, or the total where there are no dimensions."""
        measures = self.found.measures
        keys = [*(each.name for each in self.question.by), *([_BUCKET] if self._timed else [])]
        keys += [each.key for each in measures]
        file = io.BytesIO()
        with sheet_on(file, Format.CSV, "stats", [Heading(key, key) for key in keys], self.question.zone) as sheet:
            for group in self.found.groups if self.question.by else (self.found.total,):
                write_rows(sheet, [list(self._values(group).values())])
        return file.getvalue().decode()

    def as_json(self) -> str:
        """One object: what was asked, ``rows``, ``total`` and ``notes``. Signs beyond ASCII are escaped."""
        span, found = self.found.span, self.found
        data = {
            "from": self._iso(span.start),
            "to": self._iso(span.end),
            "time_zone": str(self.question.zone),
            "by": [each.name for each in self.question.by],
            "records_begin": {key: None if since is None else self._iso(since) for key, since in found.since.items()},
            "rows": [self._values(group) for group in found.groups] if self.question.by else [],
            "rows_left_out": self.left_out,
            "total": dict(zip((each.key for each in found.measures), map(_rounded, found.total.values), strict=True)),
            "notes": list(self.notes()),
        }
        return json.dumps(data, indent=2, allow_nan=False) + "\n"

    def notes(self) -> Iterator[str]:
        """What has to be said about the numbers, a sentence each."""
        yield from self._about_records()
        failed = [place for place, each in enumerate(self.found.measures) if each.key == "failed"]
        commands = self.found.total.values[0] if failed else None
        if commands and self.found.total.values[failed[0]] is None:
            yield FAILURES_UNRECORDED
        for place, each in enumerate(self.question.by):
            if each.sources and {group.names[place] for group in self.found.groups} == {""}:
                yield _("No {title} is recorded in this range.").format(title=each.title)
        if any(source.many for each in self.question.by for source in each.sources.values()):
            yield _("An image with several LoRAs stands in the row of each, and once in the total.")
        if self.left_out:
            shown = len(self.found.groups)
            every = formatting.rows_words(shown + self.left_out)
            yield _("{shown} of {every}; the total is of all.").format(shown=formatting.count(shown), every=every)

    def _about_records(self) -> Iterator[str]:
        for table, since in self.found.since.items():
            things = _THINGS.get(table, table)
            if table in self.found.not_asked:
                yield _(
                    "{capitalize} are recorded without what the filter asks for, so nothing is told of them."
                ).format(capitalize=f"{things[:1].upper()}{things[1:]}")
            elif since is None:
                yield _("No {table} are recorded.").format(table=things)
            elif since > self.found.span.start and self.question.asked.choice.key != "all":
                moment = dated_moment(since, self.question.zone)
                yield _("Records of {table} begin on {moment}: the range begins before that.").format(
                    table=things, moment=moment
                )

    def _about(self) -> str:
        return f"{range_words(self.found.span, self.now, self.question.zone)} ({self.question.zone})"

    @property
    def _timed(self) -> bool:
        return any(each.width for each in self.question.by)

    def _cells(self, group: StatsGroup, marked: bool) -> list[str]:
        names = [
            formatting.one_line(each.words.get(name) or self._name(place, name) or each.blank, _LONGEST_NAME)
            or each.blank
            for place, (each, name) in enumerate(zip(self.question.by, group.names, strict=True))
        ]
        state = [_STATES[group.state]] if marked else []
        return [*names, *state, *map(_words, group.values, self.found.measures)]

    def _values(self, group: StatsGroup) -> dict[str, Any]:
        names = {
            each.name: self._name(place, name, whole=True)
            for place, (each, name) in enumerate(zip(self.question.by, group.names, strict=False))
        }
        state = {_BUCKET: str(group.state)} if self._timed else {}
        keys = (each.key for each in self.found.measures)
        return {**names, **state, **dict(zip(keys, map(_rounded, group.values), strict=True))}

    def _name(self, place: int, name: Any, *, whole: bool = False) -> str | None:
        """What a group is called; None where it is what has no value."""
        dimension = self.question.by[place]
        if dimension.width:
            return self._bucket(dimension, self.found.edges[place][name], whole=whole)
        if dimension.is_time:
            return f"{WEEKDAYS[name // 24]} {name % 24:02d}:00"
        if not name:
            return None
        return masked_id(name) if self.masked and dimension.of_users else str(name)

    def _bucket(self, dimension: Dimension, start: float, *, whole: bool) -> str:
        local = local_time(start, self.question.zone)
        if dimension.key == "hour":
            hour = local.replace(minute=0, second=0, microsecond=0)
            if whole:
                return hour.isoformat(timespec="minutes")
            return f"{hour:%Y-%m-%d %H:%M}{f' {hour.tzname()}' if happens_twice(hour) else ''}"
        if dimension.key == "week":
            return (local.date() - timedelta(days=local.weekday())).isoformat()
        return local.date().isoformat()[: 7 if dimension.key == "month" else 10]

    def _iso(self, moment: float) -> str:
        return local_time(moment, self.question.zone).isoformat(timespec="seconds")


def _paragraph(notes: Sequence[str], width: int | None) -> list[str]:
    """Notes below an empty line, no line longer than ``width``."""
    lines = [line for note in notes for line in ([note] if width is None else textwrap.wrap(note, max(width, 20)))]
    return ["", *lines] if lines else []


def _words(value: Value, measure: StatsColumn) -> str:
    if measure.is_seconds or value is None:
        return formatting.seconds(value)
    return formatting.count(value) if isinstance(value, int) else f"{value:,.2f}"


def _rounded(value: Value) -> Value:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
