"""``botpulse report``: pages as one HTML file that needs nothing from outside, and tells no user by default."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.export.report import Report, ReportChart, ReportFigure, ReportList, ReportRow, ReportSection, as_html
from core.storage.labels import host_label, write_labels
from gui.app.report import parser, reported
from resources import design
from tests.core import deployed
from tests.core.stored import change
from tests.gui.windows import ROOT, environment

HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x onerror=go()>\u202e\x00'\"&"
USER = "482749283749283741"


@dataclass
class Read(HTMLParser):
    """What a browser would make of a file."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += f"{data}\n"


def read(html: str) -> Read:
    found = Read()
    found.feed(html)
    return found


def report(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    without = environment(DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    command = [sys.executable, "-m", "gui.app.main", "report", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=without, capture_output=True, text=True, timeout=90, check=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=60, start=time.time() - 6 * 3600)
    change(path, f"UPDATE command_usage SET user_id = '{USER}' WHERE id > 30")
    quoted = HOSTILE.replace("'", "''").replace("\x00", "")
    change(path, f"UPDATE command_usage SET command_name = '{quoted}' WHERE id % 3 = 0")
    return path


def safe(found: Read) -> None:
    """Nothing is from outside, nothing runs."""
    assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & set(found.tags)
    for name, value in found.attributes:
        assert not name.startswith("on")
        if name in ("src", "srcset", "href", "xlink:href", "action", "poster"):
            assert value.startswith(("#", "data:image/")), (name, value)
        assert "url(" not in value or "url(#" in value
        assert "javascript:" not in value.lower()
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids)), "drawings keep their names apart"
    assert ("http-equiv", "Content-Security-Policy") in found.attributes
    assert any(value.startswith("default-src 'none';") for name, value in found.attributes if name == "content")


@pytest.mark.slow
def test_a_report_says_what_the_pages_say_and_is_whole_by_itself(tmp_path: Path, path: Path) -> None:
    before = path.read_bytes(), sorted(path.parent.iterdir())
    out = tmp_path / "out" / "r.html"
    out.parent.mkdir()
    done = report(out, path, "--range", "24h", "--pages", "overview,users,commands")
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", str(out))
    assert (path.read_bytes(), sorted(each for each in path.parent.iterdir() if each != out.parent)) == before
    html = out.read_text(encoding="utf-8")
    found = read(html)
    safe(found)
    assert HOSTILE[:25] in found.words, "a name is text"
    assert "Commands\n60\n" in found.words, "the tile's number"
    assert found.words.count("\n60\n") >= 2, "and that of the page of commands"
    assert USER not in html and USER[-4:] in found.words
    assert [tag for tag in found.tags if tag == "h2"] == ["h2"] * 3
    assert found.tags.count("svg") >= 4 and found.tags.count("figure") >= 6


@pytest.mark.slow
def test_users_are_told_where_the_host_wants_that(tmp_path: Path, path: Path) -> None:
    write_labels([host_label("user", USER, "Anna <b>")])
    plain, told = tmp_path / "plain.html", tmp_path / "told.html"
    for out, more in ((plain, ()), (told, ("--user-ids",))):
        assert report(out, path, "--pages", "users", "--no-numbers", *more).returncode == 0
    assert "Anna" not in plain.read_text(encoding="utf-8")
    found = read(told.read_text(encoding="utf-8"))
    assert "Anna <b>" in found.words and "b" not in found.tags[: found.tags.index("svg")]
    assert "details" not in found.tags


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["r.txt"], ".html is expected"), (["r.html", "--pages", "overview,nope"], "'nope' is no page"),
     (["r.html", "--pages", ","], "is no page"), (["r.html", "--range", "purple"], "purple")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(arguments)
    assert caught.value.code == 2 and said in capsys.readouterr().err


def test_all_pages_with_charts_can_be_in_it() -> None:
    assert list(reported()) == [
        *("overview", "commands", "images", "users", "servers", "failures", "activity", "calendar"),
    ]


def test_whatever_stands_in_a_report_is_text() -> None:
    row = ReportRow(HOSTILE, 1.0, 0.5, (HOSTILE, ""))
    svg = '<?xml version="1.0"?>\n<svg width="9" height="9" id="a"><use xlink:href="#a"/></svg>'
    section = ReportSection(
        HOSTILE,
        (ReportFigure(HOSTILE, HOSTILE, HOSTILE, '"><b>'),),
        (ReportChart(HOSTILE, HOSTILE, svg), ReportChart("", HOSTILE), ReportList(HOSTILE, "", (HOSTILE,), (row,), 3)),
    )
    html = as_html(
        Report(HOSTILE, (HOSTILE,), (section, section), (HOSTILE,)), design.palette(design.Theme.DARK), '"><script>'
    )
    found = read(html)
    safe(found)
    assert html.count("\x00") == 0 and found.words.count("<script>alert(1)</script>") >= 14
    assert found.tags.count("svg") == 2 and "and 3 more" in found.words
