"""Facts in two columns, in a box that scrolls."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.presenters.health_facts import FactGroup, HealthFact
from gui.widgets.fact_list import FactList
from gui.widgets.scroll_box import ScrollBox
from resources.design import Theme
from tests.gui.windows import show_alone


def groups(amount: int) -> tuple[FactGroup, ...]:
    return tuple(FactGroup(f"Group {n}", (HealthFact("File", "8 MB"), HealthFact("Rows", "12"))) for n in range(amount))


def test_more_facts_are_never_squeezed_into_the_room_of_fewer(qtbot: QtBot, qapp: QApplication) -> None:
    """Health shows few facts at first, and more of them once every row was read."""
    facts = FactList()
    box = show_alone(qtbot, qapp, ScrollBox(facts, "Facts"), Theme.LIGHT, 400, 200)
    facts.show_groups(groups(4), 0.0)
    qtbot.waitUntil(lambda: facts.height() >= facts.minimumSizeHint().height() > 200)
    facts.show_groups(groups(9), 0.0)
    assert facts.height() >= facts.minimumSizeHint().height() > 400
    assert box.viewport().height() <= 200
