from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.log import LONGEST_MESSAGE, LONGEST_TRACE, SafeFormatter, configure_logging, escape, redact
from tests.platforms import full_disk

log = logging.getLogger("core.test")
# Made up, in the shape of real ones.
TOKEN = "MTA0NTY3ODkwMTIzNDU2Nzg5MA" + ".GaBcDe." + "abcdefghijklmnopqrstuvwxyz0123456789AB"

pytestmark = pytest.mark.expect_log


def formatted(message: str, *arguments: object, error: BaseException | None = None) -> str:
    info = None if error is None else (type(error), error, error.__traceback__)
    return SafeFormatter().format(logging.LogRecord("core.x", logging.INFO, "x.py", 1, message, arguments, info))


def test_goes_to_the_platforms_folder_by_default(home: Path) -> None:
    path = configure_logging(verbose=False)
    log.info("it runs")
    assert path.name == "botpulse.log"
    assert home in path.parents or sys.platform == "win32"
    assert "it runs" in path.read_text(encoding="utf-8")


def test_details_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configure_logging(verbose=False, folder=tmp_path)
    log.debug("a detail")
    log.info("a fact")
    log.warning("a warning")
    kept = path.read_text(encoding="utf-8")
    assert ("a detail" in kept, "a fact" in kept, "a warning" in kept) == (False, True, True)
    shown = capsys.readouterr().err
    assert ("a fact" in shown, "a warning" in shown) == (False, True)


def test_verbose_shows_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configure_logging(verbose=True, folder=tmp_path)
    log.debug("a detail")
    assert "a detail" in path.read_text(encoding="utf-8")
    assert "a detail" in capsys.readouterr().err


def test_twice_is_not_double(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = configure_logging(verbose=True, folder=tmp_path / "first")
    path = configure_logging(verbose=False, folder=tmp_path / "second")
    log.warning("once")
    assert path.read_text(encoding="utf-8").count("once") == 1
    assert capsys.readouterr().err.count("once") == 1
    assert "once" not in before.read_text(encoding="utf-8")


def test_others_are_heard_only_when_they_warn(tmp_path: Path) -> None:
    path = configure_logging(verbose=True, folder=tmp_path)
    for name in ("matplotlib.font_manager", "PIL.PngImagePlugin", "peewee"):
        logging.getLogger(name).debug("SELECT chatter")
        logging.getLogger(name).warning("%s warns", name)
    kept = path.read_text(encoding="utf-8")
    assert "chatter" not in kept
    assert kept.count("warns") == 3


@pytest.mark.slow
def test_the_file_rotates(tmp_path: Path) -> None:
    path = configure_logging(verbose=False, folder=tmp_path)
    for number in range(4_000):
        log.info("%d %s", number, "x" * 1_900)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["botpulse.log", *(f"botpulse.log.{number}" for number in range(1, 5))]
    assert max(file.stat().st_size for file in files) <= 1_000_000
    assert path.read_text(encoding="utf-8").splitlines()[-1].split("] ")[1].startswith("3999 ")


@pytest.mark.slow
def test_two_processes_share_a_log_and_lose_no_line(tmp_path: Path) -> None:
    code = (
        "import logging, pathlib, sys; from core.log import configure_logging\n"
        "configure_logging(False, pathlib.Path(sys.argv[1]))\n"
        "for number in range(900):\n"
        "    logging.getLogger('core').info('%s-%d %s', sys.argv[2], number, 'x' * 1_900)\n"
        "    if number % 10 == 0: print(number, flush=True); sys.stdin.readline()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], **pipes) for name in ("a", "b")]  # type: ignore[call-overload]
    for _ in range(90):  # in turns: neither is done before the other begins
        for each in both:
            each.stdout.readline()
        for each in both:
            each.stdin.write("\n")
            each.stdin.flush()
    assert [each.communicate(timeout=60) and each.returncode for each in both] == [0, 0]
    kept = "".join(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())
    lines = re.findall(r"\] ([ab]-\d+) ", kept)
    assert sorted(lines) == sorted(f"{name}-{number}" for name in "ab" for number in range(900))
    assert all(re.fullmatch(r"botpulse\.log(\.\d)?", file.name) for file in tmp_path.iterdir())


def test_a_log_that_cannot_be_renamed_costs_no_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "in use", str(path))

    (tmp_path / "botpulse.log").write_text("x" * 1_000_000, encoding="utf-8")
    (tmp_path / "botpulse.log.4").write_text("old", encoding="utf-8")
    path = configure_logging(verbose=False, folder=tmp_path)
    monkeypatch.setattr(Path, "replace", refuse)
    for number in range(3):
        log.info("line %d", number)
    assert (tmp_path / "botpulse.log.4").read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8").count("line ") == 3


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    path = configure_logging(verbose=False, folder=tmp_path / "taken")
    log.warning("still heard")
    shown = capsys.readouterr().err
    assert str(path) in shown
    assert "cannot be written" in shown
    assert "still heard" in shown


@full_disk
def test_a_full_disk_is_complained_of_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "botpulse.log").symlink_to("/dev/full")
    configure_logging(verbose=False, folder=tmp_path)
    for _ in range(3):
        log.info("no room")
    assert capsys.readouterr().err.count("No space left") == 1


def test_works_without_standard_error(tmp_path: Path) -> None:
    code = (
        "import sys, logging, pathlib; sys.stderr = None; from core.log import configure_logging; "
        "configure_logging(False, pathlib.Path(sys.argv[1])); logging.getLogger('core').warning('by pythonw')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert "by pythonw" in (tmp_path / "botpulse.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"login with {TOKEN} failed", "login with [redacted] failed"),
        ("mfa." + "a1B2" * 21, "[redacted]"),
        ("Authorization: Bearer abcdef0123456789==, next", "Authorization: Bearer [redacted], next"),
        ("{'Authorization': 'Bot " + TOKEN + "'}", "{'Authorization': 'Bot [redacted]'}"),
        ("postgresql://bot:hunter2@db:5432/stats", "postgresql://bot:[redacted]@db:5432/stats"),
        ("postgresql://bot:p@ss:w@rd@db/stats", "postgresql://bot:[redacted]@db/stats"),
        ("https://discord.com/api/webhooks/123/aBc-_9 ok", "https://discord.com/api/webhooks/123/[redacted] ok"),
        ("host=db password=hunter2 dbname=x", "host=db password=[redacted] dbname=x"),
        ("{'api_key': 'hunter2', 'n': 1}", "{'api_key': [redacted]', 'n': 1}"),
        ("GET /?access_token=hunter2&page=2", "GET /?access_token=[redacted]&page=2"),
    ],
)
def test_secrets_stay_out(said: str, kept: str) -> None:
    assert redact(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "core.simulation.history wrote 1,000,000 rows in 4.2 s",
        "postgresql://bot@db:5432/stats",
        "file:///home/me/analytics.db?mode=ro",
        "Bot restarted; 12 tokens seen",
        "2026-11-24T06:33:57.123456+01:00",
    ],
)
def test_plain_words_stay(said: str) -> None:
    assert redact(said) == said


def test_a_secret_in_a_traceback_stays_out() -> None:
    try:
        raise ValueError(f"refused: {TOKEN}")
    except ValueError as error:
        text = formatted("it failed", error=error)
    assert "[redacted]" in text
    assert TOKEN not in text


def test_lines_can_not_be_forged() -> None:
    forged = "2026-01-01 00:00:00.000+00:00 ERROR core [MainThread] the bot was hacked"
    try:
        raise ValueError(f"bad\n{forged}")
    except ValueError as error:
        lines = formatted("name: %s", f"x\r\n{forged}\x1b[2J\u202e\u2028{forged}", error=error).split("\n")
    assert len(lines) > 3
    assert re.match(r"\d{4}-", lines[0])
    assert all(line.startswith("    | ") for line in lines[1:])
    assert "\\r\\n2026" in lines[0]
    assert "\\x1b[2J\\u202e\\u2028" in lines[0]


def test_messages_and_traces_are_bounded() -> None:
    assert len(formatted("%s", "x" * 200_000)) < LONGEST_MESSAGE + 150
    try:
        raise ValueError("y" * 200_000 + "the reason")
    except ValueError as error:
        text = formatted("it failed", error=error)
    assert len(text) < LONGEST_TRACE + 1_000
    assert text.endswith("the reason")


@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_any_text_is_one_printable_line(said: str) -> None:
    line = formatted("%s", said)
    assert "\n" not in line
    line.encode("utf-8")
    assert escape(said).replace("\u00a0", "").replace("\u202f", "").isprintable()
