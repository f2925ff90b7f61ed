"""Embeds fit Discord whatever the data, show strangers' text letter by letter, and say what is missing."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import discord
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.answers.commands import CommandAnswer
from core.answers.embeds import PICTURE, command_embed, image_embed, summary_embed, user_embed
from core.answers.images import ImageAnswer
from core.answers.period import Comparison, Period, PeriodDays
from core.answers.summary import SummaryAnswer
from core.answers.users import UserAnswer
from core.manager import AnalyticsManager
from core.statistics.grouped_sql import Generations
from core.statistics.results import CommandBreakdown, Durations, UserBreakdown
from core.text.markdown import NAMELESS, escaped, fitted, units, visible
from tests.core.rows import quick

NOON = datetime(2025, 6, 15, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
START, END = NOON - 6.5 * 86_400, NOON + 0.5 * 86_400
WEEK = PeriodDays(Period(7), START, END, "Europe/Berlin", NOON, 6.5)

MARKUP = "\\`*_~|<>[]():#"
NASTY = (
    "**bold** __under__ ~~gone~~ ||spoiler|| `code` ```py\nblock```",
    "@everyone @here <@123456789012345678> <@&1> <#1> </stats:1> <t:1:R> <a:x:1>",
    "[click](https://evil.example) https://evil.example <https://evil.example>",
    "# heading\n> quote\n- list\n1. first\n-# small",
    "\u202egnp.exe\u200b\u200d\u2066x\u2069\ufeff",
    "z\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo",
    "\u3164\u2800\u115f",
    "🦊" * 300,
    "👩‍👩‍👧‍👦 family",
    "مرحبا بالعالم",
    "x" * 10_000,
    "\\" * 500,
    "@" * 500,
    "\ud800half",
    "",
    " \n\t ",
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=400), st.text(MARKUP + "@-+.1 \n\u200b", max_size=300))
counts = st.integers(0, 10**12)
seconds = st.one_of(st.none(), st.floats(0, 86_400))


def without_escapes(text: str) -> str:
    return re.sub(r"\\([^A-Za-z0-9\s])", "", text)


@pytest.mark.slow
@quick(300)
@given(texts, st.integers(1, 120))
@example("\u202e" * 1_000 + "late", 10)
def test_escaped_text_is_one_line_without_markup_mention_or_anything_unseen(text: str, limit: int) -> None:
    shown = escaped(text, limit)
    assert not set(without_escapes(shown)) & set(MARKUP)
    assert not re.search("@(?!\u200b)", shown)
    assert re.match(r"\d*[-+.]", shown) is None
    assert units(shown) <= 2 * max(limit, len(NAMELESS)) + 2
    hidden = [
        each for each in shown.replace("@\u200b", "") if unicodedata.category(each) in ("Cf", "Cc", "Cs", "Co", "Cn")
    ]
    assert hidden == []
    assert "\n" not in shown
    assert shown.strip()
    plain = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", shown).replace("@\u200b", "@")
    assert plain == (visible(text, limit) or NAMELESS)


def test_believable_names_stay_as_they_are() -> None:
    for name in (
        "comfy",
        "1024x768",
        "Ünïcode naïve",
        "日本語",
        "مرحبا",
        "flux-dev.safetensors",
        "a & b, c; d!",
        "नमस्ते",
        "🦊",
    ):
        assert escaped(name, 60) == name
    assert escaped("16:9 [1344x768 landscape]", 60) == r"16\:9 \[1344x768 landscape\]"
    assert escaped("queue_status", 60) == r"queue\_status"
    assert escaped("\u3164\u200b", 60) == r"\(no name\)"


def test_lists_are_cut_at_whole_lines_and_say_by_how_many() -> None:
    lines = ["🦊" * 10] * 5
    whole = "\n".join(lines)
    assert fitted(lines, units(whole), str) == whole
    assert fitted(lines, units(whole) - 1, "{} left".format) == "\n".join([*lines[:4], "1 left"])
    assert fitted(lines, 60, "{} left".format) == "\n".join([*lines[:2], "3 left"])
    assert units(fitted(lines, 60, "{} left".format)) <= 60
    assert fitted(lines[:2], 60, "{} left".format, 7) == "\n".join([*lines[:2], "7 left"])
    assert fitted([], 10, str) == ""


durations = st.builds(Durations, counts, counts, seconds, seconds, seconds, seconds)
pairs = st.lists(st.tuples(texts, counts), max_size=5).map(tuple)
comparisons = st.one_of(st.none(), st.builds(Comparison, counts, counts))
pictures = st.sampled_from((None, b"png"))
periods = st.sampled_from(
    (WEEK, replace(WEEK, period=Period(7, 1)), replace(WEEK, period=Period(1)), replace(WEEK, period=Period(1, 3)))
)
averages = st.one_of(st.none(), st.floats(0, 1e12))
commands = st.builds(
    CommandAnswer, periods, counts, counts, averages, comparisons, durations,
    st.lists(st.builds(CommandBreakdown, texts, counts, counts, durations), max_size=10).map(tuple), counts, pictures,
)  # fmt: skip
images = st.builds(
    ImageAnswer, periods, counts, counts, averages, comparisons, durations, durations, pairs, pairs, pairs, counts,
    pictures,
)  # fmt: skip
people = st.builds(
    UserAnswer, periods, counts, counts, averages, comparisons, counts, counts,
    st.lists(st.builds(UserBreakdown, texts, counts, counts, counts, counts), max_size=10).map(tuple), pictures,
)  # fmt: skip
generations = st.builds(Generations, counts, counts, st.floats(0, 1e15))
summaries = st.builds(
    SummaryAnswer, st.sampled_from(("Europe/Berlin", "local time", "x" * 400)), st.just(NOON), st.floats(0, 1e9),
    st.one_of(st.none(), st.just(START)), counts, counts, counts, generations, generations, pairs, pairs, pairs,
)  # fmt: skip


def parts(embed: discord.Embed) -> dict[str, str]:
    """Every text of an embed, by where it is."""
    found = {"title": embed.title or "", "description": embed.description or "", "footer": embed.footer.text or ""}
    for number, field in enumerate(embed.fields):
        found |= {f"name {number}": field.name or "", f"value {number}": field.value or ""}
    return found


LIMITS = {"title": 256, "description": 4_096, "footer": 2_048, "name": 256, "value": 1_024}


def check_limits(embed: discord.Embed) -> None:
    """Discord's limits, in UTF-16 units, of which there are never fewer than characters; nothing required is empty."""
    found = parts(embed)
    for place, text in found.items():
        assert units(text) <= LIMITS[place.partition(" ")[0]], place
        assert text.strip() or place == "description", place
    assert sum(map(units, found.values())) <= 6_000
    assert len(embed) <= 6_000
    assert len(embed.fields) <= 25
    embed.to_dict()["title"].encode()


def check_harmless(embed: discord.Embed) -> None:
    """No markup but ours: bold, and code in the sentences that say how to record something."""
    for place, text in parts(embed).items():
        if place == "footer":
            continue
        bare = re.sub(r"`[\w @(),./…]+`", "", without_escapes(text)).replace("**", "")
        assert not set(bare) & set("\\`*_~|<>[]#"), (place, text)
        assert not re.search("@(?!\u200b)|://|\u202e", bare), (place, text)


@pytest.mark.slow
@quick(150)
@given(summaries, texts)
def test_the_summary_fits_and_is_harmless(answer: SummaryAnswer, name: str) -> None:
    embed = summary_embed(name, answer)
    check_limits(embed)
    check_harmless(embed)
    assert (embed.title or "").endswith(" Statistics")
    assert [field.name for field in embed.fields] == [
        "Summary",
        "Generation Times",
        "Top Resolutions",
        "Content Types",
        "Uptime",
    ]


@pytest.mark.slow
@quick(150)
@given(commands, images, people, texts)
def test_the_detailed_embeds_fit_and_are_harmless(
    command: CommandAnswer, image: ImageAnswer, user: UserAnswer, name: str
) -> None:
    for embed, answer in (
        (command_embed(command), command),
        (image_embed(image), image),
        (user_embed(user), user),
        (user_embed(user, lambda _: name), user),
    ):
        check_limits(embed)
        check_harmless(embed)
        assert embed.image.url == (f"attachment://{PICTURE}" if answer.picture else None)
        assert "Europe/Berlin" in (embed.footer.text or "")
        assert embed.timestamp == datetime.fromtimestamp(NOON, UTC)


def text_of(embed: discord.Embed) -> str:
    return "\n".join(parts(embed).values()).replace("\u00a0", " ")


KNOWN = Durations(90, 10, 2.5, 2.0, 9.0, 10.0)


def test_command_embed_says_the_figures() -> None:
    by_command = (CommandBreakdown("comfy", 80, 3, KNOWN), CommandBreakdown("queue_status", 20, 0, Durations()))
    answer = CommandAnswer(WEEK, 100, 3, 100 / 6.5, Comparison(90, 60), KNOWN, by_command, 14, b"png")
    words = text_of(command_embed(answer))
    for part in (
        "**100 commands** in the last 7 days · 15 a day",
        "**97.0 %** succeeded, 3 failed",
        "p50 **2.0 s** · p95 **9.0 s**, unknown for 10",
        "**+50 %** against the 7 days before, until the same time of day (60)",
        "**/comfy** 80 · 3 failed · p50 2.0 s · p95 9.0 s\n**/queue\\_status** 20\n… and 12 more",
        "9 Jun – 15 Jun 2025 · Europe/Berlin",
    ):
        assert part in words


def test_image_embed_says_the_figures() -> None:
    answer = ImageAnswer(
        WEEK, 100, 10, 12.0, Comparison(5, 0), KNOWN, Durations(unknown=10), (("1:1", 70), ("video", 10)),
        (("a.safetensors", 30),), (("standard", 110),), 80, None,
    )  # fmt: skip
    words = text_of(image_embed(answer))
    for part in (
        "**100 images** and **10 videos** in the last 7 days · 12 a day",
        "None the 7 days before, until the same time of day",
        "**Images:** 2.5 s on average · p50 2.0 s · p95 9.0 s · unknown for 10, left out\n**Videos:** not recorded yet",
        "**1\\:1:** 70 (64 %)",
        "**a.safetensors:** 30 (27 %)\nnone: 80 (73 %)",
    ):
        assert part in words


def test_user_embed_says_the_figures() -> None:
    top = (UserBreakdown("1", 12, 8, 2, 4), UserBreakdown("2", 3, 0, 0, 3))
    answer = UserAnswer(replace(WEEK, period=Period(7, 1)), 5, 2, 1.5, Comparison(5, 5), 20, 7, top, None)
    words = text_of(user_embed(answer, {"1": "Ada_", "2": "Bo"}.__getitem__))
    for part in (
        "**5 users** from 9 Jun to 15 Jun 2025 · 1.5 a day",
        "**2** of them new, 3 had been there before",
        "**±0 %** against the 7 days before (5)",
        "**Ada\\_** 8 commands (2 failed), 4 images\n**Bo** 3 images\n… and 3 more",
    ):
        assert part in words


def test_empty_answers_say_what_is_missing_and_how_to_record_it() -> None:
    none = Durations()
    for embed, words in (
        (command_embed(CommandAnswer(WEEK, 0, 0, 0.0, Comparison(0, 0), none, (), 0, None)), "this one too"),
        (image_embed(ImageAnswer(WEEK, 0, 0, 0.0, None, none, none, (), (), (), 0, None)), "track_image_generation"),
        (user_embed(UserAnswer(WEEK, 0, 0, 0.0, None, 0, 0, (), None)), "this one too"),
    ):
        assert "recorded in the last 7 days" in text_of(embed) or "Nobody" in text_of(embed)
        assert words in text_of(embed)
        assert "setup" not in text_of(embed), "whoever reads it uses a bot that is set up"
        assert embed.fields == []
        check_limits(embed)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


def test_the_managers_embed_has_the_numbers_of_the_file(path: Path) -> None:
    with AnalyticsManager(path, timezone="Europe/Berlin") as manager:
        empty = manager.create_stats_embed("Botty_")
        for number in range(4):
            manager.track_command("comfy", str(number % 2), execution_time=0.5, success=number != 3)
        manager.track_image_generation("1", "a fox", "1:1 [1024x1024]", [], 1, 8.0)
        manager.track_image_generation("1", "a fox", "1:1 [1024x1024]", [], 1, 0.0)
        manager.track_image_generation("7", "a fox runs", "video", [], 1, 40.0, is_video=True)
        full = manager.create_stats_embed("Botty_")
    assert isinstance(full, discord.Embed)
    assert full.title == "Botty\\_ Statistics"
    fields: dict[str, str] = {str(f.name): str(f.value).replace("\u00a0", " ") for f in full.fields}
    assert "**Commands:** 4 (75.0 % succeeded)\n**Images and videos:** 3\n**Users:** 3" in fields["Summary"]
    assert "**Most used:** /comfy (4)" in fields["Summary"]
    assert fields["Generation Times"] == (
        "**Average:** 24.0 s\n**Images:** 8.0 s\n**Videos:** 40.0 s\nunknown for 1, left out"
    )
    assert fields["Top Resolutions"] == "**1\\:1 \\[1024x1024\\]:** 2 (67 %)"
    assert fields["Content Types"] == "**Images:** 2 (67 %)\n**Videos:** 1 (33 %)"
    assert fields["Uptime"].endswith("s")
    assert "Nothing is recorded yet" in text_of(empty)
    assert "not recorded yet" in text_of(empty)
    check_limits(empty)


def test_an_absurd_file_makes_a_lawful_embed(path: Path) -> None:
    with AnalyticsManager(path) as manager:
        for text in NASTY:
            manager.track_command(text, text, success=False)
            manager.track_image_generation(text, text, text, [text], 1, float("inf"))
        manager.flush(10)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE command_usage SET timestamp = 'yesterday' WHERE id % 2")
        embed: Any = manager.create_stats_embed("\u202e@everyone")
    check_limits(embed)
    check_harmless(embed)
