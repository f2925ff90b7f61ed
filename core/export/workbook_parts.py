"""The parts of a workbook that do not change with its rows, as ECMA-376 has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from core.text.plain import plain

ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Text that looks like a workbook's own way to write a character by its number: its first sign is written so itself."""

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME: Final = 31

_FONT: Final = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
_STYLES: Final = f"""<styleSheet xmlns="{_MAIN}">\
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
<dxfs count="0"/><tableStyles count="0" defaultTableStyle="TableStyleMedium9" defaultPivotStyle="PivotStyleLight16"/>\
</styleSheet>"""
"""Style 0 is plain, 1 bold, 2 a moment."""

SHEET_END: Final = "</sheetData></worksheet>"


def sheet_path(number: int) -> str:
    """Where a sheet is in the file, counted from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_name(title: str, number: int) -> str:
    """What a sheet's tab says: the title, with its number from the second on."""
    suffix = f" {number}" if number > 1 else ""
    fit = _FORBIDDEN.sub(" ", plain(title)).strip(" '")[: _LONGEST_NAME - len(suffix)].strip(" '")
    return (fit or "Data") + suffix


def column_name(number: int) -> str:
    """A column's letters, counted from 0: A … Z, AA …"""
    name = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        name = chr(65 + letter) + name
        number -= 1
    return name


def sheet_start(widths: Sequence[int], *, first: bool) -> str:
    """A sheet up to its rows: the first row stays in sight, and columns are as wide (in characters) as they want."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width + 0.7109375}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    chosen = ' tabSelected="1"' if first else ""
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{chosen} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>'
        f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def around(names: Sequence[str]) -> dict[str, str]:
    """Every other part of a workbook with these sheets, by its path."""
    numbers = range(1, len(names) + 1)
    return {
        "xl/workbook.xml": _XML + _book(names),
        "xl/_rels/workbook.xml.rels": _XML + _relations(
            [(f"{_LINKS}/worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
            + [(f"{_LINKS}/styles", "styles.xml")]
        ),
        "xl/styles.xml": _XML + _STYLES,
        "_rels/.rels": _XML + _relations([(f"{_LINKS}/officeDocument", "xl/workbook.xml")]),
        "[Content_Types].xml": _XML + _types(numbers),
    }  # fmt: skip


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><workbookPr/>'
        f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets></workbook>"
    )


def _relations(relations: Sequence[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{escape(target)}"/>'
        for number, (kind, target) in enumerate(relations, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _types(numbers: Sequence[int]) -> str:
    sheets = "".join(
        f'<Override PartName="/{sheet_path(number)}" ContentType="{_TYPE}.worksheet+xml"/>' for number in numbers
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{sheets}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    )
