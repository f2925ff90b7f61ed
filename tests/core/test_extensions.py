"""Metrics of one's own: declared, found, written, counted, filtered, looked after; and what is wrong with them."""

from __future__ import annotations

import math
import os
import pickle
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import extensions, maintenance
from core.database import open_for_writing
from core.extensions import ExtensionFault, ExtensionTooNew, KeyTaken
from core.feed import Feed, Happening
from core.filters import Filter
from core.live import take_snapshot
from core.location import locate
from core.manager import AnalyticsManager
from core.metric import Kind, Metric, MetricColumn
from core.metric_answers import metric_answer
from core.periods import CHOICES
from core.reading import reading
from core.records import LONG_TEXT, SHORT_TEXT
from core.scan import last_id
from core.subjects.metrics import subject_of
from core.tables import TABLES, record_of, stored_fields
from core.tasks import Task
from tests import extending
from tests.core import deployed

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = (
    MetricColumn("vote", "Vote", Kind.ACTION),
    MetricColumn("image", "Image"),
    MetricColumn("user_id", "User", Kind.USER),
    MetricColumn("guild_id", "Server", Kind.GUILD),
    MetricColumn("seconds", "Time", Kind.SECONDS),
    MetricColumn("points", "Points", Kind.NUMBER),
    MetricColumn("seen", "Seen", Kind.COUNT),
)
TABLE = "botpulse_metric_votes"
FILE = (
    'from core.metric import Metric, MetricColumn\nIT = Metric("{key}", "It", "it", (MetricColumn("word", "Word"),))\n'
)


def votes(**changed: object) -> Metric:
    declared = {"key": "votes", "title": "Votes", "noun": "vote", "columns": COLUMNS, "ranked": ("image", "user_id")}
    return Metric(**{**declared, **changed})  # type: ignore[arg-type]


@pytest.fixture
def metric() -> Iterator[Metric]:
    """A metric that is registered for the length of the test."""
    declared = votes()
    extensions.register(declared)
    yield declared
    extensions.unregister(declared)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for extensions; what was loaded and found wrong in it is forgotten afterwards."""
    place = tmp_path / "extensions"
    place.mkdir()
    monkeypatch.delenv(extensions.VARIABLE, raising=False)
    monkeypatch.setattr(extensions, "_faults", [])
    monkeypatch.setattr(extensions, "_loaded", set())
    with extending.bots_folder(place):
        yield place


def named(monkeypatch: pytest.MonkeyPatch, *names: str | Path) -> tuple[ExtensionFault, ...]:
    monkeypatch.setenv(extensions.VARIABLE, os.pathsep.join(map(str, names)))
    return extensions.load()


def done(task: Task[object]) -> object:
    while True:
        try:
            next(task)
        except StopIteration as end:
            return end.value


def fill(path: Path, metric: Metric, number: int = 12) -> None:
    with AnalyticsManager(path, timezone=BERLIN) as manager:
        for n in range(number):
            manager.track(metric.record(vote="up" if n % 3 else "down", image=n % 2, user_id=4711, points=n))
        assert manager.flush(10)


def rows(path: Path, columns: str = "*") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM {TABLE} ORDER BY id").fetchall()


# What is declared


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"key": "Votes"}, "'Votes' can't be a key"),
        ({"key": "votes; DROP"}, "can't be a key"),
        ({"columns": (MetricColumn("timestamp", "Time"),)}, "'timestamp' can't be a key"),
        ({"columns": (*COLUMNS, COLUMNS[0])}, "two columns have the same key"),
        ({"columns": (MetricColumn("media", "Media", Kind.MEDIA),), "ranked": ()}, "can't be of kind"),
        ({"split": "points"}, "a number is averaged"),
        ({"ranked": ("nobody",)}, "name columns in words"),
        ({"ranked": ("vote", "image", "user_id", "guild_id")}, "at most 3"),
        ({"columns": (), "ranked": ()}, "name columns in words"),
        (
            {"columns": (*COLUMNS, MetricColumn("prompt", "Prompt")), "split": "prompt"},
            "details and prompt can be masked",
        ),
        ({"noun": " "}, "a title and a noun"),
    ],
)
def test_a_declaration_that_means_nothing_says_why(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match="metric") as caught:
        votes(**changed)
    assert words in str(caught.value)


def test_what_is_not_said_follows_from_the_columns() -> None:
    bare = Metric("votes", "Votes", "vote", COLUMNS)
    assert (bare.split, bare.ranked, bare.model._meta.table_name) == ("vote", ("vote",), TABLE)
    assert [column.key for column in bare.table.columns] == ["time", *(each.key for each in COLUMNS), "id"]


def test_equal_declarations_are_one_metric_in_every_process() -> None:
    first, second = votes(), pickle.loads(pickle.dumps(votes()))
    assert first == second and first.model is second.model and hash(first) == hash(second)
    assert subject_of(first) is subject_of(second)


def test_a_record_is_made_storable_whatever_is_passed() -> None:
    class Rude:
        def __str__(self) -> str:
            raise RuntimeError("no")

    values = votes().record(
        vote="u" * 10_000, image="\0\ud800", user_id=4711, guild_id=None, seconds=math.inf, points=math.nan, seen="3"
    ).values  # fmt: skip
    assert values[:-1] == ("u" * SHORT_TEXT, "\N{REPLACEMENT CHARACTER}" * 2, "4711", None, None, None, 3)
    assert abs(float(values[-1] or 0) - time.time()) < 5
    assert votes().record(vote=Rude(), image="x" * 200_000).values[:2] == ("unknown", "x" * LONG_TEXT)
    assert votes().record().values[:-1] == (None,) * 7


def test_a_column_that_there_is_not_is_a_type_error_as_any_wrong_name() -> None:
    with pytest.raises(TypeError, match="has no column 'colour'"):
        votes().record(vote="up", colour="red")


# How it is found


def test_the_same_again_changes_nothing_and_another_of_the_name_is_refused(metric: Metric) -> None:
    extensions.register(votes())
    assert extensions.metrics() == (metric,)
    for other in (votes(title="Others"), votes(key="images"), votes(key="health")):
        with pytest.raises(KeyTaken):
            extensions.register(other)
    assert TABLES["votes"].title == "Votes" and TABLES["images"].title == "Images"


def test_extensions_are_found_by_file_module_and_installed_package(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("by_file", "by_name", "installed"):
        (folder / f"{name}.py").write_text(FILE.format(key=name), encoding="utf-8")
    package = folder / "installed-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: installed\nVersion: 1.0\n", encoding="utf-8")
    (package / "entry_points.txt").write_text("[botpulse.extensions]\nit = installed:IT\n", encoding="utf-8")
    assert named(monkeypatch, folder / "by_file.py", " by_name ", "") == ()
    assert [each.key for each in extensions.metrics()] == ["by_file", "by_name", "installed"]
    assert extending.module("by_file").IT is extensions.metrics()[0]


def test_a_file_that_the_bot_has_imported_is_not_run_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mine.py").write_text(FILE.format(key="mine") + "RUNS = globals().get('RUNS', 0) + 1\n", encoding="utf-8")
    before = extending.module("mine")
    assert named(monkeypatch, folder / "mine.py") == () and extensions.load() == ()
    assert extending.module("mine") is before and before.RUNS == 1


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("raise RuntimeError('no')", ExtensionFault, "RuntimeError: no"),
        ("def broken(", ExtensionFault, "SyntaxError"),
        ("raise SystemExit(3)", ExtensionFault, "SystemExit: 3"),
        ("import nowhere_to_be_found", ExtensionFault, "No module named 'nowhere_to_be_found'"),
        ("X = 1", ExtensionFault, "no Metric stands in it"),
        ("from core.metric import Metric\nMetric('a b', 'A', 'a', ())", ExtensionFault, "can't be a key"),
        ("from core.metric import Later", ExtensionTooNew, "cannot import name 'Later'"),
        ("import core.later", ExtensionTooNew, "core.later"),
        ("BOTPULSE_API = 2\n" + FILE.format(key="later"), ExtensionTooNew, "it needs version 2"),
        (FILE.format(key="images"), KeyTaken, ""),
    ],
)
def test_one_that_can_not_be_used_is_told_in_words_and_keeps_none_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: type[ExtensionFault], words: str
) -> None:
    (folder / "broken_one.py").write_text(text, encoding="utf-8")
    (folder / "good_one.py").write_text(FILE.format(key="good"), encoding="utf-8")
    (fault,) = named(monkeypatch, folder / "broken_one.py", folder / "good_one.py", folder / "good_one.py")
    assert type(fault) is kind and words in fault.detail
    assert fault.title and fault.what_happened and fault.what_is_safe and fault.what_to_do
    assert [each.key for each in extensions.metrics()] == ["good"]
    assert extensions.load() == (fault,)


def test_a_file_that_is_not_there_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = named(monkeypatch, folder / "none.py")
    assert "No such file" in fault.detail


# What is written


def test_the_table_comes_with_the_first_row_and_ids_go_on(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 3)
    assert [row[0] for row in rows(path)] == [1, 2, 3]
    with AnalyticsManager(path) as manager:
        assert manager.reset_stats()
        manager.track(metric.record(vote="up"))
    assert [row[0] for row in rows(path)] == [4]


def test_a_bot_that_has_loaded_nothing_can_write(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", votes(), 2)
    assert len(rows(tmp_path / "a.db")) == 2
    assert extensions.metrics() == ()


def test_columns_that_are_declared_later_are_added(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 2)
    wider = votes(columns=(*COLUMNS, MetricColumn("reason", "Reason")))
    with AnalyticsManager(path) as manager:
        manager.track(wider.record(vote="up", reason="good light"))
    fill(path, votes(), 1)
    assert rows(path, "vote, reason") == [("down", None), ("up", None), ("up", "good light"), ("down", None)]


CREATE = """
import sys
from core.manager import AnalyticsManager
from tests.core.test_extensions import votes
with AnalyticsManager(sys.argv[1]) as manager:
    sys.stdin.readline()
    for _ in range(50):
        manager.track(votes().record(vote="up"))
"""


def test_processes_that_begin_together_make_one_table_and_lose_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", CREATE, str(path)]
    started = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})
        for _ in range(4)
    ]
    for process in started:
        process.communicate(b"go\n", timeout=60)
    assert [process.returncode for process in started] == [0] * 4
    assert len(rows(path)) == 200


# What is seen


def test_a_deployed_file_is_not_altered_by_looking(tmp_path: Path, metric: Metric) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    before = path.read_bytes()
    seen = take_snapshot(path, BERLIN, subject=subject_of(metric))
    assert seen.content.figures[0].value == "0" and seen.content.charts["over_time"].empty
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["a.db"]


def test_a_table_that_comes_while_one_looks_is_noticed_and_its_rows_follow(tmp_path: Path, metric: Metric) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    feed = Feed(path)
    feed.look()
    fill(path, metric, 1)
    happenings = list(feed.look().happenings)
    fill(path, metric, 2)
    look = feed.look()
    feed.close()
    assert Happening.MIGRATED in happenings and Happening.ROWS_ADDED in happenings
    assert {model: (span.after, span.upto) for model, span in look.added.items()} == {metric.model: (1, 3)}


def test_a_reset_by_the_deployed_bot_is_seen_as_one_though_it_leaves_metrics_alone(
    tmp_path: Path, metric: Metric
) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=5, images=1, step=10)
    fill(path, metric, 2)
    feed = Feed(path)
    feed.look()
    assert deployed.Bot(path).reset()
    assert feed.look().happenings == (Happening.RESET,)
    feed.close()
    assert len(rows(path)) == 2


def test_rows_are_filtered_by_their_columns_words(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    with AnalyticsManager(path) as manager:
        manager.track(metric.record(vote="up", image="a fox", user_id=1, guild_id=77))
        manager.track(metric.record(vote="down", image="a hen", user_id=2))
        manager.track(metric.record(vote="down", image="273849283749283748", user_id=1))

    def found(chosen: Filter) -> list[object]:
        seen = take_snapshot(path, BERLIN, subject=subject_of(metric), chosen=chosen)
        return [bar.name for bar in seen.content.charts["by_image"].bars]

    assert found(Filter.of(action="down", user=1)) == ["273849283749283748"]
    assert found(Filter.of(text="FOX")) == ["a fox"]
    assert found(Filter.of(guild="")) == ["273849283749283748", "a hen"]
    assert found(Filter.of(guild=77)) == ["a fox"]
    for unknown in (Filter.of(command="comfy"), Filter.of(type="video"), Filter.of(outcome="failed")):
        seen = take_snapshot(path, BERLIN, subject=subject_of(metric), chosen=unknown)
        assert "Votes are recorded without" in seen.content.charts["over_time"].empty


def test_what_its_page_counts_is_what_is_stored(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 30)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO {TABLE} (vote, image, points, timestamp) VALUES (?, ?, ?, ?)",
            [(None, b"\xff", "text", time.time()), ("up", None, 1e400, time.time()), ("up", "0", 4, 1e15)],
        )
    content = take_snapshot(path, BERLIN, subject=subject_of(metric)).content
    shown = {figure.label: (figure.value, figure.note) for figure in content.figures}
    assert shown["Votes"][0] == "32" and shown["up"] == ("21", "65.6\N{NO-BREAK SPACE}%")
    assert shown["Average points"] == ("14.50", "of 30") and shown["Average time"] == ("—", "of 0")
    assert {bar.name: bar.value for bar in content.charts["by_image"].bars}["0"] == 15


def test_a_row_is_shown_by_its_columns(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 1)
    table = TABLES["votes"]
    with reading(path) as reader:
        (row,) = reader.rows(metric.model.select(*stored_fields(table)))
    assert record_of(table, row).values[1:] == ("down", "0", "4711", None, None, 0, None, 1)


def test_the_answer_of_a_command_counts_the_hosts_days(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    metric = votes()
    fill(path, metric, 9)
    now = time.time()
    old = [("up", "0", now - n * 86_400) for n in range(1, 6)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO {TABLE} (vote, image, timestamp) VALUES (?, ?, ?)", old)
    try:
        found = metric_answer(locate(path), "Europe/Berlin", metric, 3, now=now)
        assert found.total == 11 and Counter(found.by["vote"]) == {"up": 8, "down": 3}
        assert list(found.by) == ["vote", "image", "user_id"] and found.by["user_id"] == {"4711": 9, "": 2}
        assert found.picture is not None and found.picture.startswith(b"\x89PNG")
        assert metric_answer(locate(tmp_path / "new.db"), "UTC", metric).total == 0
    finally:
        extensions.unregister(metric)


# How it is looked after


def test_backup_reset_undo_restore_and_check_know_it_without_the_extension(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 12)
    before = rows(path)
    backup = done(maintenance.back_up(path))
    assert isinstance(backup, maintenance.Backup) and backup.held(TABLE) is not None
    survey = done(maintenance.survey(path))
    assert isinstance(survey, maintenance.Survey)
    assert {each.table: each.rows for each in survey.tables}[TABLE] == 12 and not survey.missing_tables
    reset = done(maintenance.reset_with_backup(path))
    assert isinstance(reset, maintenance.ResetDone) and reset.rows[TABLE] == 12 and rows(path) == []
    undone = done(maintenance.undo(path, reset.backup))
    assert isinstance(undone, maintenance.UndoDone) and undone.rows[TABLE] == 12 and rows(path) == before
    fill(path, votes(), 3)
    difference = done(maintenance.compare(path, backup))
    assert isinstance(difference, maintenance.Difference) and difference.newer[TABLE] == 3
    restored = done(maintenance.restore(path, backup))
    assert isinstance(restored, maintenance.RestoreDone) and restored.rows[TABLE] == 12 and rows(path) == before
    checked = done(maintenance.check(path))
    assert isinstance(checked, maintenance.CheckDone) and not checked.problems


def test_a_restore_makes_the_table_that_is_gone_and_leaves_strangers_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 2)
    backup = done(maintenance.back_up(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DROP TABLE {TABLE}")
        connection.execute("CREATE TABLE metric_mine (id INTEGER)")
        connection.execute("INSERT INTO metric_mine VALUES (1)")
    assert isinstance(backup, maintenance.Backup)
    done(maintenance.restore(path, backup))
    assert len(rows(path)) == 2
    with AnalyticsManager(path) as manager:
        assert manager.reset_stats() and rows(path) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM metric_mine").fetchone() == (1,)


def test_history_of_migrations_stays_one_that_older_versions_know(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM botpulse_migration")]
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone() == (1,)
    assert all(name[:4].isdigit() for name in names)
    with reading(path) as reader:
        assert last_id(reader, metric.model) == 0 and TABLE in reader.tables and TABLE in reader.indexed


def test_any_range_can_be_shown(tmp_path: Path, metric: Metric) -> None:
    fill(tmp_path / "a.db", metric, 5)
    for key in ("15min", "7d", "all"):
        seen = take_snapshot(tmp_path / "a.db", BERLIN, CHOICES[key], subject=subject_of(metric))
        assert seen.content.figures[0].value == "5"
