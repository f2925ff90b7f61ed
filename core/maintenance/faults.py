"""Faults of backups, each with words for the person who meets it."""

from __future__ import annotations

from core.errors import BotpulseError, NoAccess
from core.text.translation import gettext as _


class BackupFault(BotpulseError):
    """A backup was made, but does not hold what it should."""

    title = _("The backup could not be verified")
    what_happened = _("A copy was made, but the check of what is in it failed; it was thrown away.")
    what_is_safe = _("The database was only read, and not changed.")
    what_to_do = _("Check the disk that the backup was to be on, or choose another place; then try again.")


class NoBackupFolder(NoAccess):
    """The folder that backups are to go into can't be made or written, or is something else."""

    title = _("The folder for backups can't be used")
    what_happened = _("No backup can be put there: the folder can't be made or written, or a file has its name.")
    what_is_safe = _(
        "Nothing was changed: the database was only read, and backups that were made before are as they were."
    )
    what_to_do = _("Check the permissions of the folder that is named, or choose another one.")


class NotABackup(BotpulseError):
    """A file that was given as a backup holds none of our tables, or is the database itself."""

    title = _("This file is not a backup")
    what_happened = _("The file holds none of the tables of the bot's statistics, or it is the database itself.")
    what_to_do = _("Choose a file from the folder botpulse-backups beside the database.")


class PlaceTaken(BotpulseError):
    """There is a file already where one was to be made."""

    title = _("There is a file of this name already")
    what_happened = _("A backup never overwrites a file.")
    what_to_do = _("Choose another name or another folder.")
