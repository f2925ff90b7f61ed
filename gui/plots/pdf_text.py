"""Texts of a PDF that can be searched and copied.

Qt names each glyph by the first code that its font has for it, and the space shares its glyph with the tabulator: what
is copied from a viewer would have tabs between its words, and a search for two words would find nothing.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = re.compile(rb"\nbegincmap\n.*?\nendcmap\n", re.DOTALL)
_LISTED: Final = re.compile(rb"\[[^\]]*\]")
"""Names of several codes in a row."""

_SINGLE: Final = re.compile(rb"(\n<[0-9A-F]{4}> <[0-9A-F]{4}> )<0009>(?=\n)")
"""A row of one: first code, last code, name."""


def with_readable_texts(pdf: bytes) -> bytes:
    """The same pages, their spaces named so. No name changes its length, so everything stays in its place."""
    return _NAMES.sub(_renamed, pdf)


def _renamed(names: re.Match[bytes]) -> bytes:
    listed = _LISTED.sub(lambda several: several[0].replace(b"<0009>", b"<0020>"), names[0])
    return _SINGLE.sub(rb"\g<1><0020>", listed)
