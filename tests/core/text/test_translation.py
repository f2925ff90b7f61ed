"""Which language is spoken, and how numbers and dates are written in it."""

from __future__ import annotations

import shutil
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
        ({"LANG": "en_GB.UTF-8", "BOTPULSE_LANGUAGE": "d" * 5000}, "en"),
        ({"LANG": "de-DE"}, "de"),
        ({"LANG": "de_DE@euro"}, "de"),
    ],
)
@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there the user's own settings say more")
def test_the_environment_decides(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_english_and_german_are_there() -> None:
    assert {"en", "de"} <= set(languages())


def said(code: str, language: str = "de", **changed: str) -> list[str]:
    """What a process of another language prints."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT, env={"BOTPULSE_LANGUAGE": language} | changed, capture_output=True, encoding="utf-8", timeout=60,
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


HEADED = """
from core.text import formatting as f
from core.text.translation import LANGUAGE, gettext
print(LANGUAGE, gettext("Last backup"), f.count(48211))
"""


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("LC_MESSAGES/botpulse.mo", b"", "en Last backup 48,211"),
        ("LC_MESSAGES/botpulse.mo", b"no catalogue at all", "en Last backup 48,211"),
        ("LC_MESSAGES/botpulse.mo", 5_000, "en Last backup 48,211"),
        ("conventions.json", b"{", "de Letzte Sicherung 48,211"),
        ("conventions.json", b"[]", "de Letzte Sicherung 48,211"),
        ("conventions.json", None, "de Letzte Sicherung 48,211"),
    ],
)
def test_files_of_a_language_that_are_damaged_stop_nobody(
    tmp_path: Path, file: str, content: bytes | int | None, expected: str
) -> None:
    place = shutil.copytree(ROOT / "resources" / "locale" / "de", tmp_path / "de", copy_function=shutil.copyfile) / file
    whole = place.read_bytes()
    place.unlink()
    if content is not None:
        place.write_bytes(whole[:content] if isinstance(content, int) else content)
    assert said(HEADED, BOTPULSE_LOCALE=str(tmp_path)) == [expected]


def test_english_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import core.text.translation\nprint('gettext' in sys.modules)"
    assert said(code, "en") == ["False"]


TYPED = """
from zoneinfo import ZoneInfo
from core.tables.filter_language.moments import duration, moment
from core.text.typed_ranges import range_of
zone, now = ZoneInfo("UTC"), 1_790_000_000.0
print(duration("1,5s"), duration("1.5"), duration("500ms"))
iso = range_of("2026-11-01 to 2026-11-07", zone, now)
print(range_of("1. Nov. 2026 to 7. Nov. 2026", zone, now) == iso, range_of("1. nov 2026 – 7. nov", zone, now) == iso)
print(moment("3. März 2026", zone, now) == moment("2026-03-03", zone, now))
print(range_of("Letzte Woche", zone, now).choice.key, range_of("last week", zone, now).choice.key)
print(range_of("die letzten 30 Tage", zone, now).choice.key)
"""


def test_numbers_and_dates_are_understood_as_they_are_written() -> None:
    assert said(TYPED) == ["1.5 1.5 0.5", "True True", "True", "last_week last_week", "30d"]


THOUSANDS = """
from core.tables.filter_language.moments import duration, duration_in_words
from core.tables.filter_language.tokens import NotUnderstood
def read(text):
    try:
        return duration(text)
    except NotUnderstood:
        return None
print(*map(read, ("1.000", "2.500s", "10.000 ms", "1.5", "1.234", "0.500", "1000", "1,000")))
print(all(duration(duration_in_words(each)) == each for each in (1.0, 1.234, 1.5, 100.0, 0.1)))
"""


NOTES = """
import sys
from core.cli.main import main
from core.manager import AnalyticsManager
manager = AnalyticsManager(PLACE)
manager.track_user_activity("4711", "join")
manager.close()
sys.stderr = sys.stdout
main(["stats", PLACE])
"""


def test_notes_beside_statistics_are_german_throughout(tmp_path: Path) -> None:
    lines = said(NOTES.replace("PLACE", repr(str(tmp_path / "a.db"))), HOME=str(tmp_path))
    assert "Keine Befehle sind aufgezeichnet." in lines and "Keine Bilder sind aufgezeichnet." in lines


def test_round_thousands_as_german_writes_them_are_no_fractions() -> None:
    assert said(THOUSANDS) == ["None None None 1.5 1.234 0.5 1000.0 1.0", "True"]
    assert said(THOUSANDS, "en")[0].startswith("1.0 2.5 0.01 1.5")


def test_english_dates_are_understood_too() -> None:
    code = TYPED.split("print(duration")[0] + (
        'iso = range_of("2026-11-01 to 2026-11-07", zone, now)\n'
        'print(range_of("1 Nov 2026 to 7 Nov 2026", zone, now) == iso)\n'
        'print(range_of("1 nov \u2013 7 nov", zone, now) == iso)'
    )
    assert said(code, "en") == ["True", "True"]
