"""``botpulse-db`` backup · restore · reset · undo · optimise · check: each says what it will do, asks, and does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from core.cli.terminal import Subparsers, TerminalLine, number, terminated_like_interrupted
from core.maintenance import backups, checking, operation_journal, optimising, resetting, restoring, scheduled, survey
from core.maintenance.backups import Backup
from core.maintenance.operation_journal import Action
from core.maintenance.optimising import Optimisation
from core.maintenance.scheduled import DEFAULT_RETENTION, Retention
from core.maintenance.survey import Survey, TableSurvey
from core.storage.location import locate
from core.tasks import Task, finish
from core.text import formatting
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.text.translation import ngettext, pgettext
from core.time_ranges import host_zone, local_time

Result = TypeVar("Result")

DONE: Final = 0
DAMAGED: Final = 1
DECLINED: Final = 2

_LONGEST_LIST: Final = 300
_PERIODS: Final = tuple(field.name for field in fields(Retention))


def backup(arguments: argparse.Namespace) -> int:
    """``botpulse-db backup``: a verified copy beside the bot's work."""
    try:
        retention = _retention(arguments)
    except ValueError as refused:
        say(str(refused), error=True)
        return DECLINED
    if retention is None:
        _tell_of(followed_on_terminal(backups.back_up(locate(arguments.file), arguments.target)))
        return DONE
    done = followed_on_terminal(scheduled.back_up_scheduled(locate(arguments.file), arguments.target, retention))
    _tell_of(done.backup)
    if done.removed:
        removed = formatting.counted(
            len(done.removed), "{count} older scheduled backup removed", "{count} older scheduled backups removed"
        )
        say(removed)
    for path in done.left:
        say(
            _("Could not be removed, as another program has it open, or the folder may not be written: {path}").format(
                path=path
            )
        )
    return DONE


def _tell_of(made: Backup) -> None:
    rows, size = formatting.rows_words(made.rows), formatting.size(made.byte_size)
    say(_("Backed up {rows} ({size}, verified) to {path}").format(rows=rows, size=size, path=made.path))
    if made.left_out:
        named = formatting.one_line(", ".join(made.left_out), _LONGEST_LIST)
        say(_("Not in it, as only the program that made it can copy it: {named}").format(named=named))


def reset(arguments: argparse.Namespace) -> int:
    """``botpulse-db reset``: show what will go, ask, back up, delete."""
    location, older_than = locate(arguments.file), arguments.older_than
    found = followed_on_terminal(survey.survey(location, older_than))
    _show(found, older_than)
    if not found.older:
        say(_("There is nothing to delete."))
        return DONE
    if not arguments.yes and not named(location.name):
        return declined()
    task = resetting.reset_with_backup(
        location, older_than, target=arguments.backup_to, bot_stopped=arguments.bot_stopped
    )
    done = followed_on_terminal(task)
    say(_("Deleted {rows}. All of them are in {path}").format(rows=_rows(done.rows), path=done.backup.path))
    say(_("To bring them back: botpulse-db undo {file}").format(file=arguments.file))
    if not done.overwritten:
        say(
            _("Their text may still be in the file. To overwrite it: botpulse-db optimise {file} --vacuum").format(
                file=arguments.file
            )
        )
    return DONE


def undo(arguments: argparse.Namespace) -> int:
    """``botpulse-db undo``: bring back what the last reset, or a given backup, holds."""
    location = locate(arguments.file)
    notes = (*operation_journal.unfinished(location), *operation_journal.undoable(location))
    notes = tuple(note for note in notes if note.action is not Action.RESTORE)
    last = max(notes, key=lambda note: note.since, default=None)
    chosen: Path | None = arguments.backup or (last.backup if last is not None else None)
    if chosen is None:
        say(_("No reset of this database is known. Give the backup whose rows are to come back."))
        return DECLINED
    done = followed_on_terminal(resetting.undo(location, chosen, bot_stopped=arguments.bot_stopped))
    say(_("Brought {rows} back from {chosen}").format(rows=_rows(done.rows), chosen=chosen))
    _show_past(done.past_triggers)
    if left := sum(done.left.values()):
        words = ngettext(
            "{count} row stays in the backup only: other rows have its place by now.",
            "{count} rows stay in the backup only: other rows have their place by now.",
            left,
        )
        say(words.format(count=formatting.count(left)))
    return DONE


def restore(arguments: argparse.Namespace) -> int:
    """``botpulse-db restore``: say what will be lost, ask, back up, replace."""
    location = locate(arguments.file)
    difference = followed_on_terminal(restoring.compare(location, arguments.backup))
    say(
        _("{location}: {rows} now; {rows_2} in the backup.").format(
            location=location, rows=_rows(difference.now), rows_2=formatting.count(difference.backup.rows)
        )
    )
    if any(difference.newer.values()):
        say(
            _("Newer than the backup, and gone from the database afterwards: {rows}").format(
                rows=_rows(difference.newer)
            )
        )
    if any(difference.now.values()):
        say(_("What is there now is backed up first."))
        if not arguments.yes and not named(location.name):
            return declined()
    done = followed_on_terminal(restoring.restore(location, difference.backup, bot_stopped=arguments.bot_stopped))
    say(_("Restored {rows} from {path}").format(rows=_rows(done.rows), path=done.backup.path))
    _show_past(done.past_triggers)
    if done.safety is not None:
        say(_("What was there before is in {path}").format(path=done.safety.path))
    return DONE


def optimise(arguments: argparse.Namespace) -> int:
    """``botpulse-db optimise``: say what will be altered, ask, do it."""
    location = locate(arguments.file)
    plan = followed_on_terminal(optimising.plan_optimisation(location))
    asked = {Optimisation.WAL: arguments.wal, Optimisation.VACUUM: arguments.vacuum}
    chosen = plan.default.union(change for change, wanted in asked.items() if wanted)
    optimising.check_feasible(plan, chosen)
    for step in (step for step in plan.steps if step.change in chosen):
        say("\n".join((f"{step.title}:", *(f"  {line}" for line in step.alters), f"  {step.why}", f"  {step.bot}")))
    if chosen.isdisjoint(step.change for step in plan.steps):
        say(_("All is as it should be: there is nothing to do."))
        return DONE
    if not arguments.yes and not _agreed():
        return declined()
    done = followed_on_terminal(optimising.optimise(location, chosen, bot_stopped=arguments.bot_stopped))
    say(_("Done. Other programs waited for {held} at most.").format(held=formatting.seconds(done.held)))
    if done.backup is not None:
        say(_("What was there before is in {path}").format(path=done.backup.path))
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """``botpulse-db check``: is the file sound? 1 where it is damaged."""
    done = followed_on_terminal(checking.check(locate(arguments.file)))
    say(done.words)
    for problem in done.problems:
        say(f"  {formatting.one_line(problem)}")
    return DAMAGED if done.problems else DONE


def register_backup(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db backup`` and its arguments."""
    parser = _parser(subparsers, backup, _("copy the database while the bot goes on writing, and verify the copy"))
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        type=Path,
        help=_("the file to make, or its folder (default: botpulse-backups beside the database)"),
    )
    parser.add_argument(
        "--scheduled",
        action="store_true",
        help=_(
            "for timers: name it as a scheduled one, and remove older scheduled ones that are not kept "
            "(by default 7 daily, 4 weekly and 12 monthly ones are); TARGET is a folder"
        ),
    )
    for period, most in asdict(DEFAULT_RETENTION).items():
        parser.add_argument(
            f"--keep-{period}",
            type=number(int, lambda given: given >= 0, _("a whole number from 0")),
            metavar="N",
            help=_("how many {period} ones --scheduled keeps (default: {most})").format(period=period, most=most),
        )
    return parser


def _retention(arguments: argparse.Namespace) -> Retention | None:
    """What a scheduled backup keeps; None where none was asked for.

    Raises:
        ValueError: in words: it would keep nothing, or there is no schedule whose backups could be kept.
    """
    given = {period: getattr(arguments, f"keep_{period}") for period in _PERIODS}
    given = {period: number for period, number in given.items() if number is not None}
    if arguments.scheduled:
        return Retention(**given)
    if given:
        raise ValueError(_("--keep-{next} says what --scheduled keeps; give that, too.").format(next=next(iter(given))))
    return None


def register_reset(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db reset`` and its arguments."""
    parser = _parser(subparsers, reset, _("delete statistics, after a backup"), asks=True, holds=True)
    parser.add_argument(
        "--older-than",
        type=_date,
        metavar="DATE",
        help=_("only what is older than this day, as in 2026-03-31 (default: all)"),
    )
    parser.add_argument(
        "--backup-to",
        type=Path,
        metavar="TARGET",
        help=_("where the backup goes (default: botpulse-backups beside it)"),
    )
    return parser


def register_undo(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db undo`` and its arguments."""
    parser = _parser(subparsers, undo, _("bring back what a reset deleted; newer rows stay"), holds=True)
    parser.add_argument(
        "backup", metavar="BACKUP", nargs="?", type=Path, help=_("its backup (default: the last reset's)")
    )
    return parser


def register_restore(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db restore`` and its arguments."""
    parser = _parser(subparsers, restore, _("make the database what it was in a backup"), asks=True, holds=True)
    parser.add_argument("backup", metavar="BACKUP", type=Path, help=_("the backup"))
    return parser


def register_optimise(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db optimise`` and its arguments."""
    parser = _parser(subparsers, optimise, _("add missing columns and indexes"), asks=True, holds=True)
    parser.add_argument("--wal", action="store_true", help=_("switch to the write-ahead log, too"))
    parser.add_argument("--vacuum", action="store_true", help=_("give unused space back to the disk, too"))
    return parser


def register_check(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``botpulse-db check`` and its arguments."""
    return _parser(subparsers, check, _("check the file's integrity while the bot goes on writing"))


def _parser(
    subparsers: Subparsers,
    run: Callable[[argparse.Namespace], int],
    words: str,
    *,
    asks: bool = False,
    holds: bool = False,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        run.__name__, help=words, description=words.capitalize() + "."
    )
    parser.add_argument("file", metavar="FILE", help=_("the database"))
    if asks:
        parser.add_argument("--yes", action="store_true", help=_("don't ask"))
    if holds:
        parser.add_argument(
            "--bot-stopped", action="store_true", help=_("nobody else is writing: take all the time it needs")
        )
    parser.set_defaults(run=run)
    return parser


def followed_on_terminal(task: Task[Result]) -> Result:
    """Drive a task, with a line on the terminal that says how far it is.

    Ctrl-C leaves nothing half done, nor does a request to terminate: a service that is stopped, a machine that shuts
    down.
    """
    with terminated_like_interrupted(), closing(task), TerminalLine() as line:
        return finish(task, line.show_progress)


def _show(found: Survey, older_than: datetime | None) -> None:
    size = formatting.size(found.byte_size + found.log_bytes)
    say(f"{found.location}: {formatting.rows_words(found.rows)}, {size}")
    wide = max((len(each.table) for each in found.tables), default=0)
    for each in found.tables:
        gone = formatting.rows_words(each.older)
        if older_than is not None:
            gone = _("{older} of {rows}").format(
                older=formatting.count(each.older), rows=formatting.rows_words(each.rows)
            )
        say(_("  {table}  {gone} will go{since}").format(table=each.table.ljust(wide), gone=gone, since=_since(each)))
    if found.trigger_words:
        say(found.trigger_words)


def _show_past(triggers: Sequence[str]) -> None:
    if triggers:
        names = ", ".join(formatting.one_line(name, 80) for name in triggers)
        say(_("These triggers refused rows, which came back without them: {names}").format(names=names))


def _since(table: TableSurvey) -> str:
    if table.earliest is None:
        return ""
    first = table.earliest
    day = first if isinstance(first, str) else local_time(first, host_zone()).date().isoformat()
    return _(", since {day}").format(day=formatting.one_line(day, 20))


def _rows(rows: Mapping[str, int]) -> str:
    return formatting.rows_words(sum(rows.values()))


def named(name: str) -> bool:
    """Whether the file's name was typed when it was asked for."""
    return answered(_("Type the file's name ({name}) to go on: ").format(name=name)) == name


def _agreed() -> bool:
    # Translators: what may be typed for yes, with commas between; the letter is the one in "Go on? [y/N]".
    own = pgettext("answers", "y,yes").split(",")
    return answered(_("Go on? [y/N] ")).strip().lower() in ("y", "yes", *own)


def answered(question: str) -> str:
    """What is typed in answer to a question; empty where nobody is there to answer."""
    say(question, end="")
    try:
        return input().strip()
    except (EOFError, UnicodeError, RuntimeError):  # nobody is there to answer, or not in words that can be read
        say("")
        return ""


def declined() -> int:
    """Say that nothing was changed; return the exit code."""
    say(_("Nothing was changed."))
    return DECLINED


def _date(text: str) -> datetime:
    """The start of a day, or a moment, in this machine's time zone unless the text names another."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(host_zone()) if moment.tzinfo else moment.replace(tzinfo=host_zone())
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            _("{text} is not a date such as 2026-03-31").format(text=f"{text!r}")
        ) from error
