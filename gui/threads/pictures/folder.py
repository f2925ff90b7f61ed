"""A file of the output folder: read whole, and never one from outside of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray

from core.tables.pictures import OutputFile
from core.text.translation import gettext as _
from gui.threads.pictures.decoding import MOST_BYTES, NotShown, too_large
from gui.threads.pictures.sources import OutputFolder

_PART: Final = 256 * 1024
_OUTSIDE = NotShown(_("The file lies outside of ComfyUI's output folder, so it is not read."))


def read_output(folder: OutputFolder, output: OutputFile) -> QByteArray | NotShown:
    """The bytes of an output, or why there are none."""
    if output.kind != "output":
        return NotShown(_("It was a preview, which ComfyUI does not keep in its output folder."), missing=True)
    try:
        root = Path(folder.path).expanduser().resolve(strict=True)
        path = (root / output.path).resolve(strict=True)  # links are followed, and must end within
        return _read(path) if path.is_relative_to(root) else _OUTSIDE
    except FileNotFoundError:
        return _missing(folder)
    except PermissionError:
        return NotShown(_("The system does not let you read the file."), passing=True)
    except (OSError, ValueError, RuntimeError):
        return NotShown(_("The file can't be read."), passing=True)


def _read(path: Path) -> QByteArray | NotShown:
    """A file's bytes; a device or a pipe in its place is never waited for.

    To copy all of them at once would hold the interpreter's lock, and the window, for 70 ms with 39 MB.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            return NotShown(_("There is something else than a file in its place."))
        if state.st_size > MOST_BYTES:
            return too_large(state.st_size)
        data = QByteArray()
        data.reserve(state.st_size)
        while data.size() <= MOST_BYTES and (part := file.read(_PART)):
            data.append(part)
        return data if data.size() <= MOST_BYTES else too_large(data.size())


def _missing(folder: OutputFolder) -> NotShown:
    if not os.path.isdir(os.path.expanduser(folder.path)):  # noqa: PTH111, PTH112  # a name that is none is no folder
        return NotShown(_("ComfyUI's output folder is not there."), passing=True, missing=True)
    return NotShown(_("The file is no longer in ComfyUI's output folder."), missing=True)
