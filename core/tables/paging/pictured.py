"""What rows of images say of their pictures, read beside the columns that a table shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from core.models import ImageStats
from core.storage.reader import Reader
from core.storage.values import NOT_A_VIDEO, moment_or_none
from core.tables.definitions import TABLES
from core.tables.paging.pages import rows_by_id
from core.tables.pictures import Message, Pictured, id_of, outputs_of

IMAGES: Final = TABLES["images"]


def pictured(reader: Reader, ids: Sequence[int | str]) -> tuple[Pictured, ...]:
    """What is to be seen of the images with these ids, in their order, as far as they are there."""
    fields = (
        ImageStats.id,
        ImageStats.timestamp,
        ImageStats.is_video,
        ImageStats.outputs,
        ImageStats.guild_id,
        ImageStats.channel_id,
        ImageStats.message_id,
    )
    found = {row[0]: _pictured(row) for rows in rows_by_id(reader, IMAGES, list(ids), fields) for row in rows}
    return tuple(found[each] for each in ids if each in found)


def _pictured(row: Sequence[Any]) -> Pictured:
    row_id, moment, is_video, outputs, *message = row
    return Pictured(
        row_id,
        moment_or_none(moment),
        is_video not in NOT_A_VIDEO,
        outputs_of(outputs),
        Message(*map(id_of, message)),
    )
