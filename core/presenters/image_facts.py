"""What every chart of images says alike: which rows are images or videos, how many there are, why there are none."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.charts import inks
from core.charts.specs import Opens
from core.filters import IMAGE, VIDEO, Field, Filter
from core.presenters.chart_parts import nothing
from core.presenters.presenter import PageInput
from core.text.translation import gettext as _

TABLE: Final = "images"

image_rows: Final = partial(Opens, TABLE)
"""Some of the images, to be shown in the table."""

KINDS: Final = {False: (_("images"), IMAGE, inks.IMAGES), True: (_("videos"), VIDEO, inks.VIDEOS)}
"""By whether they are videos: the name, the filter's value and the colour."""

_LACKING: Final = (Field.OUTCOME, Field.COMMAND, Field.ACTION, Field.ERROR, Field.REASON, Field.SOURCE, Field.NODE)
_CAME_LATER: Final = frozenset({Field.GUILD, Field.CHANNEL, Field.MODEL, Field.SAMPLER, Field.STEPS})
_OLDER: Final = _("Bots of older versions do not record where images were made, nor by which model.")


def kind_of(video: bool) -> Filter:
    """What chooses images, or videos."""
    return Filter.of(kind=KINDS[video][1])


def count_of(page: PageInput, video: bool) -> int:
    """How many images, or videos, the range has."""
    return sum(n for (kind, _n), n in page.aggregate.whole.cell.images.items() if kind is video)


def no_images(page: PageInput) -> str:
    """Why there are no images, and what brings some."""
    told = nothing(page, _("images"), _LACKING, _("make one in Discord"))
    asked = {term.field for term in page.chosen.terms if not term.excluded}
    return f"{told} {_OLDER}" if asked & _CAME_LATER and not asked & set(_LACKING) else told


def no_times(page: PageInput) -> str:
    """Why there are no generation times."""
    if page.aggregate.whole.cell.images:
        return _(
            "No generation times are known in this range. The bot passes them to "
            "track_image_generation(…, generation_time=…)."
        )
    return no_images(page)
