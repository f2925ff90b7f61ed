"""What may go wrong with the file that is exported to, in words; whatever it is, the file that was there stays."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import BotpulseError, NameNotAllowed
from core.storage.location import Location, real_path, require_name, shm_path, wal_path
from core.storage.rights import may_write
from core.text.translation import gettext as _

UNTOUCHED: Final = _("A file of this name that was there before is untouched, and no half file was left behind.")


class ExportFailed(BotpulseError):
    """The file could not be written to its end."""

    title = _("The export could not be written")
    what_happened = _("The disk or the share failed while the file was being written.")
    what_is_safe = UNTOUCHED
    what_to_do = _("Check the disk or the share, or choose another folder; then export again.")


class TargetRefused(ExportFailed):
    """The operating system does not let us write there."""

    title = _("The file cannot be written there")
    what_happened = _("The file or its folder is write-protected, or another program has the file open.")
    what_to_do = _("Close the file where it is open, or choose another name or folder.")


class NoFolder(ExportFailed):
    """The folder of the target is not there."""

    title = _("The folder is not there")
    what_happened = _("The folder that the file is to be written into does not exist.")
    what_to_do = _("Make the folder first, or choose another one.")


class NoPlainFile(ExportFailed):
    """The target is a folder or a device."""

    title = _("There is something else of this name")
    what_happened = _("The name belongs to a folder or to a device, not to a file.")
    what_to_do = _("Choose another name.")


class NameRefused(NameNotAllowed, ExportFailed):
    """No file can be called so there."""

    what_is_safe = UNTOUCHED


class IsTheDatabase(ExportFailed):
    """The target is the database itself."""

    title = _("This is the database itself")
    what_happened = _("The export would have taken the place of the database that it is made from.")
    what_is_safe = _("The database is untouched.")
    what_to_do = _("Choose another name.")


class NoRoom(ExportFailed):
    """The disk is full, or the user's share of it is used up."""

    title = _("The disk is full")
    what_happened = _("There was no room left for the whole file.")
    what_to_do = _("Free some space, choose another disk, or export fewer rows; then export again.")


class UnknownFormat(ExportFailed):
    """A name whose end tells no format that we write."""

    title = _("The kind of file is not known")
    what_happened = _("The end of the name says what is to be written: .csv, .jsonl, .json or .xlsx.")
    what_to_do = _("Give the file a name with one of these ends.")


class NoSuchColumn(ExportFailed):
    """A column was asked for that the table does not have."""

    title = _("There is no such column")
    what_happened = _("The table has no column of this name.")
    what_to_do = _("Choose among the table's own columns.")


_BY_ERRNO: Final[dict[str, type[ExportFailed]]] = {
    "ENOSPC": NoRoom,
    "EDQUOT": NoRoom,
    "EFBIG": NoRoom,
    "EACCES": TargetRefused,
    "EPERM": TargetRefused,
    "EROFS": TargetRefused,
    "ETXTBSY": TargetRefused,
    "ENOENT": NoFolder,
    "ENOTDIR": NoFolder,
    "EISDIR": NoPlainFile,
    "EINVAL": NameRefused,
    "ENAMETOOLONG": NameRefused,
    "EILSEQ": NameRefused,
}
"""By name: not every system has every number."""


@contextmanager
def target_faults(target: Path) -> Iterator[None]:
    """Let what goes wrong with the target out as an :class:`ExportFailed`, and say in any fault that it is untouched.

    The database's own faults must come as :class:`BotpulseError` already.
    """
    try:
        yield
    except OSError as error:
        kind = _BY_ERRNO.get(errno.errorcode.get(error.errno or 0, ""), ExportFailed)
        raise kind(str(target), error.strerror or str(error)) from error
    except BotpulseError as error:
        if not isinstance(error, ExportFailed):
            error.what_is_safe = f"{error.what_is_safe} {UNTOUCHED}"
        raise


def check_target(target: Path, location: Location | None = None) -> None:
    """Refuse early what can't be written, or must not be: the database itself (``location``) and what belongs to it.

    Raises:
        ExportFailed: one of its kinds.
    """
    try:
        require_name(target)
    except NameNotAllowed as fault:
        raise NameRefused(fault.subject, fault.detail) from None
    with target_faults(target):
        _check_place(target, location)


def _check_place(target: Path, location: Location | None) -> None:
    if location is not None and location.path is not None and _belongs_to(target, location.path):
        raise IsTheDatabase(str(target))
    if target.is_dir() or (target.exists() and not target.is_file()):
        raise NoPlainFile(str(target))
    folder = real_path(target).parent
    if not folder.is_dir():
        raise NoFolder(str(folder))
    if not may_write(target if target.exists() else folder):
        raise TargetRefused(str(target))


def _belongs_to(target: Path, database: Path) -> bool:
    """Whether the target is the database, its log or its journal, by whatever name."""
    real = real_path(database)
    own = {str(each) for each in (real, wal_path(database), shm_path(database), f"{real}-journal")}
    if os.path.normcase(real_path(target)) in map(os.path.normcase, own):
        return True
    return target.exists() and real.exists() and target.samefile(real)
