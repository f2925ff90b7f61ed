"""The Health page: what can be trusted, what is not recorded, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from core import formatting
from core.folding import ACTIVITY
from core.periods import DAY, HOUR, local_time
from core.quality import FAILED, NO_DURATION, NO_PROMPT, NO_TIME, NO_USER, ROWS, STANDARD, Quality
from core.snapshot import Source
from core.spans import clock, month_day
from core.subjects.scene import Scene, Subject, board

_GENERATING: Final = ("comfy", "redux", "reduxprompt", "pulid", "video")
_ENOUGH_COMMANDS: Final = 500
_ENOUGH_IMAGES: Final = 100
_GAP_HOURS: Final = 24
_MOST_GAPS: Final = 5


class State(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        state: how much it matters.
        title: what: "Execution time is unknown for 41 % of the commands".
        words: what that means; remedy: what to do, or which line of the bot would record it. Either may be empty.
    """

    state: State
    title: str
    words: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What the page shows.

    Attributes:
        findings: the most serious first.
        facts: (what, value) pairs about the file and about watching it.
    """

    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]


def _health(scene: Scene) -> Health:
    quality = scene.findings
    found: list[Finding] = []
    if isinstance(quality, Quality):
        for look in (_empty, _untracked, _times, _failures, _kinds, _gaps, _structure):
            found += look(quality, scene)
        if all(finding.state in (State.GOOD, State.INFO) for finding in found):
            found.append(Finding(State.GOOD, "Nothing is wrong with what is recorded"))
    order = list(reversed(State))
    return Health(tuple(sorted(found, key=lambda finding: order.index(finding.state))), tuple(_facts(scene)))


def _empty(quality: Quality, scene: Scene) -> Iterator[Finding]:
    calls = {
        "command_usage": "track_command(…)",
        "image_stats": "track_image_generation(…)",
        "user_activity": "track_user_activity(…)",
    }
    for table, call in calls.items():
        if not quality.of(table)[ROWS]:
            remedy = f"It is filled where the bot calls {call}."
            state = State.INFO if table == "user_activity" else State.WARN
            yield Finding(state, f"The table {table} is empty", "Nothing of this kind is recorded.", remedy)


def _untracked(quality: Quality, scene: Scene) -> Iterator[Finding]:
    if quality.of("image_stats")[ROWS] and quality.commands and not quality.commands & set(_GENERATING):
        names = ", ".join(f"/{formatting.one_line(name, 30)}" for name in sorted(quality.commands)[:6])
        yield Finding(
            State.WARN,
            "The commands that make images are not recorded",
            f"There are images, but the only commands are {names}: counts and failure rates leave the others out.",
            "Put @track_command_usage on the bot's other commands, or load Botpulse's listener, which tracks them all.",
        )


def _times(quality: Quality, scene: Scene) -> Iterator[Finding]:
    for table, noun in (("command_usage", "commands"), ("image_stats", "images"), ("user_activity", "activities")):
        counts = quality.of(table)
        if counts[NO_TIME]:
            yield _share(counts[NO_TIME], counts[ROWS], f"have no usable time ({noun})", "They are left out of every "
                         "range and chart; the table shows them under “all”.",
                         "A time is epoch seconds as a number; milliseconds and text are not.")  # fmt: skip
    commands, images = quality.of("command_usage"), quality.of("image_stats")
    if commands[NO_DURATION]:
        yield _share(commands[NO_DURATION], commands[ROWS], "of the commands have no known execution time",
                     "They are left out of percentiles and averages, not counted as zero.",
                     "Hand it over: track_command(…, execution_time=seconds).")  # fmt: skip
    if images[NO_DURATION]:
        yield _share(images[NO_DURATION], images[ROWS], "of the images have no known generation time",
                     "NULL, 0.0 and impossible values are left out of percentiles and averages.",
                     "Hand it over: track_image_generation(…, generation_time=seconds).")  # fmt: skip
    for table, noun in (("command_usage", "commands"), ("image_stats", "images")):
        if quality.of(table)[NO_USER]:
            yield _share(quality.of(table)[NO_USER], quality.of(table)[ROWS], f"of the {noun} name no user",
                         "They count as one user without a name.", "")  # fmt: skip
    if images[NO_PROMPT]:
        yield _share(images[NO_PROMPT], images[ROWS], "of the images have no prompt", "", "", State.INFO)


def _share(part: int, whole: int, words: str, meaning: str, remedy: str, state: State | None = None) -> Finding:
    share = part / whole if whole else 0.0
    shown = formatting.percent(share) if share >= 0.001 else f"less than 0.1{formatting.NO_BREAK}%"
    level = state or (State.WARN if share >= 0.05 else State.INFO)
    return Finding(level, f"{formatting.count(part)} rows ({shown}) {words}", meaning, remedy)


def _failures(quality: Quality, scene: Scene) -> Iterator[Finding]:
    commands = quality.of("command_usage")
    if commands[ROWS] >= _ENOUGH_COMMANDS and not commands[FAILED]:
        yield Finding(
            State.WARN,
            f"None of {formatting.count(commands[ROWS])} commands ever failed",
            "More likely than that: the commands answer their own errors before anything can notice them.",
            "Let track_command(…, success=False) be called where a command answers an error itself.",
        )


def _kinds(quality: Quality, scene: Scene) -> Iterator[Finding]:
    images = quality.of("image_stats")
    if images[ROWS] >= _ENOUGH_IMAGES and images[STANDARD] == images[ROWS]:
        yield Finding(
            State.INFO,
            "Every image is of the type “standard”",
            "Redux, PuLID and others can't be told apart.",
            "Hand it over: track_image_generation(…, generation_type=…).",
        )


def _gaps(quality: Quality, scene: Scene) -> Iterator[Finding]:
    """Spells of a day or more without anything, which an otherwise steady bot does not have."""
    hours = sorted(quality.hours)
    gaps = [(before, after) for before, after in pairwise(hours) if after - before > _GAP_HOURS]
    spoken = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_MOST_GAPS]
    if spoken:
        words = "; ".join(_gap(gap, quality) for gap in sorted(spoken))
        more = f" and {len(gaps) - len(spoken)} shorter ones" if len(gaps) > len(spoken) else ""
        yield Finding(State.INFO, f"{_gaps_counted(len(gaps))} of more than a day without any event",
                      f"The longest: {words}{more}.",
                      "The bot was off, or nobody asked anything: the tables can't tell.")  # fmt: skip


def _gaps_counted(amount: int) -> str:
    return "One gap" if amount == 1 else f"{amount} gaps"


def _gap(gap: Sequence[int], quality: Quality) -> str:
    start, end = (local_time(hour * HOUR, quality.zone) for hour in (gap[0] + 1, gap[1]))
    days = (gap[1] - gap[0] - 1) * HOUR / DAY
    return f"{month_day(start)} {start.year} {clock(start)} to {month_day(end)} {clock(end)} ({days:.1f} days)"


def _structure(quality: Quality, scene: Scene) -> Iterator[Finding]:
    remedy = "Data → Optimise… adds them; the bot keeps working as it is."
    missing = sorted(f"{table}.{column}" for table, column in quality.missing_columns if table in quality.tables)
    if missing:
        yield Finding(
            State.INFO, "An older schema", f"It lacks {', '.join(missing)}; defaults stand in for them.", remedy
        )
    unindexed = sorted({"command_usage", "image_stats", "user_activity"} & quality.tables - quality.indexed)
    if unindexed:
        words = f"{', '.join(unindexed)}: ranges are found by halving the ids instead, which is nearly as quick."
        yield Finding(State.INFO, "No index on the time", words, remedy)
    absent = sorted({"command_usage", "image_stats", "user_activity", "daily_stats"} - quality.tables)
    if absent:
        yield Finding(State.INFO, "Tables are missing", f"{', '.join(absent)}: they count as empty.", remedy)


def _facts(scene: Scene) -> Iterator[tuple[str, str]]:
    source = scene.source
    if source is not None:
        yield from _file_facts(source)
    yield (
        "Bot last seen",
        formatting.NOTHING if scene.last_seen is None else formatting.ago(scene.now - scene.last_seen),
    )
    cell, buckets = scene.aggregate.whole.cell, scene.aggregate.window.buckets
    yield "Bot starts in this range", formatting.count(cell.restarts.total())
    zone = buckets.zone
    if cell.restarts:
        last = local_time(max(cell.restarts), zone)
        yield "Last start", f"{month_day(last)} {clock(last)}"


def _file_facts(source: Source) -> Iterator[tuple[str, str]]:
    yield "Database", source.location
    if source.octets:
        yield "Size", formatting.size(source.octets)
    yield (
        "Journal",
        {"WAL": "write-ahead log", "rollback": "rollback journal"}.get(source.journal_mode, source.journal_mode),
    )
    for table, rows in source.rows.items():
        yield f"Rows in {table}", f"about {formatting.count(rows)}"
    yield "Last look", formatting.seconds(source.look_seconds)
    yield "Last refresh", formatting.seconds(source.refresh_seconds)


HEALTH: Final = Subject("health", board({}, extra=_health), (ACTIVITY,), study=Quality)
