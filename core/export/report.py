"""A report as one HTML file: nothing in it is from outside, and nothing that a stranger wrote is more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from core.charts.data_table import DataTable
from core.charts.specs import Value
from core.text.formatting import rows_words
from core.text.plain import plain
from core.text.translation import gettext as _
from resources.design import Palette

MOST_ROWS: Final = 400
"""Rows of a chart's numbers that are written; an export of the chart has all of them."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Whatever came in from a stranger: a browser loads nothing from anywhere, runs nothing, and sends nothing."""

_OPENING: Final = re.compile(r"<svg\b[^>]*>")
_SIZE: Final = re.compile(r'\s(?:width|height)="[^"]*"')
_DECLARED: Final = re.compile(r"^<\?xml[^>]*\?>\s*")
_NAMED: Final = re.compile(r'(\bid="|url\(#|xlink:href="#)')

_STYLE: Final = """\
*{{box-sizing:border-box}}
body{{margin:0 auto;padding:32px 24px;max-width:1040px;background:{background};color:{text};
 font:15px/1.45 Inter,system-ui,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}}
h1{{font-size:26px;margin:0 0 4px}} h2{{font-size:19px;margin:40px 0 12px}}
p{{margin:0;color:{muted}}} nav{{margin-top:12px}} a{{color:{accent}}} nav a{{margin-right:16px}}
dl{{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px;margin:0 0 16px}}
dl div,figure{{background:{surface};border:1px solid {border};border-radius:8px;padding:12px 14px;margin:0}}
dt{{color:{muted};font-size:13px}} dd{{margin:2px 0 0;font-size:21px;font-weight:600;overflow-wrap:anywhere}}
dd small{{display:block;font-size:12px;font-weight:400;color:{muted}}} dd .good{{color:{good}}} dd .bad{{color:{bad}}}
figure{{margin:0 0 16px;break-inside:avoid;overflow-x:auto}} figure svg{{display:block;width:100%;height:auto}}
figcaption{{font-size:13px;color:{muted};margin-top:8px}} .empty{{margin:0 0 8px}}
details{{font-size:13px;margin-top:8px}} summary{{cursor:pointer;color:{muted}}}
table{{border-collapse:collapse;margin-top:8px;width:100%}} td,th{{padding:3px 12px 3px 0;text-align:start;
 border-bottom:1px solid {border};overflow-wrap:anywhere}} .n{{text-align:end;white-space:nowrap}}
.list table{{margin:0;font-size:14px}} .list th{{font-weight:400}} .list thead th{{color:{muted}}}
.list thead th:first-child{{color:{text};font-weight:600}} .list tbody th{{min-width:12em}}
.list td.bar{{width:22%;min-width:64px}} .bar i{{min-width:2px;background:{accent}}}
.bar i,.bar b{{display:block;height:8px;border-radius:4px}} .bar b{{background:{bad};margin-inline-start:auto}}
footer{{margin-top:40px;color:{muted};font-size:13px}}
@page{{size:A4;margin:14mm}} h2{{break-after:avoid}} tr{{break-inside:avoid}}
@media print{{body{{padding:0;max-width:none}} figure{{overflow:visible}} details:not([open]),nav{{display:none}}}}
"""


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One number: what it counts, itself, what it is compared with or made of, and whether that is "good" or "bad"."""

    label: str
    value: str
    note: str = ""
    news: str = ""


@dataclass(frozen=True, slots=True)
class ReportChart:
    """A chart.

    Attributes:
        title, summary: its name, and what it says in a sentence.
        svg: the drawing; empty where there is nothing to draw, and ``summary`` says why.
        numbers: what it draws; None where they are not wanted.
    """

    title: str
    summary: str
    svg: str = ""
    numbers: DataTable | None = None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A line of a list: what it is about, how long its bar is and how much of that failed (0 to 1), and its numbers."""

    name: str
    length: float
    part: float
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportList:
    """A list of bars.

    Attributes:
        title, note: its name, and what its columns mean.
        headings: of the numbers.
        rows: the first ones; more: how many are left out.
    """

    title: str
    note: str
    headings: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ReportSection:
    """What one page says."""

    title: str
    figures: tuple[ReportFigure, ...] = ()
    parts: tuple[ReportChart | ReportList, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Numbers of a range, to be handed on.

    Attributes:
        title: the database's, or the bot's, name.
        about: range, zone, filter and when it was made, a part each.
        sections: one a page.
        notes: what has to be known to read it: what is masked.
    """

    title: str
    about: tuple[str, ...]
    sections: tuple[ReportSection, ...]
    notes: tuple[str, ...] = ()


def as_html(report: Report, palette: Palette, language: str, *, mirrored: bool = False) -> str:
    """The report as an HTML document, in the colours of a theme."""
    colours = ("background", "surface", "border", "text", "muted", "accent", "good", "bad")
    style = _STYLE.format(**{name: palette.ink(name) if name in _INKS else getattr(palette, name) for name in colours})
    numbered = list(enumerate(report.sections, 1))
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{_text(language)}" dir="{"rtl" if mirrored else "ltr"}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="generator" content="Botpulse">',
        f"<title>{_text(report.title)}</title><style>\n{style}</style></head><body>",
        f"<header><h1>{_text(report.title)}</h1><p>{_text(' · '.join(report.about))}</p>",
        f"<nav>{' '.join(_link(number, each.title) for number, each in numbered)}</nav></header>",
        *(line for number, section in numbered for line in _section(section, number)),
        f"<footer>{' '.join(map(_text, report.notes))}</footer>",
        "</body></html>\n",
    ]
    return "\n".join(lines)


_INKS: Final = frozenset({"text", "muted", "accent", "good", "bad"})


def _link(number: int, title: str) -> str:
    return f'<a href="#p{number}">{_text(title)}</a>'


def _section(section: ReportSection, number: int) -> Iterator[str]:
    yield f'<section><h2 id="p{number}">{_text(section.title)}</h2>'
    if section.figures:
        yield f"<dl>{''.join(map(_figure, section.figures))}</dl>"
    for place, part in enumerate(section.parts):
        yield from _list(part) if isinstance(part, ReportList) else _chart(part, f"p{number}c{place}-")
    yield "</section>"


def _figure(figure: ReportFigure) -> str:
    news = f' class="{figure.news}"' if figure.news in ("good", "bad") else ""
    note = f"<small><span{news}>{_text(figure.note)}</span></small>" if figure.note else ""
    return f"<div><dt>{_text(figure.label)}</dt><dd>{_text(figure.value)}{note}</dd></div>"


def _chart(chart: ReportChart, prefix: str) -> Iterator[str]:
    if not chart.svg:
        yield f'<p class="empty">{_text(chart.title)}: {_text(chart.summary)}</p>'
        return
    yield f"<figure>{_inline(chart.svg, prefix)}"
    if chart.summary:
        yield f"<figcaption>{_text(chart.summary)}</figcaption>"
    if chart.numbers is not None and chart.numbers.rows:
        yield from _numbers(chart.numbers)
    yield "</figure>"


def _list(part: ReportList) -> Iterator[str]:
    heads = "".join(f'<th scope="col" class="n">{_text(name)}</th>' for name in part.headings)
    named = f'<th scope="col">{_text(part.title)}</th><th></th>'
    yield f'<figure class="list"><table><thead><tr>{named}{heads}</tr></thead>'
    yield "<tbody>"
    for row in part.rows:
        bar = f'<i style="width:{100 * row.length:.1f}%"><b style="width:{100 * row.part:.1f}%"></b></i>'
        cells = "".join(f'<td class="n">{_text(each) or "–"}</td>' for each in row.cells)
        yield f'<tr><th scope="row">{_text(row.name)}</th><td class="bar">{bar}</td>{cells}</tr>'
    yield "</tbody></table>"
    more = _("and {count} more").format(count=part.more) if part.more else ""
    if notes := [each for each in (part.note, more) if each]:
        yield f"<figcaption>{_text(' · '.join(notes))}</figcaption>"
    yield "</figure>"


def _inline(svg: str, prefix: str) -> str:
    """A drawing as a part of the document: as wide as its place, its names told apart from those of all others."""
    bare = _DECLARED.sub("", svg)
    fluid = _OPENING.sub(lambda tag: _SIZE.sub("", tag[0]), bare, count=1)
    return _NAMED.sub(lambda name: f"{name[1]}{prefix}", fluid)


def _numbers(table: DataTable) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in table.columns)
    title = _("Numbers")
    yield f"<details><summary>{_text(title)}</summary><table><thead><tr>{heads}</tr></thead><tbody>"
    for row in table.rows[:MOST_ROWS]:
        yield f"<tr>{''.join(map(_cell, row))}</tr>"
    yield "</tbody></table>"
    if len(table.rows) > MOST_ROWS:
        rest = _("{rows} more: export the chart to have them.").format(rows=rows_words(len(table.rows) - MOST_ROWS))
        yield f"<p>{_text(rest)}</p>"
    yield "</details>"


def _cell(value: Value) -> str:
    if value is None:
        return "<td>–</td>"
    return f"<td>{_text(value)}</td>" if isinstance(value, str) else f'<td class="n">{value}</td>'


def _text(text: str) -> str:
    return escape(plain(text))
