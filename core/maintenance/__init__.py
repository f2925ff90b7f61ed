"""What alters a database as a whole: back up, reset, undo, restore, optimise, check.

All but :func:`reset`, which the bot's own manager uses, are tasks (:mod:`core.tasks`) on an SQLite file that the bot
goes on writing: they read in pieces, write in short transactions, and leave things as they were where they fail or are
stopped. A database on a server is looked after with the server's own tools.
"""

from __future__ import annotations

import logging

import peewee

from core.maintenance.backups import Backup, Stored, back_up, backups, look_at
from core.maintenance.checking import CheckDone, check
from core.maintenance.copying import Holding
from core.maintenance.notes import Action, Note, forget, undoable, unfinished
from core.maintenance.optimising import Change, OptimiseDone, Plan, Step, optimise, plan_optimisation
from core.maintenance.resetting import ResetDone, UndoDone, reset_with_backup, undo
from core.maintenance.restoring import Difference, RestoreDone, compare, restore
from core.maintenance.survey import Survey, TableSurvey, survey
from core.models import ALL_MODELS, METRIC_PREFIX

__all__ = [
    "Action",
    "Backup",
    "Change",
    "CheckDone",
    "Difference",
    "Holding",
    "Note",
    "OptimiseDone",
    "Plan",
    "ResetDone",
    "RestoreDone",
    "Step",
    "Stored",
    "Survey",
    "TableSurvey",
    "UndoDone",
    "back_up",
    "backups",
    "check",
    "compare",
    "forget",
    "look_at",
    "optimise",
    "plan_optimisation",
    "reset",
    "reset_with_backup",
    "restore",
    "survey",
    "undo",
    "undoable",
    "unfinished",
]

log = logging.getLogger(__name__)


def reset(database: peewee.Database) -> int:
    """Delete every row of the four tables and of metrics in one transaction, and overwrite what they held; ids go on.

    Returns how many rows went. Raises what the driver raises; then every row is still there.
    """
    if isinstance(database, peewee.SqliteDatabase):
        database.execute_sql("PRAGMA secure_delete = on").fetchall()
    with database.atomic():
        gone = sum(model.delete().execute(database) for model in ALL_MODELS)
        for table in database.get_tables():
            if table.startswith(METRIC_PREFIX):
                gone += database.execute_sql(f'DELETE FROM "{table}"').rowcount
    log.info("statistics reset: %d rows deleted", gone)
    return int(gone)
