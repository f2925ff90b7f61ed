"""The buttons below a page: the days before and after, and the rows as a file."""

from __future__ import annotations

import csv
import io
import time

import pytest

from bot_integration.commands.paging_view import AnswerPage, _moment
from bot_integration.commands.permissions import NOT_A_MANAGER
from core.answers.period import Period
from tests.bot_integration.commands.analytics_commands.shown_statistics import (
    check_picture,
    first_number,
    since,
    stored,
    words,
)
from tests.bot_integration.loopback import NotOffered
from tests.bot_integration.studio import ZONE, Studio
from tests.core import brute_force
from tests.parameters import slow_after


@pytest.mark.slow
def test_the_buttons_turn_the_pages_of_the_same_message(place: Studio) -> None:
    with place.bot():
        expected = {back: len(stored(place, 7, back).commands) for back in (0, 1, 2)}
        reply = place.discord.slash(place.admin, "command_stats", where=place.guild).wait(60)
        with pytest.raises(NotOffered, match="disabled"):
            place.discord.click(place.admin, reply, "Next 7 days ▶")
        earlier = place.discord.click(place.admin, reply, "◀ Previous 7 days").wait(30)
        assert earlier.deferred and earlier.message is not None and reply.message is not None
        assert earlier.message.id == reply.message.id
        assert first_number(words(earlier)) == expected[1]
        check_picture(earlier)
        assert earlier.files["chart.png"] != reply.files["chart.png"]
        still_earlier = place.discord.click(place.admin, earlier, "◀ Previous 7 days").wait(30)
        assert first_number(words(still_earlier)) == expected[2]
        back = place.discord.click(place.admin, still_earlier, "Next 7 days ▶").wait(30)
        assert first_number(words(back)) == expected[1]


@pytest.mark.slow
def test_a_button_from_before_a_restart_works(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.admin, "image_stats", where=place.guild, options={"days": 14}).wait(60)
    with place.bot():
        earlier = place.discord.click(place.admin, reply, "◀ Previous 14 days").wait(60)
        assert earlier.message is not None and reply.message is not None and earlier.message.id == reply.message.id
        images = [row for row in stored(place, 14, 1).images if not brute_force.is_video(row)]
        assert first_number(words(earlier)) == len(images)


def test_a_button_pressed_on_a_later_day_shows_the_days_that_it_says(place: Studio) -> None:
    yesterday_start, yesterday_end = since(1, 1)
    day = brute_force.local_date(yesterday_start, ZONE).isoformat()
    assert _moment(day, ZONE) == {"now": yesterday_end - 1.0}
    assert _moment(brute_force.local_date(time.time(), ZONE).isoformat(), ZONE) == {}
    assert len(f"botpulse:page:{AnswerPage('commands', Period(365, 9999), day).code}:earlier") <= 100


@pytest.mark.slow
def test_a_manager_who_is_none_any_more_can_press_nothing(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.helper, "command_stats", where=place.guild).wait(60)
        place.discord.join(place.guild, place.helper)  # without the role
        for button in ("◀ Previous 7 days", "Commands as CSV"):
            pressed = place.discord.click(place.helper, reply, button)
            refused = pressed.wait_for(lambda seen: bool(seen.followups) or NOT_A_MANAGER in seen.content, 20)
            private = refused.followups[-1] if refused.followups else refused.message
            assert private is not None and private.ephemeral and private.content == NOT_A_MANAGER
            assert private.files == {}


@pytest.mark.parametrize(
    ("command", "button", "table"),
    slow_after(
        1,
        [
            ("command_stats", "Commands as CSV", "commands"),
            ("image_stats", "Images as CSV", "images"),
            ("user_stats", "Images as CSV", "images"),
        ],
    ),
)
def test_the_csv_button_hands_out_the_rows(place: Studio, command: str, button: str, table: str) -> None:
    with place.bot():
        expected = stored(place, 30)
        reply = place.discord.slash(place.admin, command, where=place.guild, options={"days": 30}).wait(60)
        handed = place.discord.click(place.admin, reply, button).wait(30)
        assert handed.ephemeral and handed.message is not None and reply.message is not None
        assert handed.message.id != reply.message.id
        ((name, data),) = handed.files.items()
        assert name.startswith(f"{table}-") and name.endswith(".csv")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        wanted = len(expected.images) if table == "images" else len(expected.commands)
        # The command that showed the page was tracked before its button was pressed.
        assert len(rows) - 1 == wanted + (table == "commands")
        assert f"{len(rows) - 1:,} rows" in handed.content
