"""``botpulse-db forget`` where the database is a server's: what goes, and what only the server's own tools reach."""

from __future__ import annotations

import json

from core.cli.maintenance import followed_on_terminal
from core.maintenance.server_forgetting import ServerForgetResult, count_user_on_server, forget_user_on_server
from core.storage.location import Location
from core.text.formatting import count, rows_words
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.tracking.spool_forgetting import SpoolsForgotten, files_that_name, forget_in_spools


def show_on_server(location: Location, user: str) -> None:
    """Show what is stored of a user."""
    for name, number in count_user_on_server(location, user).items():
        say(f"  {name}  {rows_words(number)}")
    for path in files_that_name(location, user):
        say(_("  Waiting to be written in {path}").format(path=path))


def forget_on_server(location: Location, user: str, *, keep_counts: bool, as_json: bool) -> bool:
    """Remove it, and print the receipt; whether nothing of it is left that can be reached from here."""
    waits = forget_in_spools(location, user)
    done = followed_on_terminal(forget_user_on_server(location, user, keep_counts=keep_counts))
    if as_json:
        say(json.dumps(_receipt(done, waits)))
        return not waits.left
    say(_("Forgotten: {rows}.").format(rows=rows_words(sum(done.rows.values()))))
    if waits.events:
        say(_("Events that waited to be written: {count}").format(count=count(waits.events)))
    for path in waits.left:
        say(_("The id is still in {path}").format(path=path))
    say(
        _(
            "The server's write-ahead log, its standbys and its backups keep what was removed until they are written "
            "over or deleted, and so do its files until VACUUM FULL: see docs/privacy.md."
        )
    )
    return not waits.left


def _receipt(done: ServerForgetResult, waits: SpoolsForgotten) -> dict[str, object]:
    return {
        "when": done.when.isoformat(),
        "rows": dict(done.rows),
        "mentions": done.mentions,
        "labels": done.labels,
        "waiting": waits.events,
        "left": [str(path) for path in waits.left],
    }
