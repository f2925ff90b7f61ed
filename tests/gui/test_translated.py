"""The whole window in other languages: nothing stays English, nothing is cut, and all of it can begin at the right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.simulation.history import write_history
from tests import pseudo_locale
from tests.gui.window_walk import ZONE
from tests.gui.windows import ROOT, environment

pytestmark = pytest.mark.slow

_DATA = re.compile(
    r"\S*(?:/|\\)\S+"  # paths and zones
    r"|\S+\.db\b|\w+_\w+"  # files; tables, columns, commands and actions
    r"|\b(?:comfy|redux|reduxprompt|pulid|video|stats|lora|standard|imagine|help|ping)\b"  # a simulated bot's commands
    r"|\b(?:Ctrl|Shift|Alt|Left|Right|Home|Esc|F\d+)\b"  # keys, which Qt names
    r"|\b(?:\d+(?:\.\d+)?\s?(?:ms|s|min|h|d|B|kB|MB|GB|TB))\b|\bp(?:50|95)\b|\bUTC\b|\bWAL\b"
    r"|\b(?:command|user|guild|channel|action|res|lora|type|reason|source):|\bfailed,|slow>30"  # words to type
    r"|\b(?:PNG|SVG|PDF|CSV|XLSX|JSON Lines|LoRAs?|Botpulse|Python|PySide6|Qt|pyqtgraph|peewee|SQLite)\b"
    r"|\b(?:offscreen|windows)\b"  # Qt's platforms
    r"|\w+(?:Error|Cooldown|Found|Exception)\b.*|^\s*: \w+…$"  # what failed, as libraries word it
    r"|\b(?:Pixel Harbour|Die Lichtbildner|Latent Garden|Render Café|Night Shift Studio|Les Bruits Blancs)(?: II)?"
    r"|\b(?:The Upscalers|Tinta y Ruido|Kernel Panic Room|Aquarell &+ Co|Cozy Diffusion)(?: II)?"  # simulated servers
    r"|\bEnglish\b|\bDeutsch\b|^eo$|: eo$"  # languages in themselves
)
"""What is not in any language, or in that of whoever wrote it."""

_TYPED = "last 6 h, yesterday, this week"
"""Ranges are typed in English in any language; these are examples."""

_QTS_OWN = frozenset({"Close"})
"""Qt translates it, where Qt speaks the language."""

Walk = Callable[..., "Walked"]


@dataclass(frozen=True)
class Walked:
    """What was seen of a window in a language: see :mod:`tests.gui.window_walk`."""

    seen: list[dict[str, Any]]
    direction: str
    beyond: list[str]
    same_letters: list[str]

    def cut(self) -> Counter[tuple[str, str]]:
        """How many texts had too little room, by place and kind of widget."""
        return Counter((each["where"].split()[0], each["widget"]) for each in self.seen if each["is_cut"])


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A function that walks through the window in a language, once for all tests."""
    folder = tmp_path_factory.mktemp("walk")
    database = folder / "history.db"
    write_history(database, days=3, rows=2_500, zone=ZONE)
    known: dict[tuple[str, bool], Walked] = {}

    def walked(language: str, *, right_to_left: bool = False) -> Walked:
        key = (language, right_to_left)
        if key not in known:
            catalogues = None
            if language == pseudo_locale.LANGUAGE:
                catalogues = pseudo_locale.make(folder / f"catalogues-{right_to_left}", right_to_left=right_to_left)
            known[key] = _walked(database, language, catalogues, folder / f"home-{language}-{right_to_left}")
        return known[key]

    yield walked


def _walked(database: Path, language: str, catalogues: Path | None, home: Path) -> Walked:
    home.mkdir()
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.window_walk", str(database)],
        cwd=ROOT,
        env=environment(
            BOTPULSE_LANGUAGE=language,
            BOTPULSE_LOCALE=None if catalogues is None else str(catalogues),
            HOME=str(home),
            USERPROFILE=str(home),
            **places,
        ),
        capture_output=True, text=True, encoding="utf-8", timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    return Walked(**json.loads(done.stdout))


def english(text: str) -> bool:
    """Whether something of a text comes from the sources and not from a catalogue."""
    if text.startswith(_TYPED) or text in _QTS_OWN:
        return False
    before = None
    while text != before:
        before, text = text, re.sub(r"\[[^\[\]]*\]", " ", text)
    return re.search(r"[A-Za-z]{2,}", _DATA.sub(" ", text)) is not None


def test_english_is_told_from_what_is_translated() -> None:
    assert english("Back up now")
    assert english("[Báčk úp~~] now")
    assert not english("[Báčk úp {rows} [1 rów~]~~] 8.5 MB · WAL")
    assert not english("/comfy 12.3 s (Ctrl+P)")


def test_every_text_of_the_window_is_translated(walk: Walk) -> None:
    found = {(each["where"], each["text"]) for each in walk(pseudo_locale.LANGUAGE).seen if english(each["text"])}
    assert sorted(found) == []
    assert len(walk(pseudo_locale.LANGUAGE).seen) > 500


def test_nothing_is_cut_in_german_that_is_not_in_english(walk: Walk) -> None:
    assert walk("de").cut() - walk("en").cut() == Counter()
    assert walk("de").beyond == []


def test_texts_that_are_longer_by_two_fifths_have_room(walk: Walk) -> None:
    cut = walk(pseudo_locale.LANGUAGE).cut() - walk("en").cut()
    del cut["health", "ValueLabel"]  # facts on one line lose their end, and a tool tip has all of them
    assert cut == Counter()
    assert walk(pseudo_locale.LANGUAGE).beyond == []


def test_a_language_that_is_written_from_the_right_turns_the_window_round(walk: Walk) -> None:
    turned = walk(pseudo_locale.LANGUAGE, right_to_left=True)
    assert turned.direction == "right to left"
    assert turned.beyond == []
    assert walk(pseudo_locale.LANGUAGE).direction == "left to right"


def test_german_keys_have_german_names(walk: Walk) -> None:
    tips = [each["text"] for each in walk("de").seen if each["where"].startswith("menu")]
    assert any("(Strg+" in tip for tip in tips)
    assert not any("Ctrl" in tip for tip in tips)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_letter_opens_one_thing(walk: Walk, language: str) -> None:
    assert walk(language).same_letters == []
