"""The presenters of all pages by their keys. By its key a presenter is found in another process, too."""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Callable
from typing import Final

from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.failures import FAILURES_PAGE
from core.presenters.health import HEALTH
from core.presenters.images import IMAGES
from core.presenters.metrics import presenter_of
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.tables import extensions

_OWN: Final = {
    each.key: each for each in (OVERVIEW, COMMANDS, IMAGES, USERS, SERVERS, FAILURES_PAGE, ACTIVITIES, CALENDAR, HEALTH)
}


def presenter_named(key: str) -> PagePresenter:
    """The presenter of a page; that of a metric is known once the metric is registered.

    Raises:
        KeyError: there is no such page.
    """
    own = _OWN.get(key)
    return own if own is not None else presenter_of({metric.key: metric for metric in extensions.metrics()}[key])


def _sent(presenter: PagePresenter) -> tuple[Callable[[str], PagePresenter], tuple[str]]:
    """A presenter is made of functions, which stay where they are: its key goes over, if that says everything."""
    try:
        known = presenter_named(presenter.key)
    except KeyError:
        known = None
    if known is not presenter:
        raise pickle.PicklingError(f"the page {presenter.key!r} is known to this process only")
    return presenter_named, (presenter.key,)


copyreg.pickle(PagePresenter, _sent)
