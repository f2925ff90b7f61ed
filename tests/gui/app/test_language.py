"""The language that was chosen in Preferences is that of the next start, of the processes that it starts, too."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gui import settings
from gui.app.language import remembered
from gui.settings import Settings
from tests.gui.windows import ROOT, environment

SAID = """
import os
from gui.app import start
from core.text.translation import LANGUAGE
print(LANGUAGE, os.environ.get("BOTPULSE_LANGUAGE"), start.WindowNotInstalled.title, sep="|")
"""


def said(**changed: str | None) -> str:
    """What a process says that begins as the window does."""
    speaks: dict[str, str | None] = {name: None for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE")}
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", SAID],
        cwd=ROOT, env=environment(**speaks | {"BOTPULSE_LANGUAGE": None, "LANG": "en_GB.UTF-8"} | changed),
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def choose(language: str) -> None:
    """As Preferences does."""
    memory = Settings()
    memory.remember(settings.LANGUAGE, language)
    memory._store.sync()


@pytest.mark.usefixtures("qapp")
def test_the_preference_is_read_without_qt() -> None:
    assert remembered() == ""
    choose("de")
    assert remembered() == "de"
    choose("system")
    assert remembered() == ""


@pytest.mark.usefixtures("qapp")
@pytest.mark.skipif(os.name != "posix", reason="Windows' own language decides there where nothing was chosen")
def test_the_next_start_speaks_the_language_that_was_chosen() -> None:
    assert said() == "en|None|The monitor is not installed"
    choose("de")
    assert said() == "de|de|Der Monitor ist nicht installiert"
    assert said(BOTPULSE_LANGUAGE="en").startswith("en|en|"), "what the environment says comes first"
    choose("system")
    assert said(LANG="de_AT.UTF-8").startswith("de|None|")


def test_preferences_offer_every_language_in_itself() -> None:
    assert [option.words for option in settings.LANGUAGE.options] == ["System", "English", "Deutsch"]
