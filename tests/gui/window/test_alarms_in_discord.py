"""Alarms of the window in a Discord channel: switched on, tried and told by real clicks and real HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.alarms.secrets import VARIABLE
from gui.dialogs.alarms import AlarmsDialog
from gui.dialogs.webhook import WebhookCard
from gui.settings import QUIET_HOURS, TELL_DISCORD, Settings
from gui.status import alarms
from gui.status.discord import DiscordTeller
from gui.window.main_window import MainWindow
from tests.core.alarms.test_webhook import SECRET, channel
from tests.gui.window.test_alarm_bell import keeper, restarted, rung
from tests.gui.window_controls import click
from tests.gui.windows import BERLIN, texts

REFUSED = "https://example.com/" + "hush" * 8


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "_BEGIN_MS", 0)
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """A keyring that holds what it is given."""
    kept: dict[tuple[str, str], str] = {}
    errors = ModuleType("keyring.errors")
    vars(errors)["KeyringError"] = type("KeyringError", (Exception,), {})
    module = ModuleType("keyring")
    vars(module).update(
        errors=errors,
        get_password=lambda *place: kept.get(place),
        set_password=lambda service, name, secret: kept.__setitem__((service, name), secret),
        delete_password=lambda *place: kept.pop(place),
    )
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return kept


@pytest.fixture
def card(qtbot: QtBot, memory: Settings) -> WebhookCard:
    dialog = AlarmsDialog(memory, None, BERLIN)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog.webhook


def done(qtbot: QtBot, card: WebhookCard) -> str:
    qtbot.waitUntil(lambda: not card.job.running)
    return " ".join(texts(card))


def test_an_address_is_kept_in_the_keyring_tried_and_taken_away(
    qtbot: QtBot, card: WebhookCard, memory: Settings, ring: dict[tuple[str, str], str]
) -> None:
    assert not card.address.isVisible()
    qtbot.keyClick(card.switch, Qt.Key.Key_Space)
    assert memory.switch(TELL_DISCORD)
    assert "No address is kept" in done(qtbot, card)
    assert not card.tries.isEnabled() and not card.remove.isEnabled() and not card.keep.isEnabled()
    qtbot.keyClicks(card.address, REFUSED)
    qtbot.keyClick(card.address, Qt.Key.Key_Return)
    said = done(qtbot, card)
    assert "That is no address of a Discord webhook" in said and REFUSED not in said and ring == {}
    card.address.clear()
    with channel() as discord:
        qtbot.keyClicks(card.address, discord.address)
        click(qtbot, card.keep)
        said = done(qtbot, card)
        assert list(ring.values()) == [discord.address] and card.address.text() == ""
        assert "kept in this system's keyring" in said and discord.address not in said
        click(qtbot, card.tries)
        assert "look in the channel" in done(qtbot, card)
        (sent,) = discord.messages
        assert "This is a test" in sent["embeds"][0]["description"]
    click(qtbot, card.remove)
    assert "No address is kept" in done(qtbot, card) and ring == {}


def test_what_the_environment_gives_is_said_and_not_altered(
    qtbot: QtBot, card: WebhookCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    click(qtbot, card.switch)
    assert VARIABLE in done(qtbot, card)
    assert card.tries.isEnabled() and not card.address.isEnabled() and not card.remove.isEnabled()


def test_the_address_is_hidden_as_it_stands(card: WebhookCard) -> None:
    assert card.address.echoMode() is QLineEdit.EchoMode.PasswordEchoOnEdit


@pytest.fixture
def discord_told(window: MainWindow, memory: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of what the tray was given to tell."""
    titles: list[str] = []
    monkeypatch.setattr(window.presence.tray, "tell", lambda title, *_rest, **_more: titles.append(title))
    memory.remember(TELL_DISCORD, True)
    return titles


def test_an_alarm_is_told_once_and_not_in_quiet_hours(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, discord_told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    memory.remember(QUIET_HOURS, "0-24")
    with channel() as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        rung(qtbot, window, restarted(database))
        teller = window.findChild(DiscordTeller)
        assert isinstance(teller, DiscordTeller)
        teller.look()
        assert discord.messages == [] == discord_told
        memory.remember(QUIET_HOURS, "")
        teller.look()
        qtbot.waitUntil(lambda: len(discord.messages) == 1)
        assert discord.messages[0]["embeds"][0]["title"] == "The bot starts again and again"
        teller.look()
        keeper(window).changed.emit()
    assert len(discord.messages) == 1


@pytest.mark.expect_log
def test_what_discord_does_not_take_is_said_once(
    qtbot: QtBot, window: MainWindow, database: Path, discord_told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with channel((404, {})) as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        rung(qtbot, window, restarted(database))
        qtbot.waitUntil(lambda: "analytics.db: Discord was not told" in discord_told)
        keeper(window).changed.emit()
        assert len(discord.messages) == 1
