"""The output folder: its files are read, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from core.tables.pictures import OutputFile
from gui.threads.pictures import folder as reading
from gui.threads.pictures.decoding import NotShown
from gui.threads.pictures.folder import read_output
from gui.threads.pictures.sources import OutputFolder
from tests.platforms import ON_WINDOWS, links


@pytest.fixture
def output(tmp_path: Path) -> Path:
    place = tmp_path / "output"
    (place / "sub").mkdir(parents=True)
    (place / "a.png").write_bytes(b"picture")
    (place / "sub" / "b.png").write_bytes(b"another")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return place


def read(place: Path, *output: str) -> QByteArray | NotShown:
    return read_output(OutputFolder(str(place)), OutputFile(*output))


def words(outcome: QByteArray | NotShown) -> str:
    assert isinstance(outcome, NotShown)
    return outcome.words


def test_its_files_are_read(output: Path) -> None:
    assert read(output, "a.png") == b"picture"
    assert read(output, "b.png", "sub") == b"another"


def test_what_is_not_there_is_said(output: Path) -> None:
    assert "no longer" in words(read(output, "z.png"))
    assert "folder is not there" in words(read(output / "nowhere", "a.png"))
    assert "preview" in words(read(output, "a.png", "", "temp"))
    assert words(read(output, "x" * 400 + ".png"))
    assert words(read(Path("\0"), "a.png"))


@pytest.mark.parametrize("name", ["../secret.png", "sub/../../secret.png"])
def test_nothing_outside_is_read(output: Path, name: str) -> None:
    assert "outside" in words(read(output, name))
    assert "outside" in words(read(output, str(output.parent / "secret.png")))


@links
def test_a_link_out_of_it_is_not_followed(output: Path) -> None:
    (output / "out.png").symlink_to(output.parent / "secret.png")
    (output / "around").symlink_to(output.parent)
    (output / "within.png").symlink_to(output / "a.png")
    (output / "loop.png").symlink_to(output / "loop.png")
    assert "outside" in words(read(output, "out.png"))
    assert "outside" in words(read(output, "secret.png", "around"))
    assert read(output, "within.png") == b"picture"
    assert words(read(output, "loop.png"))


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no pipes among its files")
def test_a_pipe_in_the_place_of_a_file_is_never_waited_for(output: Path) -> None:
    os.mkfifo(output / "pipe.png")
    assert "something else" in words(read(output, "pipe.png"))
    assert words(read(output, "sub"))


def test_a_huge_file_is_not_read(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (output / "huge.png").open("wb") as file:
        file.truncate(65 * 2**20)
    assert "too large" in words(read(output, "huge.png"))
    monkeypatch.setattr(reading, "MOST_BYTES", 3)
    assert "too large" in words(read(output, "a.png"))
