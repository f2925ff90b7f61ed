"""What the window has told in Discord, as tasks: they wait for the keyring and for the network."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.episodes import Alarm
from core.alarms.secrets import Kept, store_webhook, webhook_address, webhook_kept
from core.alarms.told import ToldAlarms
from core.alarms.webhook import NoWebhook, message_of, send, trial_message
from core.alarms.words import alarm_words, end_words
from core.storage.location import Location
from core.tasks import Progress, Task
from core.text.translation import gettext as _

_UNDER_WAY: Final = Progress(0.0)


def tell_discord(
    location: Location,
    zone: ZoneInfo,
    begun: tuple[Alarm, ...],
    ended: tuple[Alarm, ...],
    now: float,
    others: tuple[Alarm, ...] = (),
) -> Task[int]:
    """Tell what is not told yet of some alarms that go on, and of some that have ended; returns how many it were.

    What could not be delivered counts as not told. Of the alarms that were told all are forgotten but these and
    ``others``, which go on, too: where one comes again it is told again.

    Raises:
        WebhookFault: there is no webhook, or it did not take a message.
    """
    told = ToldAlarms(location)
    told.forget_all_but((*begun, *ended, *others))
    over, new = told.ended(ended), told.begun(begun)
    address = _address() if over or new else ""
    for alarm in over:
        yield _UNDER_WAY
        words = end_words(alarm, zone)
        send(address, message_of(alarm, alarm_words(alarm, now, zone), location.name, ended=words))
        told.note_ended(alarm)
    for alarm in new:
        yield _UNDER_WAY
        send(address, message_of(alarm, alarm_words(alarm, now, zone), location.name))
        told.note_begun(alarm)
    return len(over) + len(new)


def try_webhook(database: str) -> Task[None]:
    """Send a message that says it is a try.

    Raises:
        WebhookFault: there is no webhook, or it did not take the message.
    """
    yield _UNDER_WAY
    send(_address(), trial_message(database))


def keep_webhook(address: str) -> Task[Kept]:
    """Keep an address in the system's keyring, or, empty, take it away; returns where one is kept now.

    Raises:
        NoWebhook, NoKeyring: it can't be kept; the error does not repeat it.
    """
    yield _UNDER_WAY
    store_webhook(address)
    return webhook_kept()


def find_webhook() -> Task[Kept]:
    """Where an address is kept."""
    yield _UNDER_WAY
    return webhook_kept()


def _address() -> str:
    address = webhook_address()
    if address is None:
        raise NoWebhook(_("the webhook"), _("none is kept"))
    return address
