"""``botpulse-db stats``: the numbers of a range, broken down by anything that a page breaks down by."""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from core.answers.breakdown import Question, StatsGroup, arranged, breakdown, measures_of
from core.answers.dimensions import NoSuchDimension, dimension_named, dimensions, tables_for
from core.cli.asked import NoMeaning, filter_of, range_asked, zone_of
from core.cli.stats_output import StatsSheet
from core.cli.terminal import Subparsers, TerminalLine, number, stopped_by_signals
from core.storage.location import locate
from core.tables.definitions import TABLES
from core.tasks import Progress, finish
from core.text.formatting import one_line
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.text.typed_ranges import EXAMPLES

_OK: Final = 0
_REFUSED: Final = 2
_MOST_DIMENSIONS: Final = 2
_RANGE: Final = "7d"
_BY: Final = "day"
_ALL: Final = "all"

_DESCRIPTION: Final = _(
    """\
Print how often something happened, how many commands failed, how many users there were, and how long it took: the
half of the times is at most p50, 95 % at most p95. The numbers are those of the monitor's pages, for any of their
ranges and filters. The database is only read, in short chunks, while the bot goes on writing. Without options: the
last seven days, day by day."""
)


def register_stats(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    limit = number(int, lambda value: value > 0, _("a number of rows, from 1 on"))
    names = ", ".join(dimensions())
    words = _("print numbers: counts, failures, users, times, by day, command, user, …")
    parser: argparse.ArgumentParser = subparsers.add_parser("stats", help=words, description=_DESCRIPTION)
    parser.add_argument("database", metavar="FILE", help=_("the database: a path, or a postgresql:// address"))
    parser.add_argument(
        "--range",
        metavar="RANGE",
        default=_RANGE,
        help=_("which time (default: {range}): 24h, 30d, all, {examples}").format(range=_RANGE, examples=EXAMPLES),
    )
    parser.add_argument(
        "--by",
        metavar="A[,B]",
        default=_BY,
        help=_("one or two of {names}; all for one row (default: {by})").format(names=names, by=_BY),
    )
    parser.add_argument(
        "--table",
        choices=[key for key, table in TABLES.items() if table.has_time],
        help=_("whose rows (default: commands and images, or the table that records what --by asks for)"),
    )
    parser.add_argument(
        "--filter", metavar="TEXT", default="", help=_('as in the filter box: "user:4821 failed slow>30"')
    )
    parser.add_argument(
        "--sort", metavar="COLUMN", help=_("the largest, or latest, first (default: times forward, names by how often)")
    )
    parser.add_argument("--ascending", action="store_true", help=_("with --sort: the smallest, or earliest, first"))
    parser.add_argument("--limit", type=limit, metavar="N", help=_("at most so many rows; the total is of all"))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_("print JSON: rows, total, range; null is not known"))
    form.add_argument("--csv", action="store_true", help=_("print CSV, whole; empty is not known"))
    parser.add_argument("--masked", action="store_true", help=_("show only the end of users' ids"))
    parser.add_argument(
        "--time-zone", "--zone", metavar="ZONE", help=_("such as Europe/Berlin (default: this machine's)")
    )
    parser.set_defaults(run=stats)
    return parser


def stats(arguments: argparse.Namespace) -> int:
    """``botpulse-db stats``: count, and print.

    Raises:
        BotpulseError: the database can't be read.
        KeyboardInterrupt: it was stopped.
    """
    now = time.time()
    try:
        question = _question(arguments, now)
        column = None if arguments.sort is None else _column(arguments.sort, question)
    except (NoMeaning, NoSuchDimension) as refused:
        say(str(refused), error=True)
        return _REFUSED
    with stopped_by_signals() as stop, TerminalLine() as line:
        found = finish(
            breakdown(locate(arguments.database), question, now), lambda progress: _follow(progress, line, stop)
        )
    shown = arranged(found, column, ascending=arguments.ascending, limit=arguments.limit)
    sheet = StatsSheet(question, shown, now, left_out=len(found.groups) - len(shown.groups), masked=arguments.masked)
    return _printed(arguments, sheet)


def _follow(progress: Progress, line: TerminalLine, stop: threading.Event) -> None:
    line.show_progress(progress)
    if stop.is_set():
        raise KeyboardInterrupt


def _question(arguments: argparse.Namespace, now: float) -> Question:
    zone = zone_of(arguments.time_zone)
    names = [name for name in arguments.by.split(",") if name.strip() and name.strip() != _ALL]
    found = (dimension_named(name, arguments.table) for name in names)
    by = tuple({each.key: each for each in found}.values())
    if len(by) > _MOST_DIMENSIONS:
        raise NoMeaning(_("--by takes one or two; these are {by}. A filter leaves the rest out.").format(by=len(by)))
    tables = tables_for(by, arguments.table)
    return Question(tables, by, range_asked(arguments.range, zone, now), zone, filter_of(arguments.filter, zone, now))


def _column(name: str, question: Question) -> Callable[[StatsGroup], Any]:
    """What the groups are sorted by."""
    measures = [measure.key for measure in measures_of(question)]
    names = [each.key for each in question.by]
    if name in measures:
        return partial(_value, measures.index(name))
    if name in names:
        return partial(_name, names.index(name))
    raise NoMeaning(
        _("There is no column {name} to sort by. There are: {value}.").format(
            name=f"{one_line(name, 40)!r}", value=", ".join((*names, *measures))
        )
    )


def _value(place: int, group: StatsGroup) -> Any:
    return group.values[place]


def _name(place: int, group: StatsGroup) -> Any:
    return group.names[place]


def _printed(arguments: argparse.Namespace, sheet: StatsSheet) -> int:
    """Print to standard output; whoever reads may have seen enough."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    text = sheet.as_json() if arguments.json else sheet.as_csv() if arguments.csv else sheet.as_table(width)
    say(text, end="")
    if arguments.csv:
        for note in sheet.notes():
            say(note, error=True)
    return _OK
