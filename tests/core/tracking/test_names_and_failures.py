"""Names, failures and what came to commands and images, from the manager to the file, and through a spool."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.manager import AnalyticsManager
from core.models import NameKind, Outcome
from core.storage.reader import reading
from core.tracking.records import (
    FailureFacts,
    ImageDetails,
    failure_record,
    name_record,
    settled,
    unsettled_failure,
)
from core.tracking.tracker import Tracker
from tests.core import deployed
from tests.core.stored import change
from tests.core.tracked import locked, until


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def manager(path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(path) as manager:
        yield manager


def names(path: Path) -> list[tuple[Any, ...]]:
    return ask(path, "SELECT kind, id, name, icon FROM names ORDER BY kind, id")


def test_a_name_is_a_row_and_a_rename_its_next_value(manager: AnalyticsManager, path: Path) -> None:
    manager.note_name("user", 118, "Ada", "a1")
    manager.note_name("guild", 118, "Pixel Harbour")
    manager.flush()
    assert names(path) == [("guild", "118", "Pixel Harbour", None), ("user", "118", "Ada", "a1")]
    manager.note_name("user", 118, "Ada L.", "a1")
    manager.note_name("user", 118, "Ada L.", "a1")
    manager.flush()
    assert names(path)[1:] == [("user", "118", "Ada L.", "a1")]
    assert manager.counters().written == 3, "a name that was noted is not written again"


def test_a_name_of_megabytes_is_cut_and_not_held_in_memory(manager: AnalyticsManager, path: Path) -> None:
    tracemalloc.start()
    try:
        for number in range(3):
            manager.note_name("user", number, f"{number}" * 3_000_000)
        assert manager.flush(10) and tracemalloc.get_traced_memory()[0] < 3_000_000
    finally:
        tracemalloc.stop()
    assert ask(path, "SELECT max(length(name)), count(*) FROM names") == [(500, 3)]


def test_what_can_t_be_a_name_is_not_kept(manager: AnalyticsManager, path: Path) -> None:
    for kind, id, name in (("planet", 1, "x"), ("user", None, "x"), ("user", 1, ""), ("user", 1, None), ([], {}, [])):
        manager.note_name(kind, id, name)  # type: ignore[arg-type]
    manager.track_command("comfy", 1)
    manager.flush()
    assert names(path) == [] and manager.counters().failed == 0


def test_an_older_name_out_of_a_spool_does_not_come_back(path: Path) -> None:
    with Tracker(path) as tracker:
        for name, moment in (("new", 20.0), ("old", 10.0), ("new", 20.0)):
            record = name_record(NameKind.USER, 1, name, clock=lambda moment=moment: moment)  # type: ignore[misc]
            assert record is not None
            tracker.track(record)
            assert tracker.flush(5)
    assert ask(path, "SELECT name, updated FROM names") == [("new", 20.0)]


@pytest.mark.expect_log
def test_names_and_failures_wait_in_a_spool_like_every_event(path: Path) -> None:
    AnalyticsManager(path).close()
    with locked(path):
        manager = AnalyticsManager(path)
        manager.track_command("comfy", 1, error=ValueError("no"))
        manager.note_name("user", 1, "Ada")
        manager.close(0.5)
    with AnalyticsManager(path) as manager:
        manager.track_command("comfy", 2)
        manager.flush()
        until(lambda: names(path) != [])
    assert names(path) == [("user", "1", "Ada", None)]
    assert ask(path, "SELECT error_type, message FROM failures") == [("ValueError", "no")]


def test_no_file_ever_holds_what_a_failure_said_before_it_was_struck(path: Path) -> None:
    prompt, token = "a heron that nobody else asked for", "sk-proj4f8a1b2c3d4e5f6a7b8c"
    AnalyticsManager(path).close()
    with AnalyticsManager(path) as manager:
        with locked(path):
            for number in range(30):
                manager.track_failure(
                    "generation", "comfy", 1, error=ValueError(f"{number}: {prompt} {token}"), private=[prompt]
                )
            until(lambda: any(said_in(file, "ValueError") for file in path.parent.glob("*.spool-*")))
            assert [file for file in path.parent.iterdir() if said_in(file, prompt, token)] == []
        assert manager.flush(20)
        assert [file for file in path.parent.iterdir() if said_in(file, prompt, token)] == []
    assert ask(path, "SELECT message FROM failures WHERE id = 1") == [("0: … …",)]
    assert ask(path, "SELECT count(DISTINCT fingerprint), count(*) FROM failures") == [(1, 30)]


def said_in(file: Path, *words: str) -> bool:
    try:
        held = file.read_bytes()
    except FileNotFoundError:
        return False  # a journal, which was there a moment ago
    return any(word.encode() in held for word in words)


def test_a_failure_is_the_same_whether_its_words_are_struck_at_once_or_later() -> None:
    facts = FailureFacts(error=ValueError("a heron, GPU 0, 118798765432109876"), node="VAE", private=["a heron"])
    asked = ("generation", "comfy", 1)
    later = unsettled_failure(*asked, clock=lambda: 1.0, **facts)
    assert settled(later) == settled(later) == failure_record(*asked, clock=lambda: 1.0, **facts)
    assert settled(later).values[6] == "…, GPU 0, …" and settled(settled(later)) == settled(later)


def test_where_private_texts_can_t_be_told_nothing_of_the_message_is_kept() -> None:
    def broken() -> Iterator[str]:
        raise RuntimeError
        yield ""

    for private in (broken(), None, 5, ["x" * 1_000_000]):
        assert failure_record("command", error="a heron", private=private).values[6] is None  # type: ignore[arg-type]
    assert failure_record("command", error="a heron is ill", private="a heron").values[6] == "… is ill"


def test_a_command_s_end_is_told_by_outcome_or_success(manager: AnalyticsManager, path: Path) -> None:
    manager.track_command("a", 1)
    manager.track_command("b", 1, success=False)
    manager.track_command("c", 1, outcome=Outcome.CANCELLED)
    manager.track_command("d", 1, success=False, outcome="completed")
    manager.track_command("e", 1, outcome="nonsense")
    manager.flush()
    assert ask(path, "SELECT success, outcome FROM command_usage ORDER BY command_name") == [
        (1, "completed"), (0, "error"), (0, "cancelled"), (1, "completed"), (1, "completed"),
    ]  # fmt: skip


def test_an_error_of_a_command_is_a_failure_besides(manager: AnalyticsManager, path: Path) -> None:
    manager.track_command("comfy", 1, 2, 3, 0.5, error=TimeoutError("no answer within 30 s"))
    manager.track_failure("generation", "comfy", 1, error="CUDA out of memory", error_type="OutOfMemoryError",
                          node="VAEDecode", loras=["a"], resolution="1:1", private=("CUDA fox",))  # fmt: skip
    manager.track_failure("nowhere", kind="nothing")
    manager.flush()
    assert ask(path, "SELECT success, outcome FROM command_usage") == [(0, "error")]
    found = ask(path, "SELECT source, name, user_id, guild_id, channel_id, error_type, message, kind, node, loras"
                      " FROM failures ORDER BY id")  # fmt: skip
    assert found == [
        ("command", "comfy", "1", "2", "3", "TimeoutError", "no answer within 30 s", "error", None, None),
        (
            "generation",
            "comfy",
            "1",
            None,
            None,
            "OutOfMemoryError",
            "CUDA out of memory",
            "error",
            "VAEDecode",
            '["a"]',
        ),
        ("command", None, None, None, None, None, None, "error", None, None),
    ]


def test_what_else_is_known_of_an_image(manager: AnalyticsManager, path: Path) -> None:
    details = ImageDetails(2, 3, 4, 1.5, 8.25, "sd.safetensors", "euler", 20.0, 2**64 - 1, ["a/b.png", "c.png [temp]"])
    manager.track_image_generation(1, "a fox", "1:1", [], 1, 10.0, details=details)
    manager.track_image_generation(1, "a fox", "1:1", [], 1, 10.0, details=ImageDetails(steps="many", queue_time=-1))
    manager.track_image_generation(1, "a fox", "1:1", [], 1, 10.0)
    manager.flush()
    found = ask(path, "SELECT guild_id, channel_id, message_id, queue_time, execution_time, model, sampler, steps,"
                      " seed, outputs FROM image_stats ORDER BY id")  # fmt: skip
    assert found[0] == ("2", "3", "4", 1.5, 8.25, "sd.safetensors", "euler", 20, "18446744073709551615",
                        '["a/b.png", "c.png [temp]"]')  # fmt: skip
    assert found[1:] == [(None,) * 10] * 2


@pytest.mark.expect_log
def test_a_table_of_the_host_s_own_that_has_the_name_stays_untouched(path: Path) -> None:
    deployed.create(path)
    change(
        path,
        "CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO names VALUES (7, 'theirs')",
        "CREATE TABLE failures (id INTEGER PRIMARY KEY, message TEXT)",
        "INSERT INTO failures VALUES (7, 'theirs')",
    )
    with AnalyticsManager(path) as manager:
        manager.track_command("comfy", 1, error=ValueError("no"))
        manager.note_name("user", 1, "Ada")
        manager.flush()
        assert manager.reset_stats()
    assert ask(path, "SELECT * FROM names") == [(7, "theirs")] == ask(path, "SELECT * FROM failures")
    with reading(path) as reader:
        assert not reader.tables & {"names", "failures"}


def test_a_reset_takes_failures_and_leaves_names(manager: AnalyticsManager, path: Path) -> None:
    manager.track_command("comfy", 1, error=ValueError("no"))
    manager.note_name("user", 1, "Ada")
    manager.flush()
    assert manager.reset_stats()
    assert ask(path, "SELECT count(*) FROM failures") == [(0,)] and len(names(path)) == 1
