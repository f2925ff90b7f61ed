"""What answers letters that are typed to find anything: some reading, while there is still something to be read."""

from __future__ import annotations

from typing import Final

from core.filters import ID_FIELDS
from core.storage.reader import Reader
from core.tables.finding.catalogue import Catalogue
from core.tables.reading.messages import FindRequest, FindResult
from core.tables.reading.names import RowNames

READ_SECONDS: Final = 0.015
"""So long is read before letters are answered."""


class LetterReader:
    """Holds what is looked through, as long as somebody types; ``names`` tells the names of what is found."""

    def __init__(self, names: RowNames) -> None:
        self._names = names
        self._reader: Reader | None = None
        self._asked: tuple[object, ...] = ()
        self._catalogue: Catalogue | None = None

    def forget(self) -> None:
        """Nobody types any more, or the connection is closed."""
        self._reader = self._catalogue = None

    def answer(self, reader: Reader, request: FindRequest) -> FindResult:
        """What fits the letters, of what is read so far."""
        asked = request.zone, request.names, request.prompts
        if self._catalogue is None or reader is not self._reader or asked != self._asked or request.afresh:
            self._reader, self._asked = reader, asked
            self._catalogue = Catalogue(request.zone, names=request.names, prompts=request.prompts)
        self._catalogue.read_on(reader, READ_SECONDS)
        found = self._catalogue.find(request.typed)
        if request.names:
            self._names.tell(reader, [(str(each.field), each.value) for each in found if each.field in ID_FIELDS])
        return FindResult(request.number, found, self._catalogue.whole)
