"""What is known of each server in a range: how much is done there, how that grew, and what has become of it.

- *new*: seen or joined for the first time in the range, where records begin before it.
- *left*: the bot left it, and was not seen there since.
- *dormant*: no command and no image for 30 days, and the bot did not leave.

Growth compares commands with as much of the period before; where that was not recorded, or had none, there is nothing
to compare with. Direct messages are one row, of which nobody joins or leaves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from heapq import nlargest
from typing import Final

from core.presenters.chart_parts import whole
from core.presenters.failure_groups import is_compared
from core.presenters.presenter import PageInput
from core.statistics.bucket_counts import BucketCounts
from core.statistics.failure_counting import DIRECT
from core.statistics.results import top
from core.statistics.server_counting import commands_by_server
from core.statistics.server_history import ServerHistory
from core.text.translation import gettext as _
from core.text.translation import pgettext

MOST_SERVERS: Final = 500
"""So many servers that lead in commands are listed, and as many that lead in images, users and failures."""


class ServerState(StrEnum):
    """What has become of a server."""

    NEW = "new"
    LEFT = "left"
    DORMANT = "dormant"
    USUAL = ""


STATE_WORDS: Final = {
    ServerState.NEW: pgettext("servers", "new"),
    ServerState.LEFT: pgettext("servers", "left"),
    ServerState.DORMANT: pgettext("servers", "dormant"),
    ServerState.USUAL: "",
}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server in a range.

    Attributes:
        server: its id; "" stands for direct messages.
        commands, failed, images, users: how many in the range; before: commands in as much of the period before, None
            where that can't be compared.
        first, last: epoch seconds of the first and last command or image, joined, left: of the bot's coming and going;
            all whatever the range, None where not known or not recorded.
        state: see the module.
    """

    server: str
    commands: int
    failed: int
    images: int
    users: int
    before: int | None
    first: float | None
    last: float | None
    joined: float | None
    left: float | None
    state: ServerState

    @property
    def growth(self) -> float | None:
        """Growth of commands in per cent; None where there is nothing to compare with."""
        return 100 * (self.commands - self.before) / self.before if self.before else None


def history_of(page: PageInput) -> ServerHistory | None:
    """What the page's scan has found so far."""
    return page.findings if isinstance(page.findings, ServerHistory) else None


@dataclass(frozen=True, slots=True)
class ServerSums:
    """What several parts of the page need of a range, counted once for each of its pictures.

    Attributes:
        commands: by server, "" for direct messages; total: of all of them.
        servers: those that were seen; direct messages are none.
        new: those of them that came in the range; None where that can't be told.
    """

    commands: Counter[str]
    total: int
    servers: frozenset[str]
    new: frozenset[str] | None


def server_sums(page: PageInput) -> ServerSums:
    """Count them."""
    cell = page.aggregate.whole.cell
    commands = commands_by_server(cell.guilds)
    servers = frozenset(filter(None, commands)).union(filter(None, cell.guild_images))
    new = _new(page)
    return ServerSums(commands, commands.total(), servers, None if new is None else new & servers)


def server_facts(page: PageInput, sums: ServerSums, most: int = MOST_SERVERS) -> tuple[ServerFacts, ...]:
    """The servers that lead in anything, those with most commands first, then by images and id."""
    cell, commands, before = page.aggregate.whole.cell, sums.commands, commands_before(page)
    leading: set[str] = {server for server, _n in top(commands, most)}
    leading |= {server for server, _n in top(cell.guild_images, most + 1) if server is not None}
    leading |= {server or DIRECT for server, _n in top(cell.guild_failures, most)}
    leading |= set(nlargest(most, cell.guild_users, key=lambda server: len(cell.guild_users[server])))
    found = (_facts(page, server, sums, before) for server in leading)
    return tuple(sorted(found, key=lambda each: (-each.commands, -each.images, each.server)))


def commands_before(page: PageInput) -> Counter[str] | None:
    """Commands by server in as much of the period before, until as long before now as it is; None: not comparable."""
    if not is_compared(page):
        return None
    previous, fine = page.aggregate.previous, page.counterpart
    passed: tuple[BucketCounts, ...] = ()
    if fine is not None:
        buckets, edges = whole(page), fine.window.buckets
        until = edges.edges[0] + page.now - buckets.edges[buckets.complete(page.now)]
        passed = tuple(fine.cells[start] for start in edges.edges[: edges.complete(until)])

    def summed() -> Counter[str]:
        found: Counter[str] = Counter()
        for cell in (previous.cell, *passed):
            found.update(commands_by_server(cell.guilds))
        return found

    revision = fine.whole.revision if fine is not None else 0
    return page.aggregate.of_before(summed, (fine, revision, len(passed)))


def _facts(page: PageInput, server: str, sums: ServerSums, before: Counter[str] | None) -> ServerFacts:
    cell, history = page.aggregate.whole.cell, history_of(page)
    known = history is not None and bool(server)
    failed = cell.guild_failures[server] + (cell.guild_failures[None] if server == DIRECT else 0)
    return ServerFacts(
        server,
        sums.commands[server],
        failed,
        cell.guild_images[server],
        len(cell.guild_users.of(server)),
        None if before is None else before[server],
        history.first.get(server) if history is not None and known and page.scanned.whole else None,
        history.last.get(server) if history is not None and known else None,
        history.joined.get(server) if history is not None and known else None,
        history.left.get(server) if history is not None and known else None,
        _state(page, server, sums),
    )


def _state(page: PageInput, server: str, sums: ServerSums) -> ServerState:
    history = history_of(page)
    if history is None or not server:
        return ServerState.USUAL
    if not history.is_there(server):
        return ServerState.LEFT
    if page.scanned.whole and history.is_dormant(server, page.now):
        return ServerState.DORMANT
    return ServerState.NEW if sums.new is not None and server in sums.new else ServerState.USUAL


def _new(page: PageInput) -> frozenset[str] | None:
    """The servers that came in the range; nothing is new where records begin within it, or before all is read."""
    history, start, since = history_of(page), whole(page).edges[0], page.recorded_since
    if history is None or not page.scanned.whole or since is None or since >= start:
        return None
    return history.came_since(start)


def moves_recorded(page: PageInput) -> bool:
    """Whether the bot ever said that it joined or left a server."""
    history = history_of(page)
    return history is not None and bool(history.joined or history.left)


def images_say_where(page: PageInput) -> bool:
    """Whether any image of the range is recorded with its server or channel, or there is none."""
    images = page.aggregate.whole.cell.guild_images
    return not images or any(server is not None for server in images)


def server_name(server: str) -> str:
    """A server's id, or words for direct messages."""
    return server or _("direct messages")
