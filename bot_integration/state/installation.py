"""What a bot was set up with: its manager, the worker that answers, the managers' role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot_integration.comfyui import ComfyUI
    from core.manager import AnalyticsManager
    from core.worker.process import WorkerProcess


class NotInstalled(Exception):
    """A bot uses a part of Botpulse without having been set up for it.

    Attributes:
        words: which line is missing, for whoever writes the bot.
    """

    words = (
        "Botpulse is not set up for this bot. Add to its setup_hook, before the commands are synced: "
        "await bot_integration.setup(bot, manager)"
    )

    def __init__(self) -> None:
        super().__init__(self.words)


@dataclass(frozen=True, slots=True)
class Installation:
    """What Botpulse's commands and trackers need of one bot.

    Attributes:
        manager: takes the events.
        worker: answers questions about them in a process of its own.
        manager_role_id: whoever has this role may use the managers' commands; None: administrators only.
        manager_guilds: ids of the servers where these work at all; None: where the role is, without one everywhere.
        comfyui: the server that ``/queue_status`` asks about, closed with the bot; None where there is none.
    """

    manager: AnalyticsManager
    worker: WorkerProcess
    manager_role_id: int | None = None
    comfyui: ComfyUI | None = None
    manager_guilds: frozenset[int] | None = None
