"""The command ``botpulse report``: what the pages say of a range as one file to be handed on, without a screen."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import BotpulseError, explain
from core.export.faults import check_target, target_faults
from core.export.report import ReportSection, as_html
from core.log import configure_logging
from core.presenters.readings import ViewRequest
from core.storage.files import replacing
from core.storage.location import locate, real_path
from core.tables import extensions
from core.tables.filter_language.parsing import parse
from core.tasks import finish
from core.text.names import NAMES
from core.text.terminal_output import say
from core.text.translation import LANGUAGE
from core.text.translation import gettext as _
from core.text.typed_ranges import TypedRange, range_of
from core.worker.live.whole_pages import WholePages, whole_pages
from gui import settings
from gui.app.head_start import first_database
from gui.app.startup import add_comparison, add_data_arguments, epilog, make_application, zone_of
from gui.pages.registry import Registration, pages
from gui.plots.export.report import ReportLook, drawn_sections, report_of
from gui.settings import Settings, WeekStart
from gui.style.theme import ThemeChoice, apply_theme, is_mirrored, resolve
from gui.threads.notes import read_notes
from resources import design

_DESCRIPTION: Final = _(
    """\
Write what the pages say of a range into one HTML file: numbers, charts and what they draw. Nothing in it is from
outside, so it can be sent to anybody and opened anywhere. Users are told by the ends of their ids only, unless you say
otherwise. The bot may go on writing; the database is only read. The file appears when it is whole; one of the same name
stays as it is until then."""
)


def main(arguments: Sequence[str]) -> int:
    """Write the report; returns the exit code: 0, 1 where a file can't be read or written, 2 for wrong arguments."""
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
    asked = range_of(options.range, zone, time.time()) if options.range else TypedRange(memory.choice())
    first_weekday = WeekStart(memory.text(settings.WEEK_START)).number
    request = ViewRequest(
        zone, first_weekday, asked.choice, asked.span, chosen=parsed.filter, comparison=options.compare
    )
    theme = resolve(ThemeChoice(options.theme or ThemeChoice.LIGHT))
    app = make_application()
    apply_theme(app, theme)
    look = ReportLook(theme, options.user_ids, options.numbers, finish(read_notes(locate(address))))
    try:
        check_target(options.out)
        read = finish(
            whole_pages(locate(address), request, [(each.presenter, frozenset(each.charts)) for each in options.pages])
        )
        NAMES.mask(options.mask_names)
        NAMES.learn(read.names)
        _write(read, options.pages, look, options.out)
    except BotpulseError as fault:
        say(explain(fault), error=True)
        return 1
    say(str(real_path(options.out)))
    return 0


def _write(read: WholePages, chosen: Sequence[Registration], look: ReportLook, out: Path) -> None:
    """Draw the pages, and write the file.

    Raises:
        ExportFailed: the file can't be written.
    """
    titled = [(page.entry.title, snapshot) for page, snapshot in zip(chosen, read.snapshots, strict=True)]
    sections: list[ReportSection] = [each for _done, each in drawn_sections(titled, look) if each is not None]
    report = report_of(sections, read.snapshots, look)
    html = as_html(report, design.palette(look.theme), LANGUAGE, mirrored=is_mirrored())
    with target_faults(out), replacing(out) as file:
        file.write(html.encode())


def reported() -> dict[str, Registration]:
    """The pages that have charts, by their keys."""
    return {page.presenter.key: page for page in pages() if page.charts}


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    parser = argparse.ArgumentParser(
        prog="botpulse report",
        description=_DESCRIPTION,
        epilog=epilog(_("0: the file is there; 1: the database can't be read, or the file not be written")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=_target, metavar="OUT.html", help=_("the file to write"))
    add_data_arguments(parser)
    every = reported()
    parser.add_argument(
        "--pages",
        type=_pages,
        default=list(every.values()),
        metavar="NAMES",
        help=_("which ones, with commas between them (default: all): {names}").format(names=", ".join(every)),
    )
    parser.add_argument(
        "--filter", metavar="TEXT", default="", help=_('as in the filter box: "user:4821 failed slow>30"')
    )
    add_comparison(parser)
    parser.add_argument(
        "--time-zone", type=zone_of, metavar="ZONE", help=_("such as Europe/Berlin (default: that of the preferences)")
    )
    parser.add_argument(
        "--no-numbers", dest="numbers", action="store_false", help=_("without the numbers below each chart")
    )
    parser.add_argument(
        "--user-ids", action="store_true", help=_("show users, by name or id; they are masked otherwise")
    )
    parser.add_argument("--mask-names", action="store_true", help=_("show ids in place of names, of servers too"))
    return parser


def _pages(text: str) -> list[Registration]:
    every, asked = reported(), [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in every]
    if unknown or not asked:
        raise argparse.ArgumentTypeError(
            _("{name} is no page; there are {names}").format(name=repr((unknown or [text])[0]), names=", ".join(every))
        )
    return [every[name] for name in dict.fromkeys(asked)]


def _target(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".html", ".htm"):
        raise argparse.ArgumentTypeError(_("a name that ends in .html is expected, not {text}").format(text=repr(text)))
    return path
