"""/privacy: everybody sees what is stored of them, and of nobody else, takes it along, opts out, and is forgotten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from bot_integration.commands import privacy_view
from bot_integration.names import was_met
from bot_integration.state.cooldown import Cooldown
from core.maintenance.backups import back_up, backups
from core.models import METRIC_PREFIX
from core.tasks import finish
from tests.bot_integration import questions_asked
from tests.bot_integration.loopback import DM, NotOffered
from tests.bot_integration.studio import Studio, studio

FILE, OUT, IN, FORGET, SURE = "Take it as a file", "Opt out", "Opt in again", "Forget me", "Yes, forget me"
PROMPT = "a heron in the reeds"
HOSTILE = "@everyone **x** \u202egnp.exe [a](http://b) <@1>"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio in which anna and cleo have made pictures; nobody has to wait between two presses."""
    monkeypatch.setattr(privacy_view, "PAUSES", dict.fromkeys(privacy_view.PAUSES, 0.0))
    with studio(tmp_path / "analytics.db") as made:
        for person in (made.nobody, made.admin):
            made.manager.track_image_generation(person.id, PROMPT, "8x8", [], 1, 2.0)
            made.manager.track_command("comfy", person.id, made.guild.id, 5, 1.5)
        made.manager.note_name("user", made.nobody.id, HOSTILE)
        assert made.manager.flush(10)
        made.manager.generate_daily_stats()  # else the bot's start does it, in a thread of its own
        yield made


def database(place: Studio) -> Path:
    assert place.manager.flush(10) and place.manager.location.path is not None
    return place.manager.location.path


def count(place: Studio, condition: str, *values: object, table: str = "image_stats") -> int:
    with closing(sqlite3.connect(database(place))) as connection:
        ((number,),) = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}", values).fetchall()
    return int(number)


def labels(reply: object) -> list[str]:
    return [each["label"] for each in reply.buttons]  # type: ignore[attr-defined]


def test_it_shows_what_is_stored_of_whoever_asks_in_private_and_hostile_names_do_nothing(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.nobody, "privacy", where=DM).wait(60)
        assert reply.deferred and reply.ephemeral and labels(reply) == [FILE, OUT, FORGET]
        assert "Images: 1 row, from <t:" in reply.content and "Commands: 1 row" in reply.content
        assert "\u202e" not in reply.content and "**x**" not in reply.content and "@everyone" not in reply.content
        stranger = place.discord.slash(place.helper, "privacy", where=place.guild).wait(60)
        assert "Images" not in stranger.content and PROMPT not in reply.content
    assert place.tracked("privacy") == [(str(place.nobody.id), None, 1), (str(place.helper.id), str(place.guild.id), 1)]


def test_the_file_has_every_row_of_theirs_and_nobody_elses(place: Studio) -> None:
    metric = f"{METRIC_PREFIX}votes"
    with closing(sqlite3.connect(database(place))) as connection, connection:
        connection.execute(f"CREATE TABLE {metric} (id INTEGER PRIMARY KEY, timestamp REAL, 'select' INTEGER, x)")
        rows = [(1.78e9, place.nobody.id, float("inf")), (1.78e9, place.admin.id, b"\xff")]
        connection.executemany(f"INSERT INTO {metric} (timestamp, 'select', x) VALUES (?, ?, ?)", rows)
    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        given = place.discord.click(place.nobody, asked, FILE).wait(60)
    ((name, data),) = given.files.items()
    content = json.loads(data, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert given.ephemeral and name == "about-me.json"
    assert content["names"][0]["name"] == HOSTILE or content["names"][0]["name"] == place.nobody.name
    assert [row["prompt"] for row in content["image_stats"]] == [PROMPT]
    assert [row["select"] for row in content[metric]] == [place.nobody.id]
    assert {row["user_id"] for row in content["command_usage"]} == {str(place.nobody.id)}
    assert str(place.admin.id).encode() not in data


@pytest.mark.slow
def test_opting_out_and_in_again(place: Studio) -> None:
    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        out = place.discord.click(place.nobody, asked, OUT).wait_for(
            lambda seen: "You have opted out." in seen.content, 60
        )
        assert "You have opted out." in out.content and place.manager.has_opted_out(place.nobody.id)
        before = count(place, "user_id = ?", str(place.nobody.id))
        place.manager.track_image_generation(place.nobody.id, PROMPT, "8x8", [], 1, 2.0)
        assert count(place, "user_id = ?", str(place.nobody.id)) == before
        again = place.discord.click(place.nobody, asked, IN).wait_for(
            lambda seen: labels(seen) == [FILE, OUT, FORGET], 60
        )
        assert "opted in again" in again.content and not place.manager.has_opted_out(place.nobody.id)


def test_forgetting_asks_twice_and_takes_everything_of_theirs_alone(place: Studio) -> None:
    me = place.nobody
    assert place.manager.location.path is not None
    finish(back_up(place.manager.location.path))
    with place.bot():
        asked = place.discord.slash(me, "privacy", where=place.guild).wait(60)
        question = place.discord.click(me, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        assert "can't be undone" in question.content and "Backups" in question.content
        assert count(place, "user_id = ?", str(me.id)) == 1
        done = place.discord.click(me, asked, SURE).wait_for(lambda seen: "You are forgotten" in seen.content, 60)
        assert "Backups that whoever runs the bot has made were not touched" in done.content
        assert "Traces" not in done.content and "Nothing." in done.content and labels(done) == [OUT]
        assert not was_met(place.manager, "user", me.id)
        (copy,) = backups(database(place))
        for file in database(place).parent.glob("analytics.db*"):
            if file.is_file():
                assert str(me.id).encode() not in file.read_bytes(), file
        assert str(me.id).encode() in copy.path.read_bytes()
        assert count(place, "user_id = ?", str(place.admin.id)) == 1


@pytest.mark.slow
def test_backups_are_cleaned_where_the_host_has_said_so(place: Studio) -> None:
    me = place.nobody
    assert place.manager.location.path is not None
    copy = finish(back_up(place.manager.location.path)).path
    with place.bot(forget_in_backups=True):
        asked = place.discord.slash(me, "privacy", where=place.guild).wait(60)
        question = place.discord.click(me, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        assert "from the backups that the bot knows" in question.content
        place.discord.click(me, asked, SURE).wait_for(lambda seen: "You are forgotten" in seen.content, 60)
        assert str(me.id).encode() not in copy.read_bytes()


@pytest.mark.slow
def test_the_second_button_works_in_time_only(place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy_view, "LIMIT_SECONDS", -1)
    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        place.discord.click(place.nobody, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        late = place.discord.click(place.nobody, asked, SURE).wait_for(lambda seen: FORGET in labels(seen), 60)
        assert "nothing was removed" in late.content and count(place, "user_id = ?", str(place.nobody.id)) == 1
        with pytest.raises(NotOffered):
            place.discord.click(place.admin, asked, FORGET)


@pytest.mark.slow
@pytest.mark.expect_log
def test_a_forgetting_that_fails_says_what_is_safe_and_offers_it_again(place: Studio) -> None:
    with closing(sqlite3.connect(database(place))) as connection, connection:
        connection.execute("CREATE TRIGGER keep BEFORE DELETE ON image_stats BEGIN SELECT RAISE(IGNORE); END")
    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        place.discord.click(place.nobody, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        failed = place.discord.click(place.nobody, asked, SURE).wait_for(lambda seen: labels(seen) == [FORGET], 60)
        assert "stays forgotten" in failed.content


@pytest.mark.slow
@pytest.mark.expect_log
def test_who_closes_the_message_is_forgotten_all_the_same(place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    show = privacy_view.show

    async def gone(interaction: discord.Interaction, **shown: Any) -> discord.Message:
        if not (shown.get("content") or "").startswith("**"):
            raise aiohttp.ClientError("as with a message that is gone")
        return await show(interaction, **shown)

    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        place.discord.click(place.nobody, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        monkeypatch.setattr(privacy_view, "show", gone)
        place.discord.click(place.nobody, asked, SURE).wait_for(lambda seen: "You are forgotten" in seen.content, 60)
        assert count(place, "user_id = ?", str(place.nobody.id)) == 0


@pytest.mark.slow
@pytest.mark.expect_log
def test_a_worker_that_is_killed_meanwhile_does_not_say_that_nothing_was_done(
    place: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy_view, "forget_answer", questions_asked.killed)
    with place.bot():
        asked = place.discord.slash(place.nobody, "privacy", where=place.guild).wait(60)
        place.discord.click(place.nobody, asked, FORGET).wait_for(lambda seen: labels(seen) == [SURE], 60)
        failed = place.discord.click(place.nobody, asked, SURE).wait_for(lambda seen: labels(seen) == [FORGET], 60)
        assert "stays forgotten" in failed.content and "is lost" not in failed.content


@pytest.mark.slow
def test_nobody_keeps_the_bot_busy(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot():
        first = place.discord.slash(place.nobody, "privacy", where=place.guild)
        second = place.discord.slash(place.nobody, "privacy", where=place.guild)
        other = place.discord.slash(place.helper, "privacy", where=place.guild).wait(60)
        assert "What this bot stores" in first.wait(60).content and "What this bot stores" in other.content
        assert "a moment ago" in second.wait(60).content and second.reply.ephemeral


def test_a_pause_is_of_one_user_and_one_thing_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pauses = Cooldown()
    assert [pauses.seconds_left(1, "a", 5.0), pauses.seconds_left(1, "a", 5.0)] == [0, 5]
    assert [pauses.seconds_left(1, "b", 5.0), pauses.seconds_left(2, "a", 5.0)] == [0, 0]
    now = 104.5
    assert pauses.seconds_left(1, "a", 5.0) == 1
    now = 105.0
    assert pauses.seconds_left(1, "a", 5.0) == 0
    for user in range(25_000):
        assert pauses.seconds_left(user, "c", 5.0) == 0
    assert pauses.seconds_left(24_999, "c", 5.0) == 5
