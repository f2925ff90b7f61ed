"""A bot's commands and life into the statistics."""
