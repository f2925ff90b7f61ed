"""What is stored of a user, and the receipt for forgetting them, in words and as JSON. Neither holds the id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.maintenance.forgetting import ForgetResult, UserSurvey
from core.text.formatting import count, rows_words
from core.text.translation import gettext as _

ON_SERVER: Final = _(
    "On the server, deleted rows stay in its files until it has vacuumed, and in its write-ahead log, its replicas and "
    "its backups for as long as those are kept. Nobody has searched them."
)


def survey_lines(found: UserSurvey) -> Iterator[str]:
    """What there is of a user, a line each; what there is none of is left out, but for labels."""
    for name, number in found.rows.items():
        yield f"{name}  {rows_words(number)}"
    yield _("Labels: {count}").format(count=found.labels)
    for path, number in found.backups.items():
        yield _("In the backup {path}: {rows}").format(path=path, rows=rows_words(number))
    for path in found.waiting:
        yield _("Waiting to be written in {path}").format(path=path)
    for path in found.caches:
        yield _("Named in {path}").format(path=path)
    if found.pictures:
        yield _("Small copies of pictures, which all go: {count}").format(count=count(found.pictures))


def receipt_lines(done: ForgetResult) -> Iterator[str]:
    """What was done, a line each; the first one says how many rows went."""
    yield _("Forgotten: {rows}.").format(rows=rows_words(sum(done.database.rows.values())))
    for name, number in done.database.rows.items():
        yield f"{name}  {rows_words(number)}"
    for words, number in (
        (_("Mentions in rows of others: {count}"), done.database.mentions),
        (_("Labels: {count}"), done.labels),
        (_("Events that waited to be written: {count}"), done.waiting),
        (_("Caches of what was counted: {count}"), done.caches),
        (_("Small copies of pictures: {count}"), done.pictures),
        (_("Files of the log that named the id: {count}"), done.logs),
    ):
        if number:
            yield words.format(count=count(number))
    for path, number in done.cleaned.items():
        yield _("From the backup {path}: {rows}").format(path=path, rows=rows_words(number))
    for path in done.deleted:
        yield _("Deleted the backup {path}").format(path=path)
    if done.server:
        yield ON_SERVER
    for path in done.left:
        yield _("The id is still in {path}").format(path=path)


def receipt(done: ForgetResult) -> dict[str, object]:
    """The receipt as JSON has it."""
    return {
        "when": done.when.isoformat(),
        "rows": dict(done.database.rows),
        "mentions": done.database.mentions,
        "overwritten": done.database.overwritten,
        "labels": done.labels,
        "waiting": done.waiting,
        "caches": done.caches,
        "pictures": done.pictures,
        "logs": done.logs,
        "server": done.server,
        "backups_cleaned": {str(path): number for path, number in done.cleaned.items()},
        "backups_deleted": [str(path) for path in done.deleted],
        "left": [str(path) for path in done.left],
    }
