"""Pages read whole, one after the other: for a report, which is handed on and shows nothing that is half known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING
from core.live_view import LiveView
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.storage.names import NameTeller
from core.tasks import Progress, Task
from core.text.names import NameKey
from core.text.translation import gettext as _

_READING: Final = _("Reading the database…")


@dataclass(frozen=True, slots=True)
class WholePages:
    """What several pages show of one range.

    Attributes:
        snapshots: one a page, each complete, in the order in which they were asked for.
        names: those of the ids that they tell of, as far as they are known.
    """

    snapshots: tuple[Snapshot, ...]
    names: Mapping[NameKey, str]


def whole_pages(
    address: Location, request: ViewRequest, pages: Sequence[tuple[PagePresenter, frozenset[str]]]
) -> Task[WholePages]:
    """Read pages, each with the keys of its charts; of ``request`` page and charts are not looked at.

    Raises:
        BotpulseError: the database can't be read.
    """
    names: dict[NameKey, str] = {}
    teller = NameTeller(names.update)
    view = LiveView(
        address, request.zone, request.choice, request.span,
        first_weekday=request.first_weekday, names=teller, presenter=pages[0][0],
    )  # fmt: skip
    snapshots: list[Snapshot] = []
    try:
        if request.chosen != EVERYTHING:
            view.filter_by(request.chosen)
        view.compare(request.comparison)
        for number, (presenter, wanted) in enumerate(pages):
            view.show(presenter, wanted)
            while (snapshot := _whole(view)) is None:
                yield Progress(number / len(pages), _READING)
            snapshots.append(snapshot)
    finally:
        view.close()
    return WholePages(tuple(snapshots), names)


def _whole(view: LiveView) -> Snapshot | None:
    """The page once all of it is known."""
    snapshot = view.advance()
    if view.fault is not None:
        raise view.fault
    return snapshot if snapshot is not None and snapshot.complete and not view.loading else None
