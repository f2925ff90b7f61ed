"""Metrics of one's own: how they are declared and found, and what is wrong with them."""

from __future__ import annotations

import math
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.presenters.metrics import presenter_of
from core.tables import extensions
from core.tables.definitions import TABLES
from core.tables.extensions import ExtensionFault, ExtensionTooNew, KeyTaken
from core.tables.metric import Kind, Metric, MetricColumn
from core.tracking.storable import LONG_TEXT, SHORT_TEXT
from tests import extending
from tests.core.votes import COLUMNS, TABLE, registered, votes

metric = pytest.fixture(registered)
FILE = (
    "from core.tables.metric import Metric, MetricColumn\n"
    'IT = Metric("{key}", "It", "it", (MetricColumn("word", "Word"),))\n'
)


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


def test_settings_of_a_metric_that_are_not_said_follow_from_the_columns() -> None:
    bare = Metric("votes", "Votes", "vote", COLUMNS)
    assert (bare.split, bare.ranked, bare.model._meta.table_name) == ("vote", ("vote",), TABLE)
    assert [column.key for column in bare.table.columns] == ["time", *(each.key for each in COLUMNS), "id"]


def test_equal_declarations_are_one_metric_in_every_process() -> None:
    first, second = votes(), pickle.loads(pickle.dumps(votes()))
    assert first == second and first.model is second.model and hash(first) == hash(second)
    assert presenter_of(first) is presenter_of(second)


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
        ("from core.tables.metric import Metric\nMetric('a b', 'A', 'a', ())", ExtensionFault, "can't be a key"),
        ("from core.tables.metric import Later", ExtensionTooNew, "cannot import name 'Later'"),
        ("import core.later", ExtensionTooNew, "core.later"),
        ("BOTPULSE_API = 2\n" + FILE.format(key="later"), ExtensionTooNew, "it needs version 2"),
        (FILE.format(key="images"), KeyTaken, ""),
    ],
)
def test_extension_that_can_not_be_used_is_told_and_keeps_none_back(
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
