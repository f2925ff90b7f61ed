"""What a row says of its pictures: names that lead nowhere else, ids that are ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage.location import locate
from core.tables.pictures import (
    MOST_OUTPUTS,
    MOST_STORED,
    Message,
    OutputFile,
    Pictured,
    id_of,
    message_address,
    outputs_of,
    why_no_message,
)
from core.tables.reading.messages import FaultResult, PicturesRequest, PicturesResult, Result
from core.tables.reading.rows import RowReader
from tests.core import deployed


def outputs(*names: object) -> tuple[OutputFile, ...] | None:
    return outputs_of(json.dumps(names))


def test_names_are_read_in_the_form_of_comfyui() -> None:
    assert outputs("a.png", "sub/b.png", "sub\\deep\\c.webp", "d.png [temp]", "e/f.png[input]", "g.png [x]") == (
        OutputFile("a.png"),
        OutputFile("b.png", "sub"),
        OutputFile("c.webp", "sub/deep"),
        OutputFile("d.png", "", "temp"),
        OutputFile("f.png", "e", "input"),
        OutputFile("g.png [x]"),
    )


@pytest.mark.parametrize(
    "name",
    ["../a.png", "a/../../b.png", "/etc/passwd", "//host/share/a.png", "\\\\host\\share\\a.png", "C:\\a.png", "C:a.png",
     "a.png:stream", "", ".", "a/", "a//b.png", "a\0.png", "a\n.png", ".. /a.png", "a./b.png", "\u202ea.png",
     "a" * 2_000 + ".png", "..\\a.png [temp]", "~\0"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_left_out(name: str) -> None:
    assert outputs(name, "good.png") == (OutputFile("good.png"),)


@pytest.mark.parametrize(
    "stored", [None, "", "{", "{}", "7", '"a.png"', 7, 1.5, b"\xff", "[" * 50_000, "[" + " " * MOST_STORED + "]"]
)
def test_what_is_no_list_is_not_recorded(stored: Any) -> None:
    assert outputs_of(stored) is None


def test_a_list_is_bounded_and_has_each_once() -> None:
    assert outputs("a.png", "a.png", 7, None, ["b.png"]) == (OutputFile("a.png"),)
    assert len(outputs(*(f"{number}.png" for number in range(1_000))) or ()) == MOST_OUTPUTS
    assert outputs() == ()
    assert outputs_of(b'["a.png"]') == (OutputFile("a.png"),)


@given(st.text(max_size=60))
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    for output in outputs(name) or ():
        parts = output.path.split("/")
        assert not {"", ".", ".."} & set(parts)
        assert not any(sign in output.path for sign in ("\\", ":", "\0"))


def test_a_picture_comes_before_previews_and_a_video_is_shown_by_the_one_beside_it() -> None:
    made = Pictured(1, outputs=outputs("p.png [temp]", "a.png", "notes.txt"))
    assert [output.path for output in made.shown] == ["a.png", "p.png"]
    assert not made.has_video
    video = Pictured(1, outputs=outputs("v/clip_1-audio.mp4"))
    assert [output.path for output in video.shown] == ["v/clip_1.png"]
    assert video.has_video
    assert Pictured(1, is_video=True).has_video
    assert Pictured(1).shown == ()


def test_a_message_is_opened_where_it_is_recorded() -> None:
    assert message_address(Message("1", "2", "3")) == "https://discord.com/channels/1/2/3"
    assert message_address(Message(None, "2", "3")) == "https://discord.com/channels/@me/2/3"
    assert message_address(Message("1", "2", "3"), in_app=True) == "discord://discord.com/channels/1/2/3"
    for message in (Message("1", None, "3"), Message("1", "2"), Message()):
        assert message_address(message) is None
        assert why_no_message(message)
    assert why_no_message(Message("1", "2", "3")) == ""


@pytest.mark.parametrize("stored", [None, "", "0", "x", "1/../2", "1" * 21, "１２", True, 1.5, b"7", "7\n", -7])
def test_what_is_no_id_leads_nowhere(stored: Any) -> None:
    assert id_of(stored) is None


def answered(path: Path, *ids: int) -> Result:
    told: list[Result] = []
    reader = RowReader(told.append)
    reader.open(locate(path))
    reader.take(PicturesRequest(5, ids))
    reader.end()
    (result,) = told
    return result


def test_a_file_of_the_deployed_bot_has_none(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, images=3)
    result = answered(path, 3, 99, 1)
    assert isinstance(result, PicturesResult)
    assert [(each.id, each.outputs, each.message, each.is_video) for each in result.pictures] == [
        (3, None, Message(), False),
        (1, None, Message(), False),
    ]


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    result = answered(tmp_path / "nowhere.db", 1)
    assert isinstance(result, FaultResult)
    assert result.number == 5
    assert not result.looking
