"""``botpulse-db export``: a table's rows as a file for other programs, as the window's Export table… writes them."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.cli.asked import NoMeaning, filter_of, range_asked, zone_of
from core.cli.terminal import Subparsers, TerminalLine, number, stopped_by_signals
from core.export.formats import Format, format_of
from core.export.rows import Exported, export_rows
from core.export.separators import COMMAS, host_separators
from core.storage.location import locate
from core.tables.definitions import TABLES, TIME_ORDER, Order, TableQuery
from core.tables.filter_language.moments import moment
from core.tables.filter_language.tokens import NotUnderstood
from core.tasks import Progress, Task, finish
from core.text import formatting
from core.text.formatting import one_line
from core.text.terminal_output import forget, say
from core.text.translation import gettext as _
from core.text.typed_ranges import EXAMPLES
from core.time_ranges import TimeRange, window

_OK: Final = 0
_REFUSED: Final = 2
_STANDARD_OUTPUT: Final = "-"

_DESCRIPTION: Final = _(
    """\
Write a table's rows, whole, with the filter and in the order that are asked for. The bot may go on writing. The file
appears when it is whole; one of the same name stays as it is until then. A spreadsheet that opens CSV rounds long
ids, unless it is told to take quoted fields as text: XLSX keeps them."""
)


def register_export(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    limit = number(int, lambda value: value >= 0, _("a number of rows, from 0 on"))
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export",
        help=_("write a table's rows to a file: CSV, JSON Lines, JSON, XLSX"),
        description=_DESCRIPTION,
    )
    parser.add_argument("database", metavar="FILE", help=_("the database: a path, or a postgresql:// address"))
    parser.add_argument("target", metavar="OUT", help=_("the file to write, its end being the format; - prints CSV"))
    parser.add_argument("--table", choices=TABLES, required=True, help=_("what to export"))
    parser.add_argument(
        "--format",
        choices=[str(each) for each in Format if " " not in each],
        help=_("in place of OUT's end; csv where OUT is -"),
    )
    parser.add_argument("--excel", action="store_true", help=_("CSV as Excel wants it in this region"))
    parser.add_argument(
        "--range", metavar="RANGE", help=_("which time (default: all): 24h, 30d, {examples}").format(examples=EXAMPLES)
    )
    parser.add_argument(
        "--since", metavar="TIME", help=_("rows from then on: 2026-11-24, 2026-11-24T14:30, yesterday, 3d")
    )
    parser.add_argument("--until", metavar="TIME", help=_("rows before then (default: all)"))
    parser.add_argument(
        "--filter", metavar="TEXT", default="", help=_('as in the filter box: "user:4821 failed slow>30"')
    )
    parser.add_argument("--sort", metavar="COLUMN", help=_("the column to sort by (default: by time)"))
    parser.add_argument("--ascending", action="store_true", help=_("the oldest, or the smallest, first"))
    parser.add_argument("--columns", metavar="A,B,…", help=_("these columns in this order (default: all)"))
    parser.add_argument("--limit", type=limit, metavar="N", help=_("at most so many rows (default: all)"))
    parser.add_argument("--mask-prompts", action="store_true", help=_("hide what users wrote: prompts and details"))
    parser.add_argument(
        "--mask-names", action="store_true", help=_("no columns of names beside the ids, where names are known")
    )
    parser.add_argument("--time-zone", metavar="ZONE", help=_("such as Europe/Berlin (default: this machine's)"))
    parser.set_defaults(run=export)
    return parser


def export(arguments: argparse.Namespace) -> int:
    """``botpulse-db export``: write the file, or print to standard output.

    Raises:
        BotpulseError: the database can't be read, or the file can't be written.
        KeyboardInterrupt: it was stopped; no half file is left.
    """
    try:
        task = _task(arguments)
    except NoMeaning as refused:
        say(str(refused), error=True)
        return _REFUSED
    with closing(task), stopped_by_signals() as stop, TerminalLine() as line:
        try:
            done = finish(task, lambda progress: _follow(progress, line, stop))
        except BrokenPipeError:
            forget(sys.stdout)  # whoever reads has seen enough
        else:
            line.clear()
            say(_summary(done, arguments.target), error=True)
    return _OK


def _task(arguments: argparse.Namespace) -> Task[Exported]:
    now, zone = time.time(), zone_of(arguments.time_zone)
    filters = (filter_of(arguments.filter, zone, now),)
    query = TableQuery(arguments.table, _span(arguments, zone, now), filters, _order(arguments), zone)
    return export_rows(
        locate(arguments.database),
        query,
        sys.stdout.buffer if arguments.target == _STANDARD_OUTPUT else Path(arguments.target),
        _format(arguments),
        zone=zone,
        columns=_columns(arguments),
        masked=arguments.mask_prompts,
        named=not arguments.mask_names,
        limit=arguments.limit,
        separators=host_separators() if arguments.excel else COMMAS,
    )


def _follow(progress: Progress, line: TerminalLine, stop: threading.Event) -> None:
    line.show_progress(progress)
    if stop.is_set():
        raise KeyboardInterrupt


def _format(arguments: argparse.Namespace) -> Format:
    streamed = arguments.target == _STANDARD_OUTPUT
    kind = format_of(arguments.target) if not streamed and not arguments.format else Format(arguments.format or "csv")
    if streamed and kind is Format.XLSX:
        raise NoMeaning(_("A workbook cannot be printed. Name a file, or choose csv, jsonl or json."))
    if arguments.excel and kind is not Format.CSV:
        raise NoMeaning(_("--excel is for CSV only."))
    return Format.CSV_FOR_EXCEL if arguments.excel else kind


def _span(arguments: argparse.Namespace, zone: ZoneInfo, now: float) -> TimeRange | None:
    since = _moment("--since", arguments.since, zone, now)
    until = _moment("--until", arguments.until, zone, now)
    if arguments.range and (since is not None or until is not None):
        raise NoMeaning(_("Give --range, or --since and --until, but not both."))
    if since is not None or until is not None:
        span = TimeRange(0.0 if since is None else since, float("inf") if until is None else until)
        if span.start >= span.end:
            raise NoMeaning(_("--since is not before --until."))
        return span
    return _ranged(arguments.range or "all", zone, now)


def _ranged(text: str, zone: ZoneInfo, now: float) -> TimeRange | None:
    asked = range_asked(text, zone, now)
    return None if asked.choice.key == "all" else window(asked.choice, now, zone, asked.span).buckets.range


def _moment(option: str, text: str | None, zone: ZoneInfo, now: float) -> float | None:
    try:
        return None if text is None else moment(text, zone, now)
    except NotUnderstood as error:
        raise NoMeaning(f"{option} {text!r}: {error}") from error


def _order(arguments: argparse.Namespace) -> Order:
    column = arguments.sort or TIME_ORDER
    if column != TIME_ORDER:
        _check_columns(arguments.table, [column])
    return Order(column, not arguments.ascending)


def _columns(arguments: argparse.Namespace) -> Sequence[str] | None:
    if not arguments.columns:
        return None
    columns = [name.strip() for name in arguments.columns.split(",")]
    _check_columns(arguments.table, columns)
    return columns


def _check_columns(table: str, columns: Sequence[str]) -> None:
    known = [column.key for column in TABLES[table].columns]
    for name in columns:
        if name not in known:
            raise NoMeaning(
                _("{table} has no column {name}. Its columns: {known}.").format(
                    table=table, name=f"{one_line(name, 40)!r}", known=", ".join(known)
                )
            )


def _summary(done: Exported, target: str) -> str:
    where = (
        ""
        if target == _STANDARD_OUTPUT
        else _(" to {target} ({byte_size})").format(target=target, byte_size=formatting.size(done.byte_size))
    )
    return _("Exported {rows}{where} in {seconds}.").format(
        rows=formatting.rows_words(done.rows), where=where, seconds=formatting.seconds(done.seconds)
    )
