"""A group of failures as a report in Markdown, to be pasted into an issue.

It names nobody: users are counted, servers are told by the end of their ids, and prompts were struck from the messages
before they were stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from core.presenters.failure_groups import STATE_WORDS, FailureGroup
from core.text.dates import dated_moment
from core.text.formatting import count, counted, one_line, short_id
from core.text.markdown import escaped
from core.text.translation import gettext as _

MOST_GROUPS: Final = 20
"""So many causes are in a report of several."""

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a report says beside the groups.

    Attributes:
        span: the range in words: "in 24 h".
        zone: whose times are told.
        versions: those of the programs, in a line.
    """

    span: str
    zone: ZoneInfo
    versions: str


def report_of(group: FailureGroup, context: ReportContext) -> str:
    """One group: what, how often, since when, by command and server, the message, the versions."""
    lines = [f"### {_heading(group)}", "", *(f"- {line}" for line in _facts(group, context))]
    if group.message:
        lines += ["", *_quoted(group.message)]
    return "\n".join((*lines, "", context.versions, ""))


def report_of_all(groups: Sequence[FailureGroup], context: ReportContext) -> str:
    """The most frequent groups, a line each."""
    shown = [group for group in groups if group.count][:MOST_GROUPS]
    heading = _("Failures {span}").format(span=context.span)
    lines = [f"### {heading}", "", *(f"- {_line(group)}" for group in shown)]
    return "\n".join((*(lines if shown else (*lines, _("None."))), "", context.versions, ""))


def _heading(group: FailureGroup) -> str:
    what = group.error_type or group.kind or _("error")
    return _plain(_("{error} in {node}").format(error=what, node=group.node) if group.node else what)


def _line(group: FailureGroup) -> str:
    message = f": {_plain(group.message)}" if group.message else ""
    return f"{count(group.count)} × {_heading(group)}{message}"


def _facts(group: FailureGroup, context: ReportContext) -> Iterator[str]:
    times = counted(group.count, "{count} time", "{count} times")
    state = STATE_WORDS[group.state]
    yield f"{times} {context.span}" + (f" ({state})" if state else "")
    users = counted(group.users, "{count} user", "{count} users")
    yield _("{users} on {servers}").format(
        users=users, servers=counted(group.servers, "{count} server", "{count} servers")
    )
    for words, moment in ((_("first seen {moment}"), group.first), (_("last seen {moment}"), group.last)):
        if moment is not None:
            yield words.format(moment=dated_moment(moment, context.zone))
    if group.commands:
        yield _("by command: {list}").format(list=", ".join(f"{_plain(name)} {count(n)}" for name, n in group.commands))
    if group.guilds:
        named = ((short_id(guild) if guild else _("direct messages"), n) for guild, n in group.guilds)
        yield _("by server: {list}").format(list=", ".join(f"{name} {count(n)}" for name, n in named))
    yield _("fingerprint {fingerprint}").format(fingerprint=_plain(group.fingerprint))


def _quoted(message: str) -> tuple[str, ...]:
    """A block of code that the text can't end."""
    line = one_line(message, 400)
    fence = "```"
    while fence in line:
        fence += "`"
    return fence, line, fence


def _plain(text: str) -> str:
    return escaped(text, _LONGEST)
