"""Says something at the terminal, whatever that is: a message that can't be shown must not fail what was done.

A terminal may have another code page (no no-break space, no ellipsis), may be closed, or may be a pipe whose reader has
gone. :func:`ready_streams` comes first in a program, :func:`say` then takes the place of ``print``.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import Final, TextIO

_ERRORS: Final = "botpulse.similar"
_SIMILAR: Final = {
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{MIDDLE DOT}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}


def ready_streams() -> None:
    """Let standard output and standard error take any text: what their code page lacks is written alike, or as ``?``.

    A stream that was closed before the program began is nowhere.
    """
    codecs.register_error(_ERRORS, _similar)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as we run
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def say(text: str, *, error: bool = False, end: str = "\n") -> None:
    """Write a line to standard output, or to standard error; where nobody can hear it, that is no fault."""
    stream = sys.stderr if error else sys.stdout
    try:
        stream.write(text + end)
        stream.flush()
    except (OSError, ValueError):  # its reader has gone, its disk is full, it is closed
        forget(stream)


def forget(stream: TextIO) -> None:
    """Let what is still written to a stream go nowhere, or Python would stumble over it at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _similar(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_alike, error.object[error.start : error.end])), error.end


def _alike(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii")
    return _SIMILAR.get(letter) or plain or "?"
