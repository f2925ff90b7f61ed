"""What a campaign found: figures, each with the bound that it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One count or measure of a campaign.

    ``at_most`` and ``at_least`` are promises: a figure outside of them is a fault of the product. A figure without
    either is told only, as the slowest case may be.
    """

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise holds; true where none was given."""
        too_much = self.at_most is not None and self.value > self.at_most
        too_little = self.at_least is not None and self.value < self.at_least
        return not (too_much or too_little)


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, the broken promises marked."""
    width = max((len(figure.what) for figure in figures), default=0)
    return "\n".join(_line(figure, width) for figure in figures)


def _line(figure: Figure, width: int) -> str:
    bounds = [
        f"{word} {bound:,g}"
        for word, bound in (("at most", figure.at_most), ("at least", figure.at_least))
        if bound is not None
    ]
    value = f"{figure.value:,g} {figure.unit}".rstrip()
    mark = "   " if figure.kept else "✗  "
    return f"{mark}{figure.what:<{width}}  {value:>12}  {', '.join(bounds)}".rstrip()
