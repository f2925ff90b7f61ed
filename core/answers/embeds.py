"""Answers → Discord embeds: within Discord's limits whatever the data, and with no markup but our own.

The limits (6000 characters in all, 25 fields, 256 in a title or a field's name, 4096 in a description, 1024 in a
field, 2048 in a footer) hold by construction: names are cut short, lists are cut at whole lines. Names of commands,
resolutions, LoRAs and people come from strangers (:mod:`core.text.markdown`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from core.answers.commands import CommandAnswer
from core.answers.images import ImageAnswer
from core.answers.period import Comparison, PeriodDays, zone_named
from core.answers.summary import SummaryAnswer
from core.answers.users import UserAnswer
from core.statistics.grouped_sql import Generations
from core.statistics.results import CommandBreakdown, Durations, UserBreakdown
from core.text.command_names import as_called
from core.text.dates import month_day
from core.text.formatting import (
    age,
    change,
    commands_words,
    count,
    images_words,
    percent,
    seconds,
    users_words,
    videos_words,
    written,
)
from core.text.markdown import escaped, fitted, visible
from core.text.translation import gettext as _
from core.time_ranges import local_time, utc_time
from resources.design import Theme, palette

PICTURE: Final = "chart.png"
"""The name under which an answer's picture is attached: the embed shows it."""

NOT_RECORDED: Final = _("not recorded yet")

_COLOUR: Final = int(palette(Theme.DARK).accent.removeprefix("#"), 16)
_VALUE: Final = 900
_LONGEST_NAME: Final = 48
_LONGEST_TITLE: Final = 100
_LONGEST_ZONE: Final = 64
_NOTHING: Final = _("None recorded yet.")

_RECORD_COMMANDS: Final = _("Every command that somebody uses from now on is counted, this one too.")
_RECORD_IMAGES: Final = _(
    "Images are recorded where the bot calls `manager.track_image_generation(…)`, or receives them at `/send_image`."
)
_RECORD_TIMES: Final = _(
    "Generation times are recorded where the bot hands `generation_time` to `track_image_generation`;"
    " `ComfyUI.get_images` measures it."
)


def summary_embed(bot_name: str, answer: SummaryAnswer) -> Any:
    """The ``discord.Embed`` of ``/stats``, with the title and the fields of the deployed bot."""
    embed = _embed(_("{bot_name} Statistics").format(bot_name=escaped(bot_name, _LONGEST_TITLE)), "", answer.made)
    if answer.since is None and not (answer.commands or answer.images.rows or answer.videos.rows):
        embed.description = _("Nothing is recorded yet.\n{record_commands}\n{record_images}").format(
            record_commands=_RECORD_COMMANDS, record_images=_RECORD_IMAGES
        )
    _add(embed, _("Summary"), _summary_lines(answer))
    _add(embed, _("Generation Times"), _average_lines(answer))
    _add(embed, _("Top Resolutions"), _count_lines(answer.top_resolutions, answer.images.rows + answer.videos.rows))
    _add(embed, _("Content Types"), _kind_lines(answer.images.rows, answer.videos.rows), inline=True)
    _add(embed, _("Uptime"), [age(answer.uptime)], inline=True)
    embed.set_footer(text=_("All that is stored · {zone}").format(zone=visible(answer.zone, _LONGEST_ZONE)))
    return embed


def command_embed(answer: CommandAnswer) -> Any:
    """The ``discord.Embed`` of ``/command_stats``."""
    lines = [
        _("No commands were recorded {during}.").format(during=_during(answer.days)),
        *_hint(_RECORD_COMMANDS, answer.change),
    ]
    if answer.commands:
        succeeded = percent(1 - answer.failures / answer.commands)
        failed = _("{failures} failed").format(failures=count(answer.failures)) if answer.failures else _("none failed")
        lines = [
            f"**{commands_words(answer.commands)}** {_during(answer.days)}{_daily(answer.daily)}",
            _("**{succeeded}** succeeded, {failed}").format(succeeded=succeeded, failed=failed),
            *_spread(_("Execution time"), answer.execution),
        ]
    embed = _of_days(_("Commands"), [*lines, *_change(answer.change, answer.days)], answer.days, answer.picture)
    if answer.by_command:
        rest = answer.names - len(answer.by_command)
        _add(embed, _("By command"), map(_command_line, answer.by_command), rest)
    return embed


def image_embed(answer: ImageAnswer) -> Any:
    """The ``discord.Embed`` of ``/image_stats``."""
    total = answer.images + answer.videos
    lines = [
        _("No images were recorded {during}.").format(during=_during(answer.days)),
        *_hint(_RECORD_IMAGES, answer.change),
    ]
    if total:
        made = _("**{images}** and **{videos}**").format(
            images=images_words(answer.images), videos=videos_words(answer.videos)
        )
        lines = [f"{made} {_during(answer.days)}{_daily(answer.daily)}"]
    embed = _of_days(_("Images"), [*lines, *_change(answer.change, answer.days)], answer.days, answer.picture)
    if not total:
        return embed
    _add(embed, _("Generation time"), _generation_lines(answer))
    _add(embed, _("By resolution"), _count_lines(answer.resolutions, total))
    with_none = (
        [_("none: {shared}").format(shared=_shared(answer.without_lora, total))]
        if answer.loras and answer.without_lora
        else []
    )
    _add(embed, _("By LoRA"), [*_count_lines(answer.loras, total), *with_none])
    _add(embed, _("By type"), _count_lines(answer.types, total))
    return embed


def user_embed(answer: UserAnswer, name_of: Callable[[str], str] = str) -> Any:
    """The ``discord.Embed`` of ``/user_stats``.

    ``name_of`` turns an id into the name that is shown, raw: it is escaped here.
    """
    lines = [
        _("Nobody was there {during}.").format(during=_during(answer.days)),
        *_hint(_RECORD_COMMANDS, answer.change),
    ]
    if answer.users:
        lines = [
            f"**{users_words(answer.users)}** {_during(answer.days)}{_daily(answer.daily)}",
            _("**{new}** of them new, {users} had been there before").format(
                new=count(answer.new), users=count(answer.users - answer.new)
            ),
            f"{commands_words(answer.commands)}, {images_words(answer.images)}",
        ]
    embed = _of_days(_("Users"), [*lines, *_change(answer.change, answer.days)], answer.days, answer.picture)
    if answer.top:
        _add(
            embed, _("Most active"), [_user_line(user, name_of) for user in answer.top], answer.users - len(answer.top)
        )
    return embed


def _embed(title: str, description: str, made: float) -> Any:
    import discord

    moment = utc_time(made)
    return discord.Embed(title=title, description=description or None, colour=_COLOUR, timestamp=moment)


def _of_days(title: str, lines: Sequence[str], days: PeriodDays, picture: bytes | None) -> Any:
    embed = _embed(title, "\n".join(lines), days.made)
    embed.set_footer(text=f"{days.dates} · {visible(days.zone, _LONGEST_ZONE)}")
    if picture is not None:
        embed.set_image(url=f"attachment://{PICTURE}")
    return embed


def _add(embed: Any, name: str, lines: Iterable[str], unlisted: int = 0, *, inline: bool = False) -> None:
    """A field; ``unlisted`` is how many lines there would be beyond those that are given."""
    value = fitted(list(lines) or [_NOTHING], _VALUE, _more, max(unlisted, 0))
    embed.add_field(name=name, value=value, inline=inline)


def _more(missing: int) -> str:
    return _("… and {missing} more").format(missing=count(missing))


def _during(days: PeriodDays) -> str:
    if days.period.back:
        return (
            _("on {dates}").format(dates=days.dates)
            if days.period.days == 1
            else _("from {dates}").format(dates=days.dates.replace(" – ", _(" to ")))
        )
    return days.words if days.period.days == 1 else _("in {words}").format(words=days.words)


def _hint(how: str, compared: Comparison | None) -> list[str]:
    """How something is recorded, where it does not seem to be."""
    return [] if compared is not None and compared.previous else [how]


def _daily(average: float | None) -> str:
    if average is None:
        return ""
    return _(" · {average} a day").format(average=written(average, ",.0f" if average >= 9.95 else ".1f"))


def _change(compared: Comparison | None, days: PeriodDays) -> list[str]:
    if compared is None or not (compared.current or compared.previous):
        return []
    until = "" if days.period.back else _(", until the same time of day")
    relative = change(compared.current, compared.previous)
    if relative is None:
        return [_("None {before}{until}").format(before=days.before, until=until)]
    return [
        _("**{relative}** against {before}{until} ({previous})").format(
            relative=relative, before=days.before, until=until, previous=count(compared.previous)
        )
    ]


def _spread(what: str, times: Durations) -> list[str]:
    if not times.count:
        return [f"{what}: {NOT_RECORDED}"]
    unknown = _(", unknown for {unknown}").format(unknown=count(times.unknown)) if times.unknown else ""
    return [f"{what}: p50 **{seconds(times.p50)}** · p95 **{seconds(times.p95)}**{unknown}"]


def _command_line(command: CommandBreakdown) -> str:
    failed = _(" · {failures} failed").format(failures=count(command.failures)) if command.failures else ""
    times = command.execution
    took = f" · p50 {seconds(times.p50)} · p95 {seconds(times.p95)}" if times.count else ""
    return f"**{escaped(as_called(command.name), _LONGEST_NAME)}** {count(command.total)}{failed}{took}"


def _user_line(user: UserBreakdown, name_of: Callable[[str], str]) -> str:
    failed = _(" ({failures} failed)").format(failures=count(user.failures)) if user.failures else ""
    parts = [f"{commands_words(user.commands)}{failed}"] if user.commands else []
    parts += [images_words(user.images)] if user.images else []
    return f"**{escaped(name_of(user.user_id), _LONGEST_NAME)}** {', '.join(parts)}"


def _generation_lines(answer: ImageAnswer) -> list[str]:
    lines = [
        _generation_line(name, times)
        for name, times, made in (
            (_("Images"), answer.image_times, answer.images),
            (_("Videos"), answer.video_times, answer.videos),
        )
        if made
    ]
    known = answer.image_times.count + answer.video_times.count
    return lines if known else [*lines, _RECORD_TIMES]


def _generation_line(name: str, times: Durations) -> str:
    if not times.count:
        return f"**{name}:** {NOT_RECORDED}"
    left_out = _(" · unknown for {unknown}, left out").format(unknown=count(times.unknown)) if times.unknown else ""
    spread = f"p50 {seconds(times.p50)} · p95 {seconds(times.p95)}"
    return _("**{name}:** {mean} on average · {spread}{left_out}").format(
        name=name, mean=seconds(times.mean), spread=spread, left_out=left_out
    )


def _summary_lines(answer: SummaryAnswer) -> list[str]:
    succeeded = (
        _(" ({value} succeeded)").format(value=percent(1 - answer.failures / answer.commands))
        if answer.commands
        else ""
    )
    lines = [
        _("**Commands:** {commands}{succeeded}").format(commands=count(answer.commands), succeeded=succeeded),
        _("**Images and videos:** {rows}").format(rows=count(answer.images.rows + answer.videos.rows)),
        _("**Users:** {users}").format(users=count(answer.users)),
    ]
    if answer.top_commands:
        (name, runs), *_n = answer.top_commands
        lines.append(
            _("**Most used:** {command} ({runs})").format(
                command=escaped(as_called(name), _LONGEST_NAME), runs=count(runs)
            )
        )
    if answer.since is not None:
        first = local_time(answer.since, zone_named(answer.zone)).date()
        lines.append(_("**Since:** {day} {year}").format(day=month_day(first), year=first.year))
    return lines


def _average_lines(answer: SummaryAnswer) -> list[str]:
    both = answer.images + answer.videos
    lines = [
        f"**{name}:** {_average(made)}"
        for name, made in ((_("Average"), both), (_("Images"), answer.images), (_("Videos"), answer.videos))
    ]
    if both.rows and not both.known:
        return [*lines, _RECORD_TIMES]
    unknown = both.rows - both.known
    return [*lines, _("unknown for {unknown}, left out").format(unknown=count(unknown))] if unknown else lines


def _average(made: Generations) -> str:
    return seconds(made.mean) if made.known else NOT_RECORDED


def _kind_lines(images: int, videos: int) -> list[str]:
    total = images + videos
    return [
        _("**Images:** {shared}").format(shared=_shared(images, total)),
        _("**Videos:** {shared}").format(shared=_shared(videos, total)),
    ]


def _count_lines(counts: Iterable[tuple[str, int]], total: int) -> list[str]:
    return [f"**{escaped(name, _LONGEST_NAME)}:** {_shared(n, total)}" for name, n in counts]


def _shared(part: int, total: int) -> str:
    return f"{count(part)} ({percent(part / total, 0)})" if total else count(part)
