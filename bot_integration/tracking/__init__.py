"""A bot's commands and life into the statistics."""

from bot_integration.state.command_run import mark_failed, mark_refused
from bot_integration.tracking.decorator import track_command_usage

__all__ = ["mark_failed", "mark_refused", "track_command_usage"]
