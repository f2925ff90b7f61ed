"""The Health page: what can be trusted, what is not recorded, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.presenters.health_facts import FactGroup, facts
from core.presenters.health_findings import Finding, findings
from core.presenters.presenter import PageInput, PagePresenter, board
from core.statistics.counting import ACTIVITY
from core.statistics.data_quality import Quality


@dataclass(frozen=True, slots=True)
class Health:
    """What the page shows.

    Attributes:
        progress: the share of the rows that have been examined, 0 to 1. There are no findings before it is 1.
        findings: the most serious first.
        groups: facts about the file, about what is recorded, about the bot and about watching it.
    """

    progress: float
    findings: tuple[Finding, ...]
    groups: tuple[FactGroup, ...]


def _health(page: PageInput) -> Health:
    quality = page.findings if isinstance(page.findings, Quality) else Quality(page.aggregate.window.buckets.zone)
    whole = quality.progress >= 1
    return Health(quality.progress, findings(quality, page) if whole else (), facts(quality, page))


HEALTH: Final = PagePresenter("health", board({}, extra=_health), (ACTIVITY,), scan=Quality)
