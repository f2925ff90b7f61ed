"""The Health page: what is to be said about a database, what it means, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.charts.specs import Opens
from core.filters import Field, Filter, Term
from core.models import DISCORD_EPOCH, is_required
from core.presenters.chart_parts import MANY_COMMANDS
from core.presenters.finding import Finding, State
from core.presenters.health_facts import (
    FactGroup,
    facts,
    free_bytes,
    moment_in_words,
    reasons_in_words,
    share_in_words,
)
from core.presenters.health_gaps import gaps, starts
from core.presenters.presenter import PageInput, PagePresenter, board
from core.statistics.counting import ACTIVITY
from core.statistics.data_quality import (
    FAILED,
    NO_PROMPT,
    NO_RESOLUTION,
    NO_USER,
    ROWS,
    STANDARD,
    Measure,
    Quality,
    Reason,
)
from core.storage.location import locate, size
from core.tables import extensions
from core.text import formatting
from core.text.formatting import count
from core.text.translation import gettext as _
from core.time_ranges import DAY, HOUR
from core.tracking.spool_places import refused_files, spool_files

_GENERATING: Final = ("comfy", "redux", "reduxprompt", "pulid", "video")
_EVENTS: Final = ("command_usage", "image_stats", "user_activity")
_NOUNS: Final = {"command_usage": _("commands"), "image_stats": _("images"), "user_activity": _("activities")}
_TABLES: Final = {"command_usage": "commands", "image_stats": "images", "user_activity": "activity"}
_UNTIMED: Final = Filter((Term(Field.SLOWER, -1.0, excluded=True),))
_TIMELESS: Final = Filter((Term(Field.AFTER, DISCORD_EPOCH, excluded=True),))
"""A limit that every known value keeps, left out: the rows whose value is not known are what stays."""

_ENOUGH_COMMANDS: Final = 500
_ENOUGH_IMAGES: Final = 100
_MOST_NAMES: Final = 6
_LITTLE_ROOM: Final = 500_000_000
_SOME: Final = 0.05
_OPTIMISE: Final = _("Data → Optimise… adds them; the bot keeps working as it is.")


def findings(quality: Quality, page: PageInput) -> tuple[Finding, ...]:
    """Everything that is to be said, the most serious first."""
    found = [finding for look in _LOOKS for finding in look(quality, page)]
    if not any(finding.state in (State.WARN, State.BAD) for finding in found) and _any_rows(quality):
        words = _("Every row was read; apart from what the notes say, nothing is missing.")
        found.append(Finding(State.GOOD, _("What is recorded can be trusted"), words))
    order = (State.BAD, State.WARN, State.GOOD, State.INFO)
    return tuple(sorted(found, key=lambda finding: order.index(finding.state)))


def _any_rows(quality: Quality) -> bool:
    return any(quality.of(table)[ROWS] for table in _EVENTS)


def _place(quality: Quality, page: PageInput) -> Iterator[Finding]:
    source = page.source
    if source is None:
        return
    if quality.share:
        wal = source.journal_mode == "WAL"
        meaning = (
            _("The write-ahead log needs memory that all its programs share: over a network it can damage the file.")
            if wal
            else _(
                "File locks are not reliable over a network: two writers can damage the file, and every look is slow."
            )
        )
        remedy = _("Move the file to a disk of the bot's own machine; for several machines, use a PostgreSQL server.")
        title = _("The file lies on a network share ({share})").format(share=quality.share)
        yield Finding(State.BAD if wal else State.WARN, title, meaning, remedy)
    path = locate(source.location).path
    free = free_bytes(path) if path is not None else None
    if free is not None and free < _LITTLE_ROOM:
        words = _("On a full disk the bot's events are lost, and no backup can be made.")
        yield Finding(
            State.WARN,
            _("Only {free} are free on the disk").format(free=formatting.size(free)),
            words,
            _("Make room on it."),
        )


def _spools(quality: Quality, page: PageInput) -> Iterator[Finding]:
    """A bot that can't write is told from one that nobody asks."""
    files = spool_files(locate(page.source.location)) if page.source is not None else []
    if not files:
        return
    data = formatting.size(sum(map(size, files)))
    title = _("Events wait in {counted} of {data} to be written").format(
        counted=formatting.counted(len(files), "{count} file", "{count} files"), data=data
    )
    words = _("A bot could not write to the database, and keeps them on disk until it can: {listed}.").format(
        listed=_listed(files)
    )
    remedy = _(
        "Look for a program that holds the database, a full disk, or a file that may not be written. The bot's next "
        "write, or its next start, brings them in. Never delete these files: they hold the events."
    )
    yield Finding(State.WARN, title, words, remedy)


def _refused(quality: Quality, page: PageInput) -> Iterator[Finding]:
    """What a table never took is neither lost nor written."""
    files = refused_files(locate(page.source.location)) if page.source is not None else []
    if not files:
        return
    title = _("Events that their table refused are in {counted}").format(
        counted=formatting.counted(len(files), "{count} file", "{count} files")
    )
    words = _("A trigger or a constraint of somebody's refused them, or the table's ids are used up: {listed}.").format(
        listed=_listed(files)
    )
    remedy = _(
        "The bot's log says which table and why. Mend the cause and rename the file, .refused- to .spool-: the bot's"
        " next start writes them. Or delete the file."
    )
    yield Finding(State.WARN, title, words, remedy)


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(map(str, files))


def _empty(quality: Quality, page: PageInput) -> Iterator[Finding]:
    calls = {
        "command_usage": _("track_command(name, user_id, …), or carries @track_command_usage on a command"),
        "image_stats": _("track_image_generation(user_id, prompt, …) when an image is done"),
        "user_activity": _(
            'track_user_activity(user_id, action_type, …): in on_ready with "bot_start", and at buttons'
        ),
    }
    if not _any_rows(quality):
        words = _("None of the tables has a row. The pages fill by themselves as the bot writes.")
        remedy = _("Let the bot call track_command(…) and track_image_generation(…), and use one of its commands.")
        yield Finding(State.INFO, _("Nothing is recorded yet"), words, remedy)
        return
    for table, call in calls.items():
        if not quality.of(table)[ROWS]:
            state = State.INFO if table == "user_activity" else State.WARN
            missing = _("The table is missing") if table not in quality.tables else _("The table is there")
            yield Finding(state, _("No {things} are recorded").format(things=_NOUNS[table]),
                          _("{missing}, and {table} has no rows.").format(missing=missing, table=table),
                          _("It is filled where the bot calls {call}.").format(call=call))  # fmt: skip


def _untracked(quality: Quality, page: PageInput) -> Iterator[Finding]:
    if not quality.commands or not quality.of("image_stats")[ROWS]:
        return
    seen = sorted(quality.commands)
    if not quality.commands & set(_GENERATING):
        names = ", ".join(formatting.one_line(name, 30) for name in seen[:_MOST_NAMES])
        more = _(" and {count} more").format(count=count(len(seen) - _MOST_NAMES)) if len(seen) > _MOST_NAMES else ""
        yield Finding(
            State.WARN,
            _("The commands that make images are not recorded"),
            _(
                "There are images, but the only commands are {names}{more}: counts, users and failures know no others."
            ).format(names=names, more=more),
            _(
                "Put @track_command_usage below @bot.tree.command(…) on comfy, redux and the others, "
                "or call track_command(…) at their end."
            ),
        )
        return
    never = [name for name in _GENERATING if name not in quality.commands]
    if never:
        yield Finding(
            State.INFO,
            _("Never recorded: {never}").format(never=", ".join(never)),
            _("Either nobody ran them, the bot has none of that name, or they are not tracked."),
            _("If they are in use, put @track_command_usage on them."),
        )


_NO_TIMES: Final = {
    Measure.COMMAND_TIME: _("{share} of the commands have no usable time"),
    Measure.IMAGE_TIME: _("{share} of the images have no usable time"),
    Measure.ACTIVITY_TIME: _("{share} of the activities have no usable time"),
}


def _times(quality: Quality, page: PageInput) -> Iterator[Finding]:
    for measure in (Measure.COMMAND_TIME, Measure.IMAGE_TIME, Measure.ACTIVITY_TIME):
        meaning = _("They are left out of every range and chart; only a table under “All” shows them.")
        yield from _lacking(quality, measure, _NO_TIMES[measure], meaning,
                            _("A time is epoch seconds as a number: time.time()."), _TIMELESS)  # fmt: skip
    later = max(quality.hours, default=0) * HOUR
    if later > page.now + DAY:
        yield Finding(
            State.WARN,
            _("Some rows lie in the future"),
            _("The last is of {moment} or soon after; only tables under “All” show them.").format(
                moment=moment_in_words(later, quality)
            ),
            _("Check the clock of the bot's machine."),
        )


def _durations(quality: Quality, page: PageInput) -> Iterator[Finding]:
    yield from _lacking(
        quality, Measure.EXECUTION, _("{share} of the commands have no known execution time"),
        _("They are left out of averages and percentiles, and not counted as zero."),
        _("Pass it: track_command(…, execution_time=seconds)."), _UNTIMED,
    )  # fmt: skip
    yield from _lacking(
        quality, Measure.GENERATION, _("{share} of the images have no known generation time"),
        _("They are left out of averages and percentiles, and not counted as zero."),
        _("Pass it: track_image_generation(…, generation_time=seconds)."), _UNTIMED,
    )  # fmt: skip


def _lacking(
    quality: Quality, measure: Measure, what: str, meaning: str, remedy: str, lacking: Filter
) -> Iterator[Finding]:
    unused, rows = quality.left_out[measure].total(), quality.of(measure.table)[ROWS]
    if unused:
        if quality.left_out[measure][Reason.MILLISECONDS]:
            remedy += _(" Some are milliseconds: divide them by 1000.")
        words = _("Of {rows} rows: {reasons}. {meaning}").format(
            rows=count(rows), reasons=reasons_in_words(quality, measure), meaning=meaning
        )
        title = _begun(what.format(share=share_in_words(unused, rows)))
        yield Finding(_level(unused, rows), title, words, remedy, Opens(_TABLES[measure.table], lacking))


def _begun(title: str) -> str:
    """With a capital: a share may begin with words, "less than 0.1 %"."""
    return title[:1].upper() + title[1:]


def _level(part: int, whole: int) -> State:
    return State.WARN if part >= _SOME * whole else State.INFO


def _blanks(quality: Quality, page: PageInput) -> Iterator[Finding]:
    for table in _EVENTS:
        nobody, rows = quality.of(table)[NO_USER], quality.of(table)[ROWS]
        if nobody:
            title = _begun(
                _("{share} of the {things} have no user").format(
                    share=share_in_words(nobody, rows), things=_NOUNS[table]
                )
            )
            yield Finding(_level(nobody, rows), title,
                          _("{count} of {total} rows: they count, but for no user.").format(
                              count=count(nobody), total=count(rows)),
                          _("Pass str(interaction.user.id)."),
                          Opens(_TABLES[table], Filter.of(user="")))  # fmt: skip
    images = quality.of("image_stats")
    without = (
        (NO_PROMPT, "prompt", _("{share} of the images have no prompt")),
        (NO_RESOLUTION, "resolution", _("{share} of the images have no resolution")),
    )
    for key, what, lacking in without:
        if images[key]:
            share = share_in_words(images[key], images[ROWS])
            yield Finding(State.INFO, _begun(lacking.format(share=share)),
                          _("{count} of {total} rows.").format(count=count(images[key]), total=count(images[ROWS])),
                          _("Pass it: track_image_generation(…, {what}=…).").format(what=what),
                          Opens("images", Filter.of(resolution="")) if what == "resolution" else None)  # fmt: skip


def _failures(quality: Quality, page: PageInput) -> Iterator[Finding]:
    commands, alive = quality.of("command_usage"), quality.of("user_activity")[ROWS]
    if commands[ROWS] >= (_ENOUGH_COMMANDS if alive else MANY_COMMANDS) and not commands[FAILED]:
        reason = (
            _("More likely than that: the commands answer their own errors before anything can notice them.")
            if alive
            else _(
                "More likely than that: the bot writes every command down as a success. So no success rate is shown."
            )
        )
        yield Finding(
            State.WARN,
            _("None of {commands} commands ever failed").format(commands=count(commands[ROWS])),
            reason,
            _("In a command's except block, raise again after the answer, or call track_command(…, success=False)."),
        )


def _kinds(quality: Quality, page: PageInput) -> Iterator[Finding]:
    images = quality.of("image_stats")
    if images[ROWS] >= _ENOUGH_IMAGES and images[STANDARD] == images[ROWS]:
        yield Finding(
            State.INFO,
            _("Every image is of the type “standard”"),
            _("Redux, PuLID and others can't be told apart."),
            _("Pass it where the image arrives: track_image_generation(…, generation_type=request_type)."),
        )
    if images[ROWS] and ("image_stats", "guild_id") in quality.missing_columns:
        yield Finding(
            State.INFO,
            _("Names, reasons and the servers of images are not recorded"),
            _(
                "The bot writes them nowhere: ids stand in the place of names, a failed generation leaves no row, "
                "a filter by server leaves images out, and a generation time may include the wait in ComfyUI's queue."
            ),
            _(
                "Load this version's bot_integration in the bot, or call note_name(…) and track_failure(…). "
                "A name can be given by hand, too: Name this… in the menu of a user, a server or a channel. "
                "Failures and servers count where the command itself is tracked: track_command(…, success=False)."
            ),
        )


def _structure(quality: Quality, page: PageInput) -> Iterator[Finding]:
    lacking = (each for each in quality.missing_columns if each[0] in quality.tables and is_required(*each))
    missing = sorted(f"{table}.{column}" for table, column in lacking)
    if missing:
        words = _("It lacks {missing}; defaults are used instead.").format(missing=", ".join(missing))
        yield Finding(State.INFO, _("The database has an older layout"), words, _OPTIMISE)
    unindexed = [table for table in _EVENTS if table in quality.tables and table not in quality.indexed]
    if unindexed:
        words = _("{unindexed}: time ranges are found by searching the ids instead, which is nearly as quick.").format(
            unindexed=", ".join(unindexed)
        )
        yield Finding(State.INFO, _("There is no index on the time"), words, _OPTIMISE)
    absent = [table for table in (*_EVENTS, "daily_stats") if table not in quality.tables]
    if absent:
        yield Finding(
            State.INFO,
            _("Tables are missing"),
            _("{absent}: they count as empty.").format(absent=", ".join(absent)),
            _OPTIMISE,
        )
    elif not quality.has_days and _any_rows(quality):
        words = _("The calendar counts the days from the events themselves, so nothing is lost.")
        yield Finding(
            State.INFO, _("No daily statistics are stored"), words, _("Let the bot call generate_daily_stats().")
        )


def _extensions(quality: Quality, page: PageInput) -> Iterator[Finding]:
    for fault in extensions.faults():
        words = f"{fault.what_happened} {formatting.one_line(fault.detail, 300)}".strip()
        title = f"{fault.title}: {formatting.one_line(fault.subject, 120)}"
        yield Finding(State.WARN, title, words, f"{fault.what_to_do} {fault.what_is_safe}")


_LOOKS: Final[tuple[Callable[[Quality, PageInput], Iterator[Finding]], ...]] = (
    _place,
    _spools,
    _refused,
    _empty,
    _untracked,
    _durations,
    _times,
    _failures,
    _blanks,
    starts,
    gaps,
    _kinds,
    _structure,
    _extensions,
)


@dataclass(frozen=True, slots=True)
class Health:
    """What the page shows.

    Attributes:
        progress: the share of the rows that have been examined, 0 to 1. There are no findings before it is 1.
        findings: the most serious first.
        groups: facts about the file, about what is recorded, about the bot and about watching it.
    """

    progress: float
    findings: tuple[Finding, ...]
    groups: tuple[FactGroup, ...]


def _health(page: PageInput) -> Health:
    quality = page.findings if isinstance(page.findings, Quality) else Quality(page.aggregate.window.buckets.zone)
    whole = quality.progress >= 1
    return Health(quality.progress, findings(quality, page) if whole else (), facts(quality, page))


HEALTH: Final = PagePresenter("health", board({}, extra=_health), (ACTIVITY,), scan=Quality)
