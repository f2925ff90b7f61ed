"""/reset_stats: asked for in private, done once, never without a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot_integration.commands import reset_view
from core.simulation.history import write_history
from tests.bot_integration.loopback import NotOffered
from tests.bot_integration.studio import ZONE, Studio, studio

BUTTON = "Delete all statistics"
ROWS = 500


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Studio]:
    """A studio whose bot has a past to lose."""
    write_history(tmp_path / "analytics.db", days=10, rows=ROWS, zone=ZONE)
    with studio(tmp_path / "analytics.db") as made:
        made.manager.generate_daily_stats()  # else the bot's start does it, in a thread of its own
        yield made


def rows(path: Path) -> int:
    tables = ("command_usage", "image_stats", "user_activity", "daily_stats", "failures")
    with closing(sqlite3.connect(path)) as connection:
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


def database(place: Studio) -> Path:
    assert place.manager.flush(10) and place.manager.location.path is not None
    return place.manager.location.path


def backups(place: Studio) -> list[Path]:
    return sorted((database(place).parent / "botpulse-backups").glob("*.db"))


def test_reset_asks_first_and_says_what_would_go(place: Studio) -> None:
    with place.bot():
        before = rows(database(place))
        reply = place.discord.slash(place.helper, "reset_stats", where=place.guild).wait(60)
        assert reply.deferred and reply.ephemeral
        assert f"{before:,} rows" in reply.content and "backup" in reply.content
        assert [(each["label"], each["style"]) for each in reply.buttons] == [(BUTTON, 4)]
        assert rows(database(place)) >= before and backups(place) == []


def test_the_button_deletes_everything_after_a_backup(place: Studio) -> None:
    with place.bot():
        before = rows(database(place))
        asked = place.discord.slash(place.helper, "reset_stats", where=place.guild).wait(60)
        pressed = place.discord.click(place.helper, asked, BUTTON)
        done = pressed.wait_for(lambda seen: "Deleted" in seen.content, 60)
        assert done.ephemeral and done.buttons == () and done.message is not None and asked.message is not None
        assert done.message.id == asked.message.id
        (backup,) = backups(place)
        assert backup.name in done.content
        assert rows(backup) >= before
        assert rows(database(place)) < 10
    assert place.tracked("reset_stats") == [] or place.tracked("reset_stats")[-1][2] == 1


@pytest.mark.slow
def test_pressing_twice_deletes_once(place: Studio) -> None:
    with place.bot():
        asked = place.discord.slash(place.admin, "reset_stats", where=place.guild).wait(60)
        first = place.discord.click(place.admin, asked, BUTTON)
        second = place.discord.click(place.admin, asked, BUTTON)
        done = first.wait_for(lambda seen: "Deleted" in seen.content, 60)
        assert second.wait_acknowledged(10) < 1.0
        place.discord.slash(place.admin, "stats", where=place.guild).wait(60)  # whatever was asked before is answered
        assert second.reply.followups == () and second.refusals == []
        assert "Deleted" in done.content and len(backups(place)) == 1


@pytest.mark.slow
def test_the_argument_does_it_without_asking(place: Studio) -> None:
    with place.bot():
        before = rows(database(place))
        done = place.discord.slash(place.admin, "reset_stats", where=place.guild, options={"confirm": True}).wait(60)
        assert done.ephemeral and f"Deleted {before:,} rows" in done.content
        (backup,) = backups(place)
        assert rows(backup) == before


@pytest.mark.slow
def test_the_button_is_disabled_when_its_time_is_up(place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reset_view, "LIMIT_SECONDS", 1)
    with place.bot():
        before = rows(database(place))
        asked = place.discord.slash(place.admin, "reset_stats", where=place.guild)
        over = asked.wait_for(lambda seen: seen.edits > 0, 60)
        assert [each["disabled"] for each in over.buttons] == [True] and "nothing was deleted" in over.content
        with pytest.raises(NotOffered, match="disabled"):
            place.discord.click(place.admin, over, BUTTON)
        assert rows(database(place)) >= before and backups(place) == []


@pytest.mark.slow
def test_a_button_from_before_a_restart_is_kind(place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.bot():
        fresh = place.discord.slash(place.admin, "reset_stats", where=place.guild).wait(60)
        monkeypatch.setattr(reset_view, "LIMIT_SECONDS", -1)
        monkeypatch.setattr(reset_view, "_close", _never)
        stale = place.discord.slash(place.admin, "reset_stats", where=place.guild).wait(60)
    with place.bot():
        late = place.discord.click(place.admin, stale, BUTTON).wait(30)
        assert "nothing was deleted" in late.content and [each["disabled"] for each in late.buttons] == [True]
        assert backups(place) == []
        pressed = place.discord.click(place.admin, fresh, BUTTON)
        pressed.wait_for(lambda seen: "Deleted" in seen.content, 60)
        assert len(backups(place)) == 1


async def _never(*_: object) -> None:
    """In the place of what disables the button in time: the bot was away."""


@pytest.mark.slow
def test_reset_can_not_be_pressed_by_a_user_who_lost_the_role(place: Studio) -> None:
    with place.bot():
        asked = place.discord.slash(place.helper, "reset_stats", where=place.guild).wait(60)
        place.discord.join(place.guild, place.helper)
        refused = place.discord.click(place.helper, asked, BUTTON).wait_for(lambda seen: bool(seen.followups), 30)
        assert refused.followups[0].ephemeral and "managers' role" in refused.followups[0].content
        assert backups(place) == []


@pytest.mark.slow
@pytest.mark.expect_log
def test_a_reset_that_fails_says_that_everything_is_still_there(place: Studio) -> None:
    with place.bot():
        before = rows(database(place))
        asked = place.discord.slash(place.admin, "reset_stats", where=place.guild).wait(60)
        (database(place).parent / "botpulse-backups").write_text("a file where the folder should be")
        pressed = place.discord.click(place.admin, asked, BUTTON)
        failed = pressed.wait_for(lambda seen: seen.edits > 1, 60)
        assert failed.buttons == () and "Nothing was changed" in failed.content
        assert rows(database(place)) >= before


@pytest.mark.slow
def test_an_empty_database_offers_no_button(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot():
        assert place.manager.flush(10)
        with closing(sqlite3.connect(tmp_path / "analytics.db")) as connection, connection:
            connection.execute("DELETE FROM user_activity")  # that the bot has started
        reply = place.discord.slash(place.admin, "reset_stats", where=place.guild).wait(60)
        assert reply.buttons == () and "nothing to delete" in reply.content
