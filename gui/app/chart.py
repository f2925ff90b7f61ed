"""The command ``botpulse chart``: one chart of any page as a file, without a screen, as *Export chart…* writes it."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize

from core.charts.named import named
from core.charts.noted import noted
from core.charts.specs import AnyChart
from core.errors import BotpulseError, explain
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.log import configure_logging
from core.presenters.caption import origin_of
from core.presenters.presenter import PagePresenter
from core.storage.location import locate, real_path
from core.storage.names import NameTeller
from core.tables import extensions
from core.tables.filter_language.parsing import parse
from core.tasks import finish
from core.text.names import NAMES, NameKey
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.text.typed_ranges import TypedRange, range_of
from gui import settings
from gui.app.head_start import first_database
from gui.app.startup import (
    add_comparison,
    add_data_arguments,
    epilog,
    make_application,
    number_within,
    size_of,
    zone_of,
)
from gui.pages.registry import pages
from gui.plots.export.export import (
    DISCORD_ZOOM,
    FOR_DISCORD,
    LARGEST,
    SMALLEST,
    ChartFormat,
    ChartLook,
    prepare,
    written,
)
from gui.plots.export.report import PLOTS
from gui.settings import Settings, WeekStart
from gui.style.theme import ThemeChoice, apply_theme, resolve
from gui.threads.notes import read_notes
from resources import design

_SIZE: Final = QSize(960, 540)
_DESCRIPTION: Final = _(
    """\
Draw one chart of a page into a file, or write its numbers. The bot may go on writing; the database is only read. The
file appears when it is whole; one of the same name stays as it is until then."""
)


def main(arguments: Sequence[str]) -> int:
    """Write the chart; returns the exit code: 0, 1 where a file can't be read or written, 2 for wrong arguments."""
    extensions.load()
    options = parser().parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    configure_logging(options.verbose)
    memory = Settings()
    address = first_database(options.database, memory)
    zone = options.time_zone or memory.zone()
    parsed = parse(options.filter, zone, time.time())
    refused = "; ".join(problem.message for problem in parsed.problems)
    if address is None or refused:
        say(refused or _("There is no database: name one."), error=True)
        return 2
    app = make_application()
    theme = resolve(ThemeChoice(options.theme or memory.text(settings.THEME)))
    apply_theme(app, theme)
    page, key = charts()[options.chart]
    asked = range_of(options.range, zone, time.time()) if options.range else TypedRange(memory.choice())
    view = LiveView(
        locate(address),
        zone,
        asked.choice,
        asked.span,
        presenter=page,
        first_weekday=WeekStart(memory.text(settings.WEEK_START)).number,
        names=None if options.mask_names else NameTeller(_learn),
    )
    view.compare(options.compare)
    try:
        _write(_snapshot(view, page, key, parsed.filter), key, options, theme)
    except BotpulseError as fault:
        say(explain(fault), error=True)
        return 1
    finally:
        view.close()
    say(str(real_path(options.out)))
    return 0


def _learn(names: Mapping[NameKey, str]) -> None:
    NAMES.learn(names)


def charts() -> dict[str, tuple[PagePresenter, str]]:
    """Every chart by its name on the command line: its page and its key there.

    A name is the page's and the chart's, ``users/leaders``; those of the Overview need no page: ``commands``.
    """
    every = [(page.presenter, key) for page in pages() for key in page.charts]
    first = pages()[0].presenter
    return {key if page is first else f"{page.key}/{key}": (page, key) for page, key in every}


def _snapshot(view: LiveView, page: PagePresenter, key: str, chosen: Filter) -> Snapshot:
    """All that there is to know of one chart.

    Raises:
        BotpulseError: the database can't be read.
    """
    if chosen != EVERYTHING:
        view.filter_by(chosen)
    view.show(page, frozenset({key}))
    while True:
        snapshot = view.advance()
        if view.fault is not None:
            raise view.fault
        if snapshot is not None and snapshot.complete and not view.loading:
            return snapshot


def _write(snapshot: Snapshot, key: str, options: argparse.Namespace, theme: design.Theme) -> None:
    """Draw a snapshot's chart into the file that is asked for.

    Raises:
        ExportFailed: the file can't be written.
    """
    location = locate(snapshot.source.location)
    chart: AnyChart = noted(named(snapshot.content.charts[key], NAMES), finish(read_notes(location)))
    plot = PLOTS[type(chart)]()
    plot.set_palette(design.palette(theme))
    plot.resize(options.size)
    plot.show_chart(chart)
    origin = origin_of(snapshot) if options.footer else None
    size, zoom = (FOR_DISCORD, DISCORD_ZOOM) if options.for_discord else (options.size, 1.0)
    look = ChartLook(theme, size, options.scale, zoom, origin, options.user_ids)
    finish(written(prepare(plot, _format(options.out), look), options.out, location=location))
    plot.deleteLater()


def _format(out: Path) -> ChartFormat:
    return ChartFormat(out.suffix.lower().removeprefix("."))


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    parser = argparse.ArgumentParser(
        prog="botpulse chart",
        description=_DESCRIPTION,
        epilog=epilog(_("0: the file is there; 1: the database can't be read, or the file not be written")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=_target, metavar="OUT", help=_("the file to write: .png, .svg, .pdf or .csv"))
    add_data_arguments(parser)
    names = charts()
    parser.add_argument(
        "--chart",
        choices=names,
        default="commands",
        metavar="NAME",
        help=_("which one (default: commands): {names}").format(names=", ".join(names)),
    )
    parser.add_argument(
        "--filter", metavar="TEXT", default="", help=_('as in the filter box: "user:4821 failed slow>30"')
    )
    add_comparison(parser)
    parser.add_argument(
        "--time-zone", type=zone_of, metavar="ZONE", help=_("such as Europe/Berlin (default: that of the preferences)")
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--size", type=size_of(SMALLEST, LARGEST), default=_SIZE, metavar="WxH", help=_("in pixels (default: 960x540)")
    )
    size.add_argument("--for-discord", action="store_true", help=_("600x340 with texts that a phone can show"))
    parser.add_argument(
        "--scale",
        type=number_within(int, 1, 4, _("a whole number")),
        default=2,
        metavar="N",
        help=_("1 to 4 pixels to each of those, in a PNG (default: 2)"),
    )
    parser.add_argument("--no-footer", dest="footer", action="store_false", help=_("without database, range and time"))
    _add_masks(parser)
    return parser


def _add_masks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--user-ids", action="store_true", help=_("show users, by name or id; they are masked otherwise")
    )
    parser.add_argument("--mask-names", action="store_true", help=_("show ids in place of names, of servers too"))


def _target(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower().removeprefix(".") not in tuple(ChartFormat):
        raise argparse.ArgumentTypeError(
            _("a name that ends in .{chartformat} is expected, not {text}").format(
                chartformat=", .".join(ChartFormat), text=f"{text!r}"
            )
        )
    return path
