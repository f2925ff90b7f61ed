"""Which language is spoken, and how numbers and dates are written in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.text.translation import language_of, languages

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "tlh_KX.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "tlh:de_AT:en"}, "de"),
        ({"LANG": "C", "LANGUAGE": "de"}, "en"),
        ({"LANG": "de_DE.UTF-8", "BOTPULSE_LANGUAGE": "en"}, "en"),
        ({"LANG": "en_GB.UTF-8", "BOTPULSE_LANGUAGE": "de"}, "de"),
        ({"LANG": "en_GB.UTF-8", "BOTPULSE_LANGUAGE": "../../de"}, "en"),
        ({"LANG": "de-DE"}, "de"),
        ({"LANG": "de_DE@euro"}, "de"),
    ],
)
@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there the user's own settings say more")
def test_the_environment_decides(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_english_and_german_are_there() -> None:
    assert {"en", "de"} <= set(languages())


def said(code: str, language: str = "de") -> list[str]:
    """What a process of another language prints."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT, env={"BOTPULSE_LANGUAGE": language}, capture_output=True, text=True, encoding="utf-8", timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


FORMATTED = """
from datetime import date
from core.text import dates, formatting as f
print(f.count(-48211), f.percent(0.974), f.seconds(12.84), f.size(31_400_000), f.signed(-0.62, " x", 1), sep="|")
print(f.compact(1234), f.change(13000, 1), sep="|")
days = date(2026, 11, 30), date(2026, 3, 3), date(2026, 5, 1)
print(dates.month_day(days[0]), dates.weekday_month_day(days[1]), dates.dated(days[2]), sep="|")
"""


def test_german_numbers_and_dates() -> None:
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in said(FORMATTED)] == [
        "−48.211|97,4 %|12,8 s|31,4 MB|−0,6 x",
        "1,2k|×13.000",
        "30. Nov.|Di., 3. März|1. Mai 2026",
    ]


def test_english_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import core.text.translation\nprint('gettext' in sys.modules)"
    assert said(code, "en") == ["False"]
