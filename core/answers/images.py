"""What ``/image_stats`` answers: images and videos, how long they took, and what they were made with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from core.answers.period import Comparison, Period, PeriodDays
from core.answers.period_data import collect_period, drawn
from core.presenters.overview import images_chart
from core.statistics.image_counting import IMAGES_AND_LORAS, NO_LORA
from core.statistics.results import Durations, generation_times, generation_types, top
from core.storage.location import Location
from core.storage.reader import bots_own

Counts = tuple[tuple[str, int], ...]

_LARGEST: Final = 5
_LORA: Final = "lora"


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """Images and videos of a period. Names are untrusted text.

    Attributes:
        days: which days.
        images: how many, without videos; videos: how many.
        daily: both together on average per calendar day (:meth:`core.answers.period.PeriodDays.per_day`).
        change: both together compared with the period before.
        image_times, video_times: generation times in seconds; ``unknown`` tells how many are not recorded.
        resolutions, loras, types: the five most frequent, with how many images and videos had them. An image may have
            several LoRAs, or none.
        without_lora: how many had none.
        picture: a PNG of them over time; None where there were none.
        described: what the picture shows, in a sentence, for those who can't see it.
    """

    days: PeriodDays
    images: int
    videos: int
    daily: float | None
    change: Comparison | None
    image_times: Durations
    video_times: Durations
    resolutions: Counts
    loras: Counts
    types: Counts
    without_lora: int
    picture: bytes | None
    described: str = ""


def image_answer(location: Location, zone: str, period: Period, now: float) -> ImageAnswer:
    """The images and videos of a period, as ``get_image_stats`` counts them; arguments as for the commands.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        found = collect_period(reader, zone, period, now, (IMAGES_AND_LORAS,))
    cell = found.whole
    total, videos = cell.images.total(), sum(n for (video, _), n in cell.images.items() if video)
    chart = images_chart(found.page)
    loras = Counter({name: n for (_, name), n in cell.made.items()})
    without = loras.pop(NO_LORA, 0)
    return ImageAnswer(
        days=found.about,
        images=total - videos,
        videos=videos,
        daily=found.about.per_day(total),
        change=found.compared(lambda cell: cell.images.total()),
        image_times=generation_times(cell, video=False),
        video_times=generation_times(cell, video=True),
        resolutions=tuple(top(cell.resolutions, _LARGEST)),
        loras=tuple(top(loras, _LARGEST)),
        types=tuple(generation_types(cell).items())[:_LARGEST],
        without_lora=without,
        picture=drawn(chart, location.name, now),
        described=chart.summary,
    )
