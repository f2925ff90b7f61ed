"""What keeps one database from being copied into another."""

from __future__ import annotations

from core.errors import BotpulseError
from core.text.translation import gettext as _

_NOTHING_LOST = _("The source was only read, and not changed.")


class SameDatabase(BotpulseError):
    """A database was to be copied into itself."""

    title = _("This is one database, not two")
    what_happened = _("Both addresses name the same database.")
    what_to_do = _("Name another target: a file that is not there yet, or an empty database on a server.")


class TargetTaken(BotpulseError):
    """The target holds rows that this copy did not bring there."""

    title = _("The target holds other rows")
    what_happened = _(
        "A copy keeps every row's id, so it goes into an empty database only, or into one that holds the same copy, "
        "begun before. There are rows that did not come from this source: another bot's, or new ones."
    )
    what_is_safe = _("Neither database was changed.")
    what_to_do = _("Name another target. If a bot writes to the target already, the copy is done: let it be.")


class CopyDiffers(BotpulseError):
    """The target does not hold what the source holds, although it was copied again."""

    title = _("The copy is not what the source is")
    what_happened = _("Some rows are not the same in both, even after they were copied again.")
    what_is_safe = _NOTHING_LOST
    what_to_do = _("See that nobody writes to the target, stop the bot, and give the same command again.")


class CopiedElsewhere(BotpulseError):
    """Another process copies into the same target at this moment."""

    title = _("Somebody else copies into this target")
    what_happened = _("The target's note of how far this copy has come is not what it was a moment ago.")
    what_is_safe = _("{nothing_lost} What is in the target is whole.").format(nothing_lost=_NOTHING_LOST)
    what_to_do = _("Let one of the two come to its end; then give the same command again to see that all is there.")
