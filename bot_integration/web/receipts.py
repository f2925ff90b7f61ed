"""Which requests were counted and delivered: the memory that makes a sender's retries harmless."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from typing import Final

from bot_integration.web.journal import Journal, Line, Mark

log = logging.getLogger(__name__)

MOST: Final = 10_000
"""Requests that are remembered."""

KEPT_SECONDS: Final = 86_400.0
"""How long a request is remembered; a sender's retries last minutes."""


class Receipts:
    """Remembers the last :data:`MOST` requests of a day, in memory at once and in a journal soon after.

    Used from one event loop; the journal is read and written in threads, one at a time. Where it can't be, that is
    logged and memory alone is left.
    """

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self._known: OrderedDict[str, Line] = OrderedDict()
        self._disk = asyncio.Lock()
        self._loaded = journal is None
        self._appended = 0
        self._complained = False

    async def load(self) -> None:
        """Read the journal, the first time; what memory knows already counts for more."""
        if self._loaded:
            return
        async with self._disk:
            if not self._loaded:
                await self._read()
                self._loaded = True

    async def _read(self) -> None:
        assert self._journal is not None
        try:
            lines = await asyncio.to_thread(self._journal.read)
        except OSError as error:
            self._complain(error)
            return
        for line in lines:
            self._remember(line)
        if len(lines) > len(self._known):
            await self._rewrite()

    def mark_of(self, request_id: str) -> Mark | None:
        """How far a request has come; None where it is not known."""
        self._forget_old()
        line = self._known.get(request_id)
        return None if line is None else line.mark

    def note(self, request_id: str, mark: Mark) -> Line:
        """Remember it from now on, in memory; :meth:`write` puts the returned line into the journal."""
        line = Line(time.time(), mark, request_id)
        self._remember(line)
        return line

    async def write(self, line: Line) -> None:
        """Put a line into the journal, and tidy that up where it has become long."""
        if self._journal is None:
            return
        async with self._disk:
            try:
                await asyncio.to_thread(self._journal.append, line)
            except OSError as error:
                self._complain(error)
                return
            self._appended += 1
            if self._appended > 2 * MOST:
                await self._rewrite()

    async def _rewrite(self) -> None:
        assert self._journal is not None
        try:
            await asyncio.to_thread(self._journal.rewrite, list(self._known.values()))
        except OSError as error:
            self._complain(error)
        self._appended = 0

    def _remember(self, line: Line) -> None:
        known = self._known.pop(line.request_id, None)
        if known is not None and known.mark is Mark.DELIVERED:
            line = Line(line.moment, known.mark, line.request_id)
        self._known[line.request_id] = line
        self._forget_old()

    def _forget_old(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        while self._known:
            first = next(iter(self._known.values()))
            if len(self._known) <= MOST and first.moment >= oldest:
                return
            self._known.popitem(last=False)

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            log.warning(
                "%s cannot be used (%s): a picture that is sent again after a restart of the bot will be counted twice",
                self._journal.path if self._journal else "the journal",
                error.strerror or error,
            )
