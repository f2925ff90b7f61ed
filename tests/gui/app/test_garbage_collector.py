from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app.garbage_collector import GarbageCollector


class Link:
    """Part of a cycle; it remembers in which thread it went."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    gc.enable()  # as it is when the program starts; between tests it is not
    made = GarbageCollector()
    yield made
    made.stop()


def test_cycles_go_in_the_thread_of_the_window_whoever_allocates(collector: GarbageCollector, qtbot: QtBot) -> None:
    gone_in: list[int] = []
    link = Link()
    weakref.finalize(link, lambda: gone_in.append(threading.get_ident()))
    del link
    kept: list[list[int]] = []
    busy = threading.Thread(target=lambda: kept.extend([] for _ in range(100_000)))
    busy.start()
    busy.join()
    assert gone_in == []
    qtbot.waitUntil(lambda: gone_in == [threading.get_ident()])


def test_stopped_it_leaves_collecting_to_python_again(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.stop()
    collector.stop()
    assert gc.isenabled()
