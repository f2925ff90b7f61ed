"""A bot's commands and life into the statistics."""

from bot_integration.state.command_run import mark_failed
from bot_integration.tracking.decorator import track_command_usage

__all__ = ["mark_failed", "track_command_usage"]
