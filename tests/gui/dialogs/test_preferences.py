from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from gui import settings
from gui.dialogs.controls import Choice, Number, Switch, Zone
from gui.dialogs.preferences import PreferencesDialog
from gui.settings import PREFERENCES, Setting, Settings
from tests.gui.windows import press, settings_in, tab, texts

Told = list[tuple[str, object]]


@pytest.fixture
def dialog(qtbot: QtBot, memory: Settings) -> PreferencesDialog:
    made = PreferencesDialog(memory)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


@pytest.fixture
def told(dialog: PreferencesDialog) -> Told:
    heard: Told = []

    def note(setting: Setting, value: object) -> None:
        heard.append((setting.key, value))

    dialog.changed.connect(note)
    return heard


def choice(dialog: PreferencesDialog, setting: Setting) -> Choice:
    control = dialog.controls[setting.key]
    assert isinstance(control, Choice)
    return control


def zone(dialog: PreferencesDialog) -> Zone:
    control = dialog.controls[settings.ZONE.key]
    assert isinstance(control, Zone)
    return control


def line(dialog: PreferencesDialog) -> QLineEdit:
    found = zone(dialog).box.lineEdit()
    assert found is not None
    return found


def test_dialog_has_a_control_for_every_preference_and_says_what_each_is_for(dialog: PreferencesDialog) -> None:
    assert list(dialog.controls) == [setting.key for setting in PREFERENCES]
    shown = texts(dialog)
    for setting in PREFERENCES:
        assert {setting.title, setting.help, setting.group} <= set(shown)
        assert dialog.controls[setting.key].accessibleDescription() == setting.help


def test_a_click_on_an_option_is_remembered_and_told_at_once(
    qtbot: QtBot, dialog: PreferencesDialog, told: Told, memory: Settings
) -> None:
    for setting, value in ((settings.THEME, "dark"), (settings.DENSITY, "compact"), (settings.TRAY, "off")):
        qtbot.mouseClick(choice(dialog, setting).buttons[value], Qt.MouseButton.LeftButton)
        assert memory.value(setting) == value
    assert told == [("theme", "dark"), ("density", "compact"), ("tray", "off")]


def test_dialog_begins_with_what_is_remembered(qtbot: QtBot, memory: Settings) -> None:
    memory.remember(settings.WEEK_START, "saturday")
    memory.remember(settings.INTERVAL, 2_500)
    memory.remember(settings.ZONE, "America/New_York")
    memory.remember(settings.MASK, True)
    made = PreferencesDialog(memory)
    qtbot.addWidget(made)
    assert choice(made, settings.WEEK_START).buttons["saturday"].isChecked()
    number, switch = made.controls["interval"], made.controls["mask_prompts"]
    assert isinstance(number, Number)
    assert isinstance(switch, Switch)
    assert (number.value(), switch.isChecked()) == (2_500, True)
    assert line(made).text() == "America/New York"
    assert made.restore.isEnabled()


def test_a_number_counts_once_it_is_whole(qtbot: QtBot, dialog: PreferencesDialog, told: Told) -> None:
    number = dialog.controls["interval"]
    number.setFocus()
    press(dialog, "Ctrl+A")
    qtbot.keyClicks(number, "250")
    assert told == []
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert told == [("interval", 250)]
    assert dialog.isVisible()


@pytest.mark.parametrize("typed", ["5", "99999999", "often"])
def test_a_number_out_of_bounds_is_never_taken(
    qtbot: QtBot, dialog: PreferencesDialog, memory: Settings, typed: str
) -> None:
    number = dialog.controls["interval"]
    number.setFocus()
    press(dialog, "Ctrl+A")
    qtbot.keyClicks(number, typed)
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert settings.INTERVAL.least <= memory.number(settings.INTERVAL) <= settings.INTERVAL.most


def test_a_switch_is_clicked_and_pressed(qtbot: QtBot, dialog: PreferencesDialog, told: Told) -> None:
    switch = dialog.controls["mask_prompts"]
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert told == [("mask_prompts", True), ("mask_prompts", False)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Asia/Tokyo", "Asia/Tokyo"), ("america/new york", "America/New_York"), ("america/new_york", "America/New_York")],
)
def test_a_zone_is_typed(qtbot: QtBot, dialog: PreferencesDialog, told: Told, typed: str, name: str) -> None:
    zone(dialog).setFocus()
    qtbot.keyClicks(line(dialog), typed)
    qtbot.keyClick(line(dialog), Qt.Key.Key_Return)
    assert told == [("zone", name)]
    assert dialog.isVisible()
    assert any("there, UTC" in each for each in texts(dialog))


def test_a_zone_is_found_by_its_city(qtbot: QtBot, dialog: PreferencesDialog, told: Told) -> None:
    zone(dialog).setFocus()
    qtbot.keyClicks(line(dialog), "kathma")
    completer = zone(dialog).box.completer()
    assert completer is not None
    qtbot.waitUntil(lambda: completer.popup().isVisible())
    assert "One time zone matches" in texts(dialog)
    qtbot.keyClick(completer.popup(), Qt.Key.Key_Down)
    qtbot.keyClick(completer.popup(), Qt.Key.Key_Return)
    assert told == [("zone", "Asia/Kathmandu")]


def test_a_zone_that_nobody_knows_is_not_taken(
    qtbot: QtBot, dialog: PreferencesDialog, told: Told, memory: Settings
) -> None:
    zone(dialog).setFocus()
    qtbot.keyClicks(line(dialog), "Atlantis")
    assert "No time zone matches" in texts(dialog)
    qtbot.keyClick(line(dialog), Qt.Key.Key_Return)
    assert any(each.startswith("This computer knows no time zone of this name") for each in texts(dialog))
    assert told == []
    assert memory.zone_name() == settings.SYSTEM_ZONE


def test_restore_defaults_tells_what_differs(
    qtbot: QtBot, dialog: PreferencesDialog, told: Told, memory: Settings
) -> None:
    assert not dialog.restore.isEnabled()
    qtbot.mouseClick(choice(dialog, settings.THEME).buttons["light"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.controls["notify"], Qt.MouseButton.LeftButton)
    told.clear()
    qtbot.mouseClick(dialog.restore, Qt.MouseButton.LeftButton)
    assert told == [("theme", "system"), ("notify", True)]
    assert all(memory.value(setting) == setting.default for setting in PREFERENCES)
    assert choice(dialog, settings.THEME).buttons["system"].isChecked()
    assert not dialog.restore.isEnabled()


def test_tab_reaches_every_control_and_arrows_choose(qtbot: QtBot, dialog: PreferencesDialog, told: Told) -> None:
    choice(dialog, settings.THEME).setFocus()
    reached = set()
    for _ in range(len(PREFERENCES) + 6):  # ages are five fields
        focused = QApplication.focusWidget()
        reached |= {key for key, each in dialog.controls.items() if focused and each.isAncestorOf(focused)}
        reached |= {key for key, each in dialog.controls.items() if focused is each}
        tab(dialog)
    assert reached == set(dialog.controls)
    choice(dialog, settings.WEEK_START).setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert told == [("week_start", "sunday")]


def test_a_letter_leads_to_each_control(dialog: PreferencesDialog) -> None:
    letters = [setting.title[setting.title.index("&") + 1].lower() for setting in PREFERENCES]
    letters.append(dialog.restore.text().partition("&")[2][0].lower())
    assert len(letters) == len(set(letters))


def test_a_letter_moves_the_keys(qtbot: QtBot, dialog: PreferencesDialog) -> None:
    dialog.controls["notify"].setFocus()
    press(dialog, "Alt+E")
    assert dialog.controls["interval"].hasFocus()


def test_a_wheel_that_passes_over_changes_nothing(qtbot: QtBot, dialog: PreferencesDialog, told: Told) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    for widget in (dialog.controls["interval"], zone(dialog).box):
        middle = QPointF(widget.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(widget.mapToGlobal(widget.rect().center())),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
    assert told == []


@pytest.mark.parametrize("leave", ["Escape", "Close"])
def test_dialog_is_left_by_escape_and_by_its_button(qtbot: QtBot, dialog: PreferencesDialog, leave: str) -> None:
    buttons = dialog.findChild(QDialogButtonBox)
    with qtbot.waitSignal(dialog.rejected):
        if leave == "Escape":
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        else:
            qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Close), Qt.MouseButton.LeftButton)


def test_choices_are_there_the_next_time(qtbot: QtBot, tmp_path: Path) -> None:
    made = PreferencesDialog(settings_in(tmp_path))
    qtbot.addWidget(made)
    made.show()
    qtbot.mouseClick(made.controls["mask_prompts"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(choice(made, settings.DENSITY).buttons["compact"], Qt.MouseButton.LeftButton)
    del made
    after = settings_in(tmp_path)
    assert (after.switch(settings.MASK), after.text(settings.DENSITY)) == (True, "compact")


@pytest.mark.parametrize("setting", PREFERENCES, ids=lambda setting: setting.key)
def test_its_letter_leads_to_the_control_itself(qtbot: QtBot, dialog: PreferencesDialog, setting: Setting) -> None:
    control = dialog.controls[setting.key]
    other = dialog.controls["notify" if setting is not settings.NOTIFY else "mask_prompts"]
    other.setFocus()
    press(dialog, f"Alt+{setting.title[setting.title.index('&') + 1]}")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused is control or control.isAncestorOf(focused)
    if isinstance(control, Choice):
        assert focused is control.buttons[str(dialog._memory.value(setting))], "the button that is pressed"
