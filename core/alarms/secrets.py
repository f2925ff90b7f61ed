"""Where the webhook's address is kept: in the system's keyring, or given by the environment; in no file of ours."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Final

from core.alarms.webhook import checked
from core.errors import BotpulseError
from core.text.translation import gettext as _

VARIABLE: Final = "BOTPULSE_WEBHOOK"
"""The environment variable that comes before the keyring: servers have none."""

_SERVICE: Final = "botpulse"
_NAME: Final = "discord-webhook"


class Kept(StrEnum):
    """Where an address is."""

    NOWHERE = "nowhere"
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    NO_KEYRING = "no keyring"
    """And there is no keyring to keep one in."""


class NoKeyring(BotpulseError):
    """There is no keyring, or it does not answer."""

    title = _("There is no keyring")
    what_happened = _("This system has no keyring that Botpulse can use, or it is locked.")
    what_is_safe = _("The address was not stored anywhere.")
    what_to_do = _(
        "Give it by the environment variable BOTPULSE_WEBHOOK, from a file that nobody else can read (systemd: "
        "LoadCredential or EnvironmentFile)."
    )


def webhook_address() -> str | None:
    """The address: the environment's, else the keyring's; None where there is none. It may wait for the keyring.

    Raises:
        NoWebhook: what is there is no address of a webhook.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return checked(given)
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    try:
        stored = keyring.get_password(_SERVICE, _NAME)
    except keyring.errors.KeyringError:
        return None
    return checked(stored) if stored else None


def webhook_kept() -> Kept:
    """Where an address is kept, which this does not tell. It may wait for the keyring."""
    if os.environ.get(VARIABLE):
        return Kept.ENVIRONMENT
    try:
        import keyring
        import keyring.errors

        return Kept.KEYRING if keyring.get_password(_SERVICE, _NAME) else Kept.NOWHERE
    except ImportError:
        return Kept.NO_KEYRING
    except keyring.errors.KeyringError:
        return Kept.NO_KEYRING


def store_webhook(address: str) -> None:
    """Keep an address in the keyring; an empty one takes it away.

    Raises:
        NoWebhook: it is no address of a webhook.
        NoKeyring: there is no keyring that can be used.
    """
    known = checked(address) if address.strip() else ""
    try:
        import keyring
        import keyring.errors
    except ImportError as error:
        raise NoKeyring(_("the keyring"), "keyring is not installed") from error
    try:
        if known:
            keyring.set_password(_SERVICE, _NAME, known)
        elif keyring.get_password(_SERVICE, _NAME) is not None:
            keyring.delete_password(_SERVICE, _NAME)
    except keyring.errors.KeyringError as error:
        raise NoKeyring(_("the keyring"), type(error).__name__) from error
