from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app.main import garbage_collected_here


class Link:
    """Part of a cycle; it remembers in which thread it went."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def automatic(qapp: QApplication) -> Iterator[None]:
    """As it is when the program starts; between tests it is not."""
    gc.enable()
    yield
    gc.disable()


@pytest.mark.usefixtures("automatic")
def test_cycles_go_in_the_thread_of_the_window_whoever_allocates(qtbot: QtBot) -> None:
    gone_in: list[int] = []
    with garbage_collected_here():
        link = Link()
        weakref.finalize(link, lambda: gone_in.append(threading.get_ident()))
        del link
        kept: list[list[int]] = []
        busy = threading.Thread(target=lambda: kept.extend([] for _ in range(100_000)))
        busy.start()
        busy.join()
        assert gone_in == []
        qtbot.waitUntil(lambda: gone_in == [threading.get_ident()])


@pytest.mark.usefixtures("automatic")
def test_afterwards_collecting_is_left_to_python_again_as_it_was() -> None:
    with garbage_collected_here():
        assert not gc.isenabled()
        with garbage_collected_here():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
