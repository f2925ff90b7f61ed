"""A file that takes its place whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.export.faults import IsTheDatabase, NoFolder, NoPlainFile, TargetRefused
from core.storage.location import Location, shm_path, wal_path


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file beside the target. It takes the target's place when the block ends well, on the disk to the last byte.

    However else the block ends, the new file is gone and the target is as it was. A link stays a link.

    Raises:
        OSError: the file can't be made, written or put in place.
    """
    final = Path(os.path.realpath(target))
    part = final.with_name(f".botpulse-{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if final.exists():
            shutil.copymode(final, part)
        part.replace(final)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _keep_name(final.parent)


def check_target(target: Path, location: Location | None = None) -> None:
    """Refuse early what can't be written, or must not be: the database itself (``location``) and what belongs to it.

    Raises:
        ExportFailed: one of its kinds.
    """
    if location is not None and location.path is not None and _belongs_to(target, location.path):
        raise IsTheDatabase(str(target))
    if target.is_dir() or (target.exists() and not target.is_file()):
        raise NoPlainFile(str(target))
    folder = Path(os.path.realpath(target)).parent
    if not folder.is_dir():
        raise NoFolder(str(folder))
    if not os.access(target if target.exists() else folder, os.W_OK):
        raise TargetRefused(str(target))


def _belongs_to(target: Path, database: Path) -> bool:
    """Whether the target is the database, its log or its journal, by whatever name."""
    real = Path(os.path.realpath(database))
    own = {str(each) for each in (real, wal_path(database), shm_path(database), f"{real}-journal")}
    if os.path.normcase(os.path.realpath(target)) in map(os.path.normcase, own):
        return True
    return target.exists() and real.exists() and target.samefile(real)


def _keep_name(folder: Path) -> None:
    """Write the folder to the disk, so that the new name is there after a loss of power. Windows does so by itself."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
