"""A file that takes its place whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from core.storage.location import real_path

MOST_BEHIND: Final = 16_000_000
"""Bytes of a growing file that may not be on the disk yet."""


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file beside the target. It takes the target's place when the block ends well, on the disk to the last byte.

    However else the block ends, the new file is gone and the target is as it was. A link stays a link.

    Raises:
        OSError: the file can't be made, written or put in place; a folder or a device has its name.
    """
    final = real_path(target)
    if final.exists() and not final.is_file():  # /dev/null would be a file from then on
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), str(final))
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
    keep_name(final.parent)


def drained(file: BinaryIO, on_disk: int) -> int:
    """Bring a growing file to the disk where more than :data:`MOST_BEHIND` bytes of it are not; how many are there now.

    All at once, at the end, would hold up whoever else writes to that disk: a bot's commit waited 160 ms for 255 MB.
    """
    size = file.tell()
    if size - on_disk <= MOST_BEHIND:
        return on_disk
    file.flush()
    os.fsync(file.fileno())
    return size


def share_like(source: Path, target: Path) -> None:
    """Let those read and write a file of ours who may do so with another file, and nobody else; its owner always.

    A group's rights are those of one group: a file of another group does not get them. Windows has no such rights.
    """
    if os.name != "posix":
        return
    theirs, own = source.stat(), target.stat()
    shared = 0o066 if theirs.st_gid == own.st_gid else 0o006 if theirs.st_mode & 0o060 else 0
    target.chmod(theirs.st_mode & shared | 0o600)


def name_new(part: Path, place: Path) -> None:
    """Give a file a name that nobody else has: another file of that name is never replaced.

    Raises:
        FileExistsError: there is one.
        OSError: it can't be named.
    """
    if os.name != "posix":
        part.rename(place)  # replaces nothing there
        return
    try:
        os.link(part, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first, then the file
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(place)
    else:
        part.unlink()


def keep_name(folder: Path) -> None:
    """Write a folder to the disk, so that a new name in it outlives a loss of power. Windows does so by itself."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
