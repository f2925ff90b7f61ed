"""``botpulse-db copy``: a whole database into another one, from a file to a server or back."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import closing
from typing import Final

from core.cli.terminal import Subparsers, TerminalLine, stopped_by_signals
from core.errors import BotpulseError
from core.maintenance.transfer.task import Transferred, transfer
from core.storage.location import Location, locate
from core.tasks import Progress, Task, finish
from core.text import formatting
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.tracking.spool_places import spool_files

_OK: Final = 0
_LEFT_OUT: Final = 1
_MOST_SHOWN: Final = 20

_DESCRIPTION: Final = _(
    """\
Copy a bot's database into another one: a file to a server, a server to a file, or two of a kind. Rows keep their
ids. The source is only read, in chunks, and its bot may go on writing. The target must be empty, or hold the same copy,
begun before: what was stopped or killed goes on where it was, and what came in since is brought over when the command
is given again. At the end every row is compared. Rows that the target does not take are named, and left out; the exit
status is 1 then."""
)


def register_copy(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "copy", help=_("copy a database into another: a file to a server, or back"), description=_DESCRIPTION
    )
    parser.add_argument("source", metavar="FROM", help=_("the bot's database: a path, or a postgresql:// address"))
    parser.add_argument("target", metavar="TO", help=_("the database to fill: a path, or a postgresql:// address"))
    parser.add_argument(
        "--mend-text", action="store_true", help=_("put \N{REPLACEMENT CHARACTER} in the place of what can't be stored")
    )
    parser.set_defaults(run=copy)
    return parser


def copy(arguments: argparse.Namespace) -> int:
    """``botpulse-db copy``: copy, compare, and say what the target holds.

    Raises:
        BotpulseError: one of the two can't be used; what was copied before stays in the target.
        KeyboardInterrupt: it was stopped, and can be gone on with.
    """
    source, target = locate(arguments.source), locate(arguments.target)
    done = _follow(transfer(source, target, mend=arguments.mend_text))
    again = f"botpulse-db copy {source} {target}"
    print(_summary(done, target))
    for line in _warnings(done, source, again):
        print(line, file=sys.stderr)
    return _LEFT_OUT if done.left_out else _OK


def _follow(task: Task[Transferred]) -> Transferred:
    with closing(task), stopped_by_signals() as stop, TerminalLine() as line:
        try:
            return finish(task, lambda progress: _show(progress, line, stop))
        except (KeyboardInterrupt, BotpulseError) as reason:
            line.clear()
            if isinstance(reason, KeyboardInterrupt):
                print(
                    _("Stopped. What was copied is in the target; the same command goes on from there."),
                    file=sys.stderr,
                )
            raise


def _show(progress: Progress, line: TerminalLine, stop: threading.Event) -> None:
    line.show_progress(progress)
    if stop.is_set():
        raise KeyboardInterrupt


def _summary(done: Transferred, target: Location) -> str:
    wide = max(len(each.table) for each in done.tables)
    lines = [
        _("Copied {rows} in {seconds}. {target} holds:").format(
            rows=formatting.rows_words(done.added), seconds=formatting.seconds(done.seconds), target=target
        )
    ]
    for each in done.tables:
        ids = (
            _(", ids {first} to {last}").format(first=formatting.count(each.first), last=formatting.count(each.last))
            if each.last
            else ""
        )
        lines.append(
            _("  {table}  {rows}{ids}, checksum {checksum}").format(
                table=each.table.ljust(wide),
                rows=formatting.rows_words(each.rows),
                ids=ids,
                checksum=each.checksum,
            )
        )
    again = (
        ngettext(
            " {count} chunk of rows that differed went over again.",
            " {count} chunks of rows that differed went over again.",
            done.renewed,
        ).format(count=formatting.count(done.renewed))
        if done.renewed
        else ""
    )
    return "\n".join((*lines, _("Every row was compared with the source.{again}").format(again=again)))


def _warnings(done: Transferred, source: Location, again: str) -> list[str]:
    lines = []
    if done.left_out:
        number = len(done.left_out) + done.more_left_out
        lines.append(
            _("{rows} of the source can't be stored there, and stayed behind:").format(
                rows=formatting.rows_words(number)
            )
        )
        lines += [f"  {formatting.one_line(str(row))}" for row in done.left_out[:_MOST_SHOWN]]
        lines += ["  …"] if number > _MOST_SHOWN else []
        lines.append(_("Text with such characters goes over with --mend-text."))
    if done.unknown:
        lines.append(
            _("Not copied, as their extension is not loaded here: {unknown}").format(unknown=", ".join(done.unknown))
        )
    if done.newer:
        lines.append(
            ngettext(
                "{count} newer row came in meanwhile; to bring them over: {command}",
                "{count} newer rows came in meanwhile; to bring them over: {command}",
                done.newer,
            ).format(count=formatting.count(done.newer), command=again)
        )
    if waiting := len(spool_files(source)):
        files = formatting.counted(waiting, "{count} file", "{count} files")
        lines.append(
            _(
                "Events that the bot could not write wait in {files} for the source: start the bot there once more."
            ).format(files=files)
        )
    return lines
