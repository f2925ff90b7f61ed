"""Where the time of generations goes: in ComfyUI's queue, in its work, and in the rest; where a bot records it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.charts.specs import Chart, Ink, Mark, Series, Unit
from core.presenters.chart_parts import in_range, over_time
from core.presenters.image_facts import count_of, image_rows, kind_of, no_images
from core.presenters.image_rankings import HOW_TOLD, told_of
from core.presenters.presenter import Figure, PageInput
from core.statistics.bucket_counts import BucketCounts
from core.statistics.provenance_counting import EXECUTION, PARTS, QUEUE, REST, half_of, told_parts
from core.text import formatting
from core.text.translation import gettext as _

_WORDS: Final = {
    QUEUE: (_("queue"), Ink.SERIES_3),
    EXECUTION: (_("execution"), Ink.SERIES_2),
    REST: (_("the rest"), Ink.MUTED),
}
_UNTOLD: Final = _("No image in this range tells how long it waited and how long ComfyUI worked on it.")
_EXPLAINS: Final = _(
    "Half of the images waited no longer in ComfyUI's queue. The rest of a generation's time goes into sending "
    "pictures, and into what the bot does itself."
)


def where_time_goes(page: PageInput) -> Chart:
    """The p50 of each part over time, of images; of videos, which take much longer, where there is nothing else."""
    cell, film = page.aggregate.whole.cell, _of_films(page)
    told = told_parts(cell, video=film)
    halves = page.detail.derived(_film_halves if film else _image_halves)
    opens = image_rows(kind_of(film))
    note = told_of(told, count_of(page, film))
    return over_time(
        page,
        _("Where the time goes"),
        [
            Series(words, tuple(each[place] for each in halves), Mark.LINE, ink, opens=opens)
            for place, (words, ink) in enumerate(_WORDS.values())
        ],
        left=Unit.SECONDS,
        note=" · ".join(("", _("p50 of videos") if film else _("p50 of images"), *filter(None, (note,)))),
        empty=None if told else _none(page),
        summary=_summary(page, told, film),
    )


def part_figures(page: PageInput) -> Iterator[Figure]:
    """How long half of the images waited, and were worked at; none where nobody knows."""
    cell, film = page.aggregate.whole.cell, _of_films(page)
    told = told_parts(cell, video=film)
    if not told:
        return
    words = formatting.videos_words(told) if film else formatting.images_words(told)
    execution = formatting.seconds(half_of(cell, EXECUTION, video=film))
    recorded = _("Recorded of {images}.").format(images=words)
    yield Figure(
        _("Queue"),
        formatting.seconds(half_of(cell, QUEUE, video=film)),
        _("then {seconds} of work").format(seconds=execution),
        f"{_EXPLAINS} {recorded}",
    )


def _of_films(page: PageInput) -> bool:
    cell = page.aggregate.whole.cell
    return not told_parts(cell, video=False) and told_parts(cell, video=True) > 0


def _summary(page: PageInput, told: int, film: bool) -> str:
    cell = page.aggregate.whole.cell
    halves = (formatting.seconds(half_of(cell, part, video=film)) for part in PARTS)
    queue, execution, rest = halves
    return _("Half of {images} {range}: queue at most {queue}, execution {execution}, the rest {rest}.").format(
        images=formatting.videos_words(told) if film else formatting.images_words(told),
        range=in_range(page),
        queue=queue,
        execution=execution,
        rest=rest,
    )


def _none(page: PageInput) -> str:
    return f"{_UNTOLD} {HOW_TOLD}" if page.aggregate.whole.cell.images else no_images(page)


def _image_halves(cell: BucketCounts, _start: float, _end: float) -> tuple[float | None, ...]:
    return tuple(half_of(cell, part, video=False) for part in PARTS)


def _film_halves(cell: BucketCounts, _start: float, _end: float) -> tuple[float | None, ...]:
    return tuple(half_of(cell, part, video=True) for part in PARTS)
