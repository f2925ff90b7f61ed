"""A cause as a report: what, how often, since when and where, and nothing that a stranger's text could break out of."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.presenters.failure_groups import FailureGroup, GroupState
from core.presenters.failure_report import ReportContext, report_of, report_of_all

MOMENT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC).timestamp()
CONTEXT = ReportContext("in 24 h", ZoneInfo("UTC"), "Botpulse 1, Python 3")


def group(**changed: object) -> FailureGroup:
    told: dict[str, object] = {
        "fingerprint": "3f0c51c2a9d4e87b",
        "kind": "error",
        "error_type": "OutOfMemoryError",
        "node": "VAEDecode",
        "message": "Allocation on device",
        "count": 41,
        "before": 3,
        "users": 2,
        "servers": 1,
        "first": MOMENT,
        "last": MOMENT + 3_600,
        "state": GroupState.RISING,
        "commands": (("comfy", 40), ("video", 1)),
        "guilds": (("200000000000001234", 40), ("", 1)),
    }
    return FailureGroup(**{**told, **changed})  # type: ignore[arg-type]


def test_it_says_what_how_often_since_when_and_where() -> None:
    assert report_of(group(), CONTEXT).splitlines() == [
        "### OutOfMemoryError in VAEDecode",
        "",
        "- 41 times in 24 h (rising)",
        "- 2 users on 1 server",
        "- first seen 24\N{NO-BREAK SPACE}Nov 2026, 14:05",
        "- last seen 24\N{NO-BREAK SPACE}Nov 2026, 15:05",
        "- by command: comfy 40, video 1",
        "- by server: …1234 40, direct messages 1",
        "- fingerprint 3f0c51c2a9d4e87b",
        "",
        "```",
        "Allocation on device",
        "```",
        "",
        "Botpulse 1, Python 3",
    ]


def test_no_message_ends_its_block_and_no_name_is_markup() -> None:
    lines = report_of(group(message="a ``` b\n# c", error_type="*E* @everyone", node=""), CONTEXT).splitlines()
    assert lines[0].startswith("### \\*E\\*") and "@everyone" not in lines[0]
    assert lines[-5:-2] == ["````", "a ``` b # c", "````"]


def test_what_is_not_known_yet_is_left_out() -> None:
    assert "first seen" not in report_of(group(first=None), CONTEXT)


def test_of_all_causes_only_those_of_the_range_are_listed() -> None:
    text = report_of_all((group(), group(count=0, error_type="Gone")), CONTEXT)
    assert "- 41 × OutOfMemoryError in VAEDecode: Allocation on device" in text and "Gone" not in text
    assert "None." in report_of_all((), CONTEXT)
