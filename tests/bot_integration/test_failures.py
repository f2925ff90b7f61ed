"""One failure is one row, whoever hears of it on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot_integration.failures import mark_tracked, track_once
from core.manager import AnalyticsManager
from tests.bot_integration.noted import failures_in

ANNA, BEN = 41771983423143937, 41771983423143938


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(tmp_path / "analytics.db") as manager:
        yield manager


def told(manager: AnalyticsManager) -> list[tuple[str, str | None, str | None]]:
    return [(each.source, each.name, each.user_id) for each in failures_in(manager)]


def test_a_command_that_fails_by_its_generation_is_no_second_failure(manager: AnalyticsManager) -> None:
    error = ValueError("out of memory")
    assert track_once(manager, error, "generation", "imagine", ANNA, node="VAEDecode")
    assert not track_once(manager, error, "delivery", "imagine", str(ANNA))
    assert not track_once(manager, error, "command", "imagine", str(ANNA))
    (kept,) = failures_in(manager)
    assert (kept.source, kept.error_type, kept.message, kept.node) == (
        "generation",
        "ValueError",
        "out of memory",
        "VAEDecode",
    )


def test_what_was_raised_from_it_is_the_same_failure(manager: AnalyticsManager) -> None:
    cause, wrapped, other = ValueError("out of memory"), RuntimeError("no image"), RuntimeError("no answer")
    wrapped.__cause__, other.__context__ = cause, cause
    track_once(manager, cause, "generation", "imagine", ANNA)
    assert not track_once(manager, wrapped, "command", "imagine", ANNA)
    assert track_once(manager, other, "command", "imagine", ANNA)


def test_an_exception_that_two_users_share_is_a_failure_of_each(manager: AnalyticsManager) -> None:
    error = ValueError("the queue is full")
    track_once(manager, error, "generation", "imagine", ANNA)
    assert track_once(manager, error, "command", "imagine", BEN)
    assert not track_once(manager, error, "command", "imagine", ANNA)
    assert told(manager) == [("generation", "imagine", str(ANNA)), ("command", "imagine", str(BEN))]


def test_an_exception_that_is_raised_again_is_another_failure(manager: AnalyticsManager) -> None:
    error = ValueError("busy")
    for _ in range(3):
        assert track_once(manager, error, "command", "imagine", ANNA)
    track_once(manager, error, "generation", "imagine", ANNA)
    assert not track_once(manager, error, "command", "imagine", ANNA)
    assert track_once(manager, error, "command", "imagine", ANNA)


def test_whoever_remembered_it_otherwise_says_so(manager: AnalyticsManager) -> None:
    error = ValueError("out of memory")
    mark_tracked(error)
    assert not track_once(manager, error, "command", "imagine", ANNA)
    assert track_once(manager, "no image came", "command", "imagine", ANNA)
    assert [each.message for each in failures_in(manager)] == ["no image came"]


def test_an_exception_of_a_bots_own_kind_does_no_harm(manager: AnalyticsManager) -> None:
    class Closed(Exception):
        __slots__ = ("why",)

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

        def __str__(self) -> str:
            raise ValueError("not even this")

    error = Closed()
    assert track_once(manager, error, "generation", "imagine", ANNA)
    assert not track_once(manager, error, "command", "imagine", ANNA)
    looped = ValueError("a")
    looped.__cause__ = looped
    assert track_once(manager, looped, "command", "imagine", ANNA)
