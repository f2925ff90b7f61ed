"""What images are compared by: their make-up, what made them and where, and what of it takes the GPU's time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from core.charts.specs import BarChart, Opens, Unit
from core.filters import DIRECT_MESSAGES, Field, Filter, Term
from core.presenters.chart_parts import bar, in_range, of_all
from core.presenters.image_facts import count_of, image_rows, no_images, no_times
from core.presenters.presenter import PageInput
from core.statistics.image_counting import NO_LORA, Made, made
from core.statistics.provenance_counting import DIRECT, MODEL, SERVER, STEPS
from core.statistics.results import generation_types
from core.text import formatting
from core.text.translation import gettext as _

_MOST_BARS: Final = 60
_MOST_COMPARED: Final = 500
_WHOLE: Final = 1.0005
"""Shares above it are of more than there is: something was counted twice."""

_EXTRA: Final = _("Extra: seconds more than images that are alike in everything else, on average.")
_SHARED: Final = _("An image with several LoRAs counts for each of them, so their shares add up to more than 100 %.")

_UNRECORDED: Final = {"lora": (NO_LORA, _("no LoRA recorded")), "resolution": ("", _("no resolution recorded"))}
"""What stands for images without one, by dimension, and what it is called where no image has one."""

_MADE_OF: Final = {
    "resolution": (_("By resolution"), Field.RESOLUTION),
    "lora": (_("By LoRA"), Field.LORA),
    "type": (_("By type"), Field.TYPE),
    "upscale": (_("By upscale factor"), Field.UPSCALE),
    "user": (_("By user"), Field.USER),
}
"""What every bot records: the title, and the word of the filter box."""

_MADE_BY: Final = {
    MODEL: (_("By model"), Field.MODEL),
    STEPS: (_("By steps"), Field.STEPS),
    SERVER: (_("By server"), Field.GUILD),
}
"""What only newer bots record; images that do not tell are left out."""

_UNTOLD: Final = {
    MODEL: _("No image in this range names its model."),
    STEPS: _("No image in this range tells its steps."),
    SERVER: _("No image in this range tells its server."),
}

HOW_TOLD: Final = _(
    "A bot with Botpulse's own tracking records it by itself; others pass track_image_generation(…, details=…)."
)
"""How what is not recorded can be."""


def compared() -> Mapping[str, Callable[[PageInput], BarChart]]:
    """The charts by key: counts (``by_model``) and GPU time (``cost_lora``)."""
    counts = {f"by_{key}": partial(_by, key, *words) for key, words in (_MADE_OF | _MADE_BY).items()}
    return counts | {f"cost_{key}": partial(_cost, key, *words) for key, words in _MADE_OF.items()}


def _by(dimension: str, title: str, field: Field, page: PageInput) -> BarChart:
    cell = page.aggregate.whole.cell
    ranked, every = made(cell, dimension, _MOST_BARS), [n for (of, _name), n in cell.made.items() if of == dimension]
    alone = _alone(dimension, ranked)
    most = _("; most {name}").format(name=_name(dimension, ranked[0].name)) if ranked else ""
    notes = (only_standard(page) if dimension == "type" else "", _told(dimension, sum(every), page))
    empty = None if ranked else _none(dimension, page)
    return BarChart(
        title=title,
        subtitle=" · ".join(filter(None, (*notes, of_all(len(ranked), len(every))))),
        every=len(every),
        bars=tuple(
            bar(
                alone or _name(dimension, each.name),
                each.count,
                _percentiles(each),
                _opens(field, each),
                numbers=(each.p50, each.p95),
            )
            for each in ranked
        ),
        value=_("generations") if count_of(page, True) else _("images"),
        columns=("p50", "p95"),
        units=("s", "s"),
        empty=empty,
        summary=empty
        or _("{title}, {count} different {range}{most}.").format(
            title=title, count=len(every), range=in_range(page), most=most
        ),
    )


def only_standard(page: PageInput) -> str:
    """The bot out there records no other type, whatever was asked for: a list of one would seem to be all."""
    types = generation_types(page.aggregate.whole.cell)
    return _("no other is recorded") if not page.chosen and set(types) == {"standard"} else ""


def told_of(told: int, every: int) -> str:
    """Of how many images something is recorded; empty where it is of all."""
    if told == every:
        return ""
    return _("recorded of {told} of {count}").format(told=formatting.count(told), count=formatting.count(every))


def _told(dimension: str, told: int, page: PageInput) -> str:
    every = count_of(page, False) + count_of(page, True)
    return told_of(told, every) if dimension in _MADE_BY and told else ""


def _none(dimension: str, page: PageInput) -> str:
    """Why there is nothing to compare."""
    untold = _UNTOLD.get(dimension)
    return f"{untold} {HOW_TOLD}" if untold and page.aggregate.whole.cell.images else no_images(page)


def _alone(dimension: str, ranked: Sequence[Made]) -> str:
    """The name of the only bar where nothing of a kind is recorded: "without LoRA" would say that none was used."""
    unnamed, words = _UNRECORDED.get(dimension, ("", ""))
    return words if [each.name for each in ranked] == [unnamed] else ""


def _cost(dimension: str, title: str, field: Field, page: PageInput) -> BarChart:
    """An estimate: what a generation took includes the queue's wait."""
    every = [each for each in made(page.aggregate.whole.cell, dimension, _MOST_COMPARED) if each.seconds]
    ranked = sorted(every, key=lambda each: (-each.seconds, each.name))[:_MOST_BARS]
    twice, alone = sum(each.share or 0 for each in every) > _WHOLE, _alone(dimension, ranked)
    most = ""
    if ranked:
        words = _("{name} takes most: {share}")
        most = words.format(name=_name(dimension, ranked[0].name), share=formatting.percent(ranked[0].share))
    return BarChart(
        title=_("GPU time {by}").format(by=title[0].lower() + title[1:]),
        subtitle=_("estimate, including queue time"),
        every=len(every),
        bars=tuple(
            bar(
                alone or _name(dimension, each.name),
                each.seconds,
                (formatting.percent(each.share), _extra(each)),
                _opens(field, each),
                numbers=(None if each.share is None else 100 * each.share, each.extra),
            )
            for each in ranked
        ),
        value=_("time"),
        unit=Unit.SECONDS,
        columns=(_("share"), _("extra")),
        units=("%", "s"),
        explains=f"{_SHARED} {_EXTRA}" if twice else _EXTRA,
        empty=None if ranked else no_times(page),
        summary=_("{most} of the time of all generations {range} (an estimate).").format(
            most=most, range=in_range(page)
        ),
    )


def _extra(each: Made) -> str:
    if each.extra is None:
        return formatting.NOTHING
    return formatting.signed(each.extra, f"{formatting.NO_BREAK}s", 1)


def _name(dimension: str, name: str) -> str:
    if dimension in ("lora", MODEL):
        return name.removesuffix(".safetensors") if name != NO_LORA else _("without LoRA")
    if dimension == "upscale":
        return f"{name}×"
    if dimension == STEPS:
        return _("{value} steps").format(value=name)
    if dimension == SERVER:
        return name if name != DIRECT else _("direct messages")
    if dimension == "user":
        return name
    return name or _("(none)")


def _opens(field: Field, each: Made) -> Opens | None:
    value = DIRECT_MESSAGES if field is Field.GUILD and each.name == DIRECT else each.name
    return image_rows(Filter((Term(field, value),))) if each.name or field is Field.GUILD else None


def _percentiles(each: Made) -> tuple[str, str]:
    return formatting.seconds(each.p50), formatting.seconds(each.p95)
