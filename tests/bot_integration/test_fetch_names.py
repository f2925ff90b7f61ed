"""Names of a database that has none are asked of Discord: politely, resumably, and never into the file unasked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot_integration import fetch_names
from bot_integration.fetch_names import FAULT, INTERRUPTED, OK, FoundName
from core.storage import labels
from core.storage.labels import LabelSource, all_labels, host_label, write_labels
from core.storage.unnamed import UnnamedId
from tests.bot_integration.noted import names_in
from tests.bot_integration.studio import Studio

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "123456789012345678"


@pytest.fixture
def filled(place: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The studio's file has events of the deployed kind, and its token is in the environment."""
    place.admin.display_name = "Anna **Bold**"
    for number, user in ((3, place.admin.id), (2, place.helper.id), (1, NOBODY)):
        for _ in range(number):
            place.manager.track_command("imagine", user, place.guild.id, place.guild.channel.id, 1.0)
    place.manager.track_command("imagine", place.helper.id, None, place.discord.direct(place.helper).id, 1.0)
    assert place.manager.flush(10)
    monkeypatch.setenv("DISCORD_TOKEN", place.discord.token)
    with place.discord.patch():
        yield place


def run(place: Studio, *arguments: str) -> int:
    return fetch_names.main([str(place.manager.location.path), *arguments])


def labelled() -> dict[tuple[str, str], str]:
    return {(each.kind, each.id): each.name for each in all_labels() if each.source == LabelSource.DISCORD}


def names_asked(place: Studio) -> list[str]:
    return [each.partition(" ")[2] for each in place.discord.requests if not each.endswith("@me")]


def test_names_become_labels_the_most_frequent_first(filled: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    guild, channel = filled.guild.id, filled.guild.channel.id
    before = names_in(filled.manager)
    assert run(filled) == OK
    assert labelled() == {
        ("user", str(filled.admin.id)): "Anna **Bold**",
        ("user", str(filled.helper.id)): "ben",
        ("user", NOBODY): "",
        ("guild", str(guild)): "Studio",
        ("channel", str(channel)): "#general",
    }
    asked = names_asked(filled)
    assert set(asked[:2]) == {f"/guilds/{guild}", f"/channels/{channel}"}
    assert asked[2:] == [f"/users/{each}" for each in (filled.admin.id, filled.helper.id, NOBODY)]
    assert names_in(filled.manager) == before, "the host's file is only read"
    said = capsys.readouterr()
    assert "4 names came" in said.out and "Of 1 id Discord knows no name" in said.out
    assert filled.discord.token not in said.out + said.err


def test_the_second_time_nobody_is_asked(filled: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(filled) == OK
    number = len(filled.discord.requests)
    assert run(filled) == OK
    assert len(filled.discord.requests) == number
    assert "Everything in this database has a name" in capsys.readouterr().out


def test_a_limit_and_kinds(filled: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(filled, "--kind", "user", "--limit", "1") == OK
    assert labelled() == {("user", str(filled.admin.id)): "Anna **Bold**"}
    assert "2 more are left" in capsys.readouterr().out
    assert run(filled, "--kind", "user") == OK
    assert len(labelled()) == 3


def test_the_hosts_own_label_is_not_asked_for(filled: Studio) -> None:
    write_labels([host_label("user", str(filled.admin.id), "The boss")])
    assert run(filled) == OK
    assert ("user", str(filled.admin.id)) not in labelled()


def test_who_opted_out_is_not_asked_for(filled: Studio) -> None:
    filled.manager.opt_out(filled.admin.id)
    assert run(filled, "--kind", "user") == OK
    assert set(labelled()) == {("user", str(filled.helper.id)), ("user", NOBODY)}


def test_into_the_database_only_where_that_is_said(filled: Studio) -> None:
    assert run(filled, "--into-database") == OK
    noted = names_in(filled.manager)
    assert noted["user", str(filled.admin.id)] == "Anna **Bold**"
    assert noted["channel", str(filled.guild.channel.id)] == "#general"
    assert labelled() == {("user", NOBODY): ""}


def test_discord_is_waited_for_when_it_says_so(filled: Studio) -> None:
    filled.discord.fail_next("GET", r"/users/\d", 429)
    assert run(filled, "--kind", "user") == OK
    assert len(labelled()) == 3


def test_without_a_token_nobody_is_asked(
    filled: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", " ")
    assert run(filled) == FAULT
    assert "DISCORD_TOKEN" in capsys.readouterr().err
    assert filled.discord.requests == []


def test_a_token_that_discord_refuses_is_named_but_not_shown(
    filled: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "something-else")
    assert run(filled) == FAULT
    said = capsys.readouterr()
    assert "does not take this token" in said.err and "something-else" not in said.out + said.err
    assert labelled() == {}


def test_what_came_is_kept_when_discord_fails(
    filled: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fetch_names._ask

    async def broken(client: Any, wanted: UnnamedId) -> FoundName | None:
        if wanted.id == str(filled.helper.id):
            raise ConnectionResetError("cut off")
        return await asked(client, wanted)

    monkeypatch.setattr(fetch_names, "_ask", broken)
    assert run(filled, "--kind", "user") == FAULT
    said = capsys.readouterr()
    assert "1 name came" in said.out and "does not answer" in said.err
    assert set(labelled()) == {("user", str(filled.admin.id))}


def test_ctrl_c_keeps_what_came(
    filled: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fetch_names._ask

    async def interrupting(client: Any, wanted: UnnamedId) -> FoundName | None:
        if wanted.id == str(filled.helper.id):
            raise KeyboardInterrupt
        return await asked(client, wanted)

    monkeypatch.setattr(fetch_names, "_ask", interrupting)
    assert run(filled, "--kind", "user") == INTERRUPTED
    assert "goes on from there" in capsys.readouterr().err
    assert set(labelled()) == {("user", str(filled.admin.id))}


def test_labels_that_cannot_be_kept_are_a_fault_in_words(filled: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    path = labels.labels_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 200)
    assert run(filled) == FAULT
    assert "can't be kept" in capsys.readouterr().err


def test_a_database_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "x")
    assert fetch_names.main([str(tmp_path / "none.db")]) == FAULT
    assert not (tmp_path / "none.db").exists()


@pytest.mark.slow
def test_as_a_program_it_says_what_it_takes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot_integration.fetch_names"]
    done = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "--into-database" in done.stdout and "DISCORD_TOKEN" in done.stdout
    wrong = subprocess.run([*command, "x.db", "--limit", "0"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2 and "above 0" in wrong.stderr
