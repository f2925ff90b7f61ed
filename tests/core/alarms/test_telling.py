"""What is told in Discord for the window: each cause once, its end once, also where another program tells, too."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.alarms.episodes import Alarm
from core.alarms.secrets import VARIABLE, Kept
from core.alarms.telling import find_webhook, tell_discord, try_webhook
from core.alarms.told import ToldAlarms, told_path
from core.alarms.webhook import NoWebhook, WebhookFault
from core.storage.location import Location, locate
from core.tasks import finish
from tests.core.alarms.test_alarm_words import NOW, alarm
from tests.core.alarms.test_webhook import Channel, channel

ZONE = ZoneInfo("UTC")


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return locate(tmp_path / "analytics.db")


@pytest.fixture
def found() -> Alarm:
    return alarm(subject="Key", detail="of a node")


def tell(location: Location, begun: tuple[Alarm, ...] = (), ended: tuple[Alarm, ...] = ()) -> int:
    return finish(tell_discord(location, ZONE, begun, ended, NOW))


def titles(discord: Channel) -> list[str]:
    return [message["embeds"][0]["color"] for message in discord.messages]


def test_a_cause_is_told_once_and_so_is_its_end(
    location: Location, found: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with channel() as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        assert [tell(location, begun=(found,)), tell(location, begun=(found,))] == [1, 0]
        assert [tell(location, ended=(found,)), tell(location, ended=(found,))] == [1, 0]
        assert tell(location, begun=(found,)) == 1, "it comes again"
    red, green, again = titles(discord)
    assert red == again != green
    assert discord.messages[0]["embeds"][0]["footer"] == {"text": "analytics.db"}


def test_what_another_program_has_told_is_not_told_again(
    location: Location, found: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = ToldAlarms(location), ToldAlarms(location)
    assert ours.begun([found]) == (found,) == other.begun([found])
    other.note_begun(found)
    assert ours.begun([found]) == ()
    assert ours.ended([found]) == (found,) == other.ended([found])
    other.note_ended(found)
    assert ours.ended([found]) == ()
    with channel() as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        assert tell(location, ended=(found,)) == 0 and discord.messages == []


@pytest.mark.expect_log
def test_where_nothing_can_be_kept_it_is_known_as_long_as_the_program_runs(location: Location, found: Alarm) -> None:
    told_path(location).parent.parent.mkdir(parents=True, exist_ok=True)
    told_path(location).parent.write_text("no folder", "utf-8")
    told = ToldAlarms(location)
    told.note_begun(found)
    assert told.begun([found]) == ()
    assert told.ended([found]) == (found,)
    told.note_ended(found)
    assert told.ended([found]) == () and told.begun([found]) == (found,)


def test_what_ended_while_nobody_looked_is_told_when_it_comes_again(
    location: Location, found: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with channel() as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        assert tell(location, begun=(found,)) == 1
        assert tell(location) == 0, "it is over, and nobody saw its end"
        assert tell(location, begun=(found,)) == 1
        quiet = finish(tell_discord(location, ZONE, (), (), NOW, (found,)))
        assert (quiet, tell(location, begun=(found,))) == (0, 0), "in quiet hours it goes on"


def test_what_was_not_delivered_is_told_later(
    location: Location, found: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with channel((404, {}), (204, {})) as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        with pytest.raises(WebhookFault):
            tell(location, begun=(found,))
        assert tell(location, begun=(found,)) == 1


def test_without_an_address_nothing_is_asked_until_there_is_something_to_tell(
    location: Location, found: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert finish(find_webhook()) is Kept.NO_KEYRING
    assert tell(location, ended=(found,)) == 0
    with pytest.raises(NoWebhook, match="none is kept"):
        tell(location, begun=(found,))


def test_a_test_message_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with channel() as discord:
        monkeypatch.setenv(VARIABLE, discord.address)
        assert finish(find_webhook()) is Kept.ENVIRONMENT
        finish(try_webhook("@everyone.db"))
    (sent,) = discord.messages
    assert "This is a test" in sent["embeds"][0]["description"] and sent["allowed_mentions"] == {"parse": []}
    assert "@everyone" not in sent["embeds"][0]["footer"]["text"]
