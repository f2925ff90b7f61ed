"""What the bot's commands answer, as frozen dataclasses with plain values: they can come from another process.

Each question is a function that opens the database, counts, draws and returns; it takes from milliseconds to seconds
and belongs into the worker process (:mod:`core.worker.process`). :mod:`core.answers.embeds` makes
messages of the answers.
"""

from __future__ import annotations

from core.answers.commands import CommandAnswer, command_answer
from core.answers.files import CsvAnswer, csv_answer
from core.answers.images import ImageAnswer, image_answer
from core.answers.period import Comparison, Days, Period
from core.answers.resetting import ResetDone, reset_answer
from core.answers.summary import SummaryAnswer, summary_answer, summary_of
from core.answers.users import UserAnswer, user_answer

__all__ = [
    "CommandAnswer",
    "Comparison",
    "CsvAnswer",
    "Days",
    "ImageAnswer",
    "Period",
    "ResetDone",
    "SummaryAnswer",
    "UserAnswer",
    "command_answer",
    "csv_answer",
    "image_answer",
    "reset_answer",
    "summary_answer",
    "summary_of",
    "user_answer",
]
