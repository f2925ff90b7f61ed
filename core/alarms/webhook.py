"""Telling a Discord channel by a webhook. Its address is a secret: who has it can write there."""

from __future__ import annotations

import json
import logging
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from core.alarms.episodes import Alarm
from core.alarms.words import AlarmWords
from core.errors import BotpulseError
from core.text.markdown import escaped
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

_ADDRESS: Final = re.compile(
    r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,22}/[\w-]{20,200}", re.ASCII
)
_LOOPBACK: Final = re.compile(r"http://127\.0\.0\.1:\d+/[\w/-]*", re.ASCII)
_TIMEOUT: Final = 10.0
_TRIES: Final = 4
_LONGEST_WAIT: Final = 60.0
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 1_500
_RED, _GREEN = 0xD64545, 0x3FA66B


class WebhookFault(BotpulseError):
    """Discord did not take what was sent."""

    title = _("Discord was not told")
    what_happened = _("The webhook did not take the message.")
    what_is_safe = _("The alarm stands here and in the log; the bot and its database have nothing to do with it.")
    what_to_do = _(
        "See in Discord, in the channel's settings under Integrations, whether the webhook is still there, and copy "
        "its address anew."
    )


class NoWebhook(WebhookFault):
    """What was given is no address of a webhook."""

    what_happened = _("That is no address of a Discord webhook.")
    what_is_safe = _("Nothing was sent.")
    what_to_do = _(
        "In Discord, open the channel's settings, Integrations, Webhooks, New webhook, and copy its address: it begins "
        "with https://discord.com/api/webhooks/."
    )


def checked(address: str) -> str:
    """The address of a webhook, of Discord's or for a try on this machine.

    Raises:
        NoWebhook: it is none; the error does not repeat it.
    """
    bare = address.strip()
    if not _ADDRESS.fullmatch(bare) and not _LOOPBACK.fullmatch(bare):
        raise NoWebhook(_("the webhook"))
    return bare


def message_of(alarm: Alarm, words: AlarmWords, database: str, *, ended: str = "") -> dict[str, Any]:
    """What is sent: one embed, which mentions nobody whatever is in it.

    Args:
        alarm: the alarm.
        words: the same in words.
        database: how the database is called.
        ended: that it is over, in a sentence; empty where it begins.
    """
    text = ended or f"{words.evidence} {words.advice}"
    return _embed(words.headline, text, _GREEN if ended else _RED, database)


def trial_message(database: str) -> dict[str, Any]:
    """What is sent to see whether a webhook works."""
    return _embed(
        _("Botpulse will tell alarms here"),
        _("This is a test: nothing is wrong. What goes wrong with the bot is told like this, once, and its end once."),
        _GREEN,
        database,
    )


def _embed(title: str, text: str, colour: int, database: str) -> dict[str, Any]:
    return {
        "allowed_mentions": {"parse": []},
        "embeds": [
            {
                "title": escaped(title, _LONGEST_TITLE),
                "description": escaped(text, _LONGEST_TEXT),
                "color": colour,
                "footer": {"text": escaped(database, 100)},
            }
        ],
    }


def send(address: str, message: dict[str, Any], wait: Callable[[float], object] = time.sleep) -> None:
    """Send a message; waits for the answer, so call it in a thread of its own.

    Tries again where the network or Discord is away for a moment, and as late as Discord asks for.

    Raises:
        WebhookFault: it could not be delivered; the error does not name the address.
    """
    request = urllib.request.Request(
        checked(address),
        data=json.dumps(message).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "Botpulse (alarms, 1)"},
    )
    reason = ""
    for attempt in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):
                return
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code != 429 and error.code < 500:
                break
            pause = _pause(error, attempt)
        except OSError as error:  # no network, no name, a connection that was cut
            reason, pause = type(error).__name__, 2.0**attempt
        log.info("a webhook could not be reached: %s", reason)
        if attempt + 1 < _TRIES:
            wait(pause)
    raise WebhookFault(_("the webhook"), reason)


def _pause(error: urllib.error.HTTPError, attempt: int) -> float:
    """Seconds until the next attempt, as Discord asks for."""
    try:
        return min(max(float(error.headers.get("Retry-After", "")), 0.1), _LONGEST_WAIT)
    except (TypeError, ValueError):
        return 2.0**attempt
