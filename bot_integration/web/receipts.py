"""Which requests were counted and delivered: the memory that makes a sender's retries harmless."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from typing import Final

from core.storage.receipts import DeliveryStage, Receipt, ReceiptFile

log = logging.getLogger(__name__)

MOST: Final = 10_000
"""Requests that are remembered."""

KEPT_SECONDS: Final = 86_400.0
"""How long a request is remembered; a sender's retries last minutes."""


class Receipts:
    """Remembers the last :data:`MOST` requests of a day, in memory at once and in a file soon after.

    Used from one event loop; the file is read and written in threads, one at a time. Where it can't be, that is
    logged and memory alone is left.
    """

    def __init__(self, file: ReceiptFile | None) -> None:
        self._file = file
        self._known: OrderedDict[str, Receipt] = OrderedDict()
        self._disk = asyncio.Lock()
        self._loaded = file is None
        self._complained = False

    async def load(self) -> None:
        """Read the file, the first time."""
        async with self._disk:
            if self._loaded or self._file is None:
                return
            try:
                for receipt in await asyncio.to_thread(self._file.read):
                    self._remember(receipt)
            except OSError as error:
                self._complain(error)
            self._loaded = True

    def stage_of(self, request_id: str) -> DeliveryStage | None:
        """How far a request has come; None where it is not known."""
        self._forget_old()
        receipt = self._known.get(request_id)
        return None if receipt is None else receipt.stage

    def note(self, request_id: str, stage: DeliveryStage) -> Receipt:
        """Remember it from now on, in memory; :meth:`write` puts the returned receipt into the file."""
        receipt = Receipt(request_id, stage, time.time())
        self._remember(receipt)
        return receipt

    async def write(self, receipt: Receipt) -> None:
        """Put a receipt into the file."""
        if self._file is None:
            return
        async with self._disk:
            try:
                await asyncio.to_thread(self._file.write, receipt, MOST, time.time() - KEPT_SECONDS)
            except OSError as error:
                self._complain(error)

    def _remember(self, receipt: Receipt) -> None:
        known = self._known.pop(receipt.request_id, receipt)
        self._known[receipt.request_id] = receipt._replace(stage=min(known.stage, receipt.stage))
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
                self._file.path if self._file else "the file of receipts",
                error.strerror or error,
            )
