"""Words that have no spaces to break at are shown to their end all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.dialogs.data.parts import Remark, RemarkRow
from gui.dialogs.folded_label import LONGEST_PATH, LONGEST_SHOWN, FoldedLabel
from gui.style.theme import apply_theme
from resources.design import Theme
from tests.gui.windows import plain

UNBROKEN = f"/srv/{'unbroken' * 20}/{'folder_name' * 12}/"
WIDTH = 300


def drawn(qtbot: QtBot, fact: Remark) -> QWidget:
    """A fact in a dialog of some width, as high as it needs."""
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    column.addWidget(RemarkRow(fact))
    holder.setFixedWidth(WIDTH)
    holder.resize(WIDTH, column.totalHeightForWidth(WIDTH))
    holder.show()
    qtbot.waitExposed(holder)
    return holder


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("before", ["", "A backup is made and verified first, in "])
def test_a_path_is_legible_to_its_last_letter(qtbot: QtBot, qapp: QApplication, theme: Theme, before: str) -> None:
    apply_theme(qapp, theme)
    fact = Remark("safe", f"{before}{UNBROKEN}analytics.db", "To")
    shown = [drawn(qtbot, replace(fact, words=f"{fact.words}{end}")).grab().toImage() for end in ("", "1", "1")]
    assert shown[0] != shown[1]
    assert shown[1] == shown[2]


def test_words_break_between_words_where_they_can(qtbot: QtBot) -> None:
    row = drawn(qtbot, Remark("info", "The bot goes on writing; rows that come in meanwhile stay."))
    label = row.findChild(FoldedLabel)
    assert label.height() == 2 * label.fontMetrics().lineSpacing()
    assert label.toolTip() == ""


def test_path_that_is_absurdly_long_is_shown_without_its_middle(qtbot: QtBot) -> None:
    path = f"/{'a' * (LONGEST_PATH - 40)}/analytics.db"
    row = drawn(qtbot, Remark("safe", path, "To"))
    label = row.findChildren(FoldedLabel)[-1]
    assert label.text() == path
    assert len(label.shown) == LONGEST_SHOWN
    assert label.shown.startswith("/aaa") and label.shown.endswith("/analytics.db")
    assert path in label.toolTip()
    assert label.height() < 300


def test_a_path_is_copied_as_it_is(qtbot: QtBot) -> None:
    path = f"{UNBROKEN}two  spaces.db"
    row = drawn(qtbot, Remark("safe", path, "To"))
    label = row.findChildren(FoldedLabel)[-1]
    (copy,) = label.actions()
    assert plain(copy.text()) == "Copy"
    copy.trigger()
    assert QApplication.clipboard().text() == path
