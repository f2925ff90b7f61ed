"""The readers of all tables of a window, which take turns in one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic

from core.storage.location import Location
from core.storage.names import NameTeller
from core.tables.reading.messages import Result
from core.tables.reading.rows import RowReader
from core.worker.live.messages import Answered, Asked, Deed


class TableReaders:
    """Readers by their numbers, each with a connection of its own while it is asked things.

    ``names`` tells the names of what they show.
    """

    def __init__(self, tell: Callable[[Answered], None], names: NameTeller) -> None:
        self._tell, self._names = tell, names
        self._readers: dict[int, RowReader] = {}
        self._locations: dict[int, Location | None] = {}

    @property
    def due(self) -> float | None:
        """When the next turn is due, by ``monotonic``; None: nobody has anything to do."""
        pauses = [reader.pause for reader in self._readers.values()]
        return min((monotonic() + pause for pause in pauses if pause is not None), default=None)

    def take(self, asked: Iterable[Asked]) -> None:
        """Pass on what was asked, in its order."""
        for each in asked:
            self._take(each)

    def turn(self) -> None:
        """Let each that has something to do take one step."""
        for reader in list(self._readers.values()):
            if reader.pause == 0:
                reader.turn()

    def close(self) -> None:
        """Close all connections."""
        for reader in self._readers.values():
            reader.end()

    def _take(self, asked: Asked) -> None:
        number = asked.reader
        if asked.deed is Deed.END:
            reader = self._readers.pop(number, None)
            self._locations.pop(number, None)
            if reader is not None:
                reader.end()
            return
        reader = self._readers.setdefault(number, RowReader(partial(self._answer, number), self._names))
        if asked.deed is Deed.OPEN or self._locations.get(number) != asked.location:
            reader.open(asked.location)
            self._locations[number] = asked.location
        if asked.request is not None:
            reader.take(asked.request)
        elif asked.deed is Deed.STOP:
            reader.stop()
        elif asked.deed is Deed.REST:
            reader.rest()

    def _answer(self, number: int, result: Result) -> None:
        self._tell(Answered(number, result))
