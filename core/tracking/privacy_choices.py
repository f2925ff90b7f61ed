"""What users choose for themselves: to opt out, to opt in, to be forgotten by what waits in memory."""

from __future__ import annotations

from core.models import NameKind
from core.storage.location import Location
from core.storage.opt_outs import add_opt_out, opt_outs_of, remove_opt_out
from core.text.translation import gettext as _
from core.tracking.noted_names import NotedNames
from core.tracking.storable import short_id
from core.tracking.tracker import Tracker


class PrivacyChoices:
    """The part of :class:`core.manager.AnalyticsManager` that users' choices go to. From an event loop, in a thread."""

    location: Location
    _tracker: Tracker
    _names: NotedNames

    def opt_out(self, user_id: str | int) -> None:
        """Record of a user no id, prompt, message or name from now on, in every process that writes to this store.

        Their commands and images still count. What is on its way to the disk is struck, too; what is stored stays. It
        lasts through resets, copies to another database and forgetting.

        Raises:
            ValueError: there is no id.
            BotpulseError: the store can't be written; then nothing has changed.
        """
        add_opt_out(self.location, _text_of(user_id))

    def opt_in(self, user_id: str | int) -> None:
        """Record everything of a user again.

        Raises:
            ValueError: there is no id.
            BotpulseError: the store can't be written; then nothing has changed.
        """
        remove_opt_out(self.location, _text_of(user_id))
        self.note_anew(user_id)

    def note_anew(self, user_id: str | int) -> None:
        """A user's name counts as never noted: one that was struck is noted when it comes again."""
        self._names.forget(NameKind.USER, _text_of(user_id))

    def has_opted_out(self, user_id: str | int) -> bool:
        """Whether a user opted out, as the store has it at this moment.

        Raises:
            ValueError: there is no id.
            BotpulseError: the store can't be read.
        """
        return _text_of(user_id) in opt_outs_of(self.location)

    def forget_waiting(self, user_id: str | int, timeout: float | None = 2.0) -> bool:
        """Let go of all events and names of a user that this process holds, in memory and in its spool.

        False where ``timeout`` seconds did not suffice, or its spool could not be written: then they go when the store
        can be written again. What the store has is not touched (:mod:`core.maintenance.forgetting`).
        """
        user = _text_of(user_id)
        self.note_anew(user)
        return self._tracker.leave_out(user, timeout)


def _text_of(user_id: object) -> str:
    user = short_id(user_id)
    if not user:
        raise ValueError(_("a user's id is missing"))
    return user
