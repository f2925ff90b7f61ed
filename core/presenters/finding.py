"""What was found about a database: how much it matters, what it means, what to do, and which rows it is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.charts.specs import Opens
from core.text.translation import gettext as _


class State(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        state: how much it matters.
        title: what: "41.2 % of the commands have no known execution time".
        words: what that means; remedy: what to do, or which line of the bot would record it. Either may be empty.
        opens: the rows that it is about, among all there are; None where no filter can name them.
    """

    state: State
    title: str
    words: str = ""
    remedy: str = ""
    opens: Opens | None = None

    @property
    def text(self) -> str:
        """All of it as lines, to be copied."""
        remedy = _("What to do: {remedy}").format(remedy=self.remedy) if self.remedy else ""
        return "\n".join(filter(None, (f"[{self.state}] {self.title}", self.words, remedy)))
