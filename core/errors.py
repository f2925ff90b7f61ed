"""The expected faults of the environment, each with words for the person who meets it.

Everything here is a :class:`BotpulseError`. Anything else that is raised is a bug of ours.
"""

from __future__ import annotations

from typing import Any

from core.text.translation import gettext as _


class BotpulseError(Exception):
    """An expected fault: a file, a lock, a disk or a server that is not as it should be.

    Attributes:
        title: a headline, in plain words, without a full stop.
        what_happened: one or two sentences for the host.
        what_is_safe: what has not been touched or lost.
        what_to_do: the next step.
        detail: the technical reason (SQLite's own words), for the log and the details line.
    """

    title = _("Something outside Botpulse went wrong")
    what_happened = _("The database could not be used.")
    what_is_safe = _("Nothing was changed.")
    what_to_do = _("See the log for the reason.")

    def __init__(self, subject: str, detail: str = "") -> None:
        self.subject = subject
        self.detail = detail
        super().__init__(f"{self.title}: {subject}" + (f" ({detail})" if detail else ""))

    def __reduce__(self) -> tuple[Any, ...]:
        """The same for another process, whatever a constructor has made of its arguments."""
        return _again, (type(self), self.args, vars(self))


def _again(kind: type[BotpulseError], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> BotpulseError:
    error = kind.__new__(kind)
    error.args = arguments
    vars(error).update(attributes)
    return error


class DatabaseMissing(BotpulseError):
    """There is no file at the given path."""

    title = _("The database is not there")
    what_happened = _("There is no file at this path. It may have been moved or renamed, or not been made yet.")
    what_is_safe = _("Botpulse does not create or change files when it looks.")
    what_to_do = _("Start the bot, or choose another file.")


class NotADatabase(BotpulseError):
    """The file is something else than an SQLite database."""

    title = _("This file is not a database")
    what_happened = _("The file does not begin like an SQLite database: it is something else, or it is encrypted.")
    what_is_safe = _("The file was only read, and not changed.")
    what_to_do = _("Choose the bot's database: it is usually called analytics.db and lies in the bot's folder.")


class ForeignDatabase(NotADatabase):
    """A database of another program: it has tables, and none of ours."""

    title = _("This is not a bot's database")
    what_happened = _("It is an intact database, but another program's: it has none of the bot's tables.")
    what_is_safe = _("It was only read, and not changed.")


class DatabaseCorrupt(BotpulseError):
    """SQLite finds the file's structure damaged."""

    title = _("The database is damaged")
    what_happened = _(
        "SQLite cannot follow the file's inner structure. A disk fault or a copy made half way does this."
    )
    what_is_safe = _("The file was only read, and not changed.")
    what_to_do = _("Stop the bot, keep a copy of the file, and put back the latest backup.")


class DatabaseLocked(BotpulseError):
    """Another process holds the file locked, longer than we may wait."""

    title = _("The database is locked")
    what_happened = _("Another program holds the file for itself at the moment.")
    what_is_safe = _("Nothing was changed, and the bot's work goes on.")
    what_to_do = _(
        "Usually this passes by itself within seconds. If it stays, restart the bot: it left a write unfinished."
    )


class TableLocked(DatabaseLocked):
    """On a server another session holds what is needed, longer than we may wait; or two waited for each other."""

    title = _("A table on the server is locked")
    what_happened = _(
        "Another session of the server holds a lock that this needs: somebody alters a table, or copies it."
    )
    what_to_do = _(
        "Usually this passes by itself. If it stays, see in pg_stat_activity on the server who holds the lock."
    )


class StandbyConflict(DatabaseLocked):
    """A hot standby ended a query that was in the way of what it takes over from its primary."""

    title = _("The standby put its own work first")
    what_happened = _(
        "The server follows another one, and ended this query to be able to take over a change from there."
    )
    what_is_safe = _("Nothing was changed, and nothing is missing: the rows are read again.")
    what_to_do = _(
        "This passes by itself; Botpulse tries again. If it stays, set hot_standby_feedback = on on the standby, "
        "or raise max_standby_streaming_delay there."
    )


class QueryCancelled(DatabaseLocked):
    """A server ended a query before its answer was there, by a timeout that was set there, or by hand."""

    title = _("The server ended a query before it was answered")
    what_happened = _("A time limit that is set on the server was over, or its administrator ended the query.")
    what_to_do = _("Botpulse tries again. If it stays, raise statement_timeout for this user: a second is plenty.")


class NewerSchema(BotpulseError):
    """The file was migrated by a later version of Botpulse."""

    title = _("The database is from a newer Botpulse")
    what_happened = _("A later version has altered this file's tables in a way that this version does not know.")
    what_is_safe = _("The file was only read, and not changed.")
    what_to_do = _("Update Botpulse on this machine.")


class NoAccess(BotpulseError):
    """The operating system does not let us read (or write) the file."""

    title = _("No access to the database")
    what_happened = _("The operating system does not allow this user to open the file.")
    what_to_do = _(
        "Check the permissions of the file and of its folder, or start Botpulse as the user who runs the bot."
    )


class DiskFull(BotpulseError):
    """There is no room left to write."""

    title = _("The disk is full")
    what_happened = _("There was no room left to write to the database.")
    what_is_safe = _("The last whole transaction is kept; the one that failed was rolled back.")
    what_to_do = _("Free some space; then try again.")


class InvalidLocation(BotpulseError):
    """A path or URL that names no kind of database that we know."""

    title = _("This is not a database address")
    what_happened = _("A path to an SQLite file or a postgresql:// URL was expected.")
    what_to_do = _("Check the address for a typing mistake.")


class NameNotAllowed(InvalidLocation):
    """The system has no file of such a name."""

    title = _("This name is not allowed there")
    what_happened = _(
        "The system takes no file of this name: it is too long, or has a sign or a word that is kept for others."
    )
    what_is_safe = _("Nothing was read, written or changed.")
    what_to_do = _("Choose a shorter name, without signs such as ? * : < > |")


class UnfinishedWrite(BotpulseError):
    """A writer was cut off half way; only a writer can roll its last transaction back."""

    title = _("The bot's last write was cut off")
    what_happened = _("The bot, or its machine, stopped in the middle of a write. Whatever writes next repairs it.")
    what_is_safe = _(
        "Everything up to the last finished write is kept. Botpulse only looks, so it leaves the file alone."
    )
    what_to_do = _("Start the bot: the database opens here by itself as soon as the bot has opened it.")


class StorageFault(BotpulseError):
    """The disk, the share or the server failed while it was read or written."""

    title = _("The storage does not answer as it should")
    what_happened = _("Reading or writing failed outside the database: in the disk, the network share or the server.")
    what_is_safe = _("Nothing was changed by looking; a write that failed was rolled back.")
    what_to_do = _("Check the disk, the network share or the server; Botpulse keeps trying.")


class SchemaFault(BotpulseError):
    """The tables, columns or values are not such as a bot's statistics have."""

    title = _("The tables are not as they should be")
    what_happened = _(
        "The database is whole, but a table or a value in it is not what a bot's statistics have there: somebody"
        " altered the tables, or brought rows in from elsewhere."
    )
    what_is_safe = _("Nothing was changed; the disk, and what is stored on it, are in order.")
    what_to_do = _("The detail names what is in the way. Give that table the columns of a new analytics.db again.")


class NeedsItsProgram(SchemaFault):
    """A collation, a function, a tokenizer or a module of another program is needed, and only that program has it."""

    title = _("A table needs the program that made it")
    what_happened = _(
        "The database has a table or an index with a sorting rule, a function or a module that only the program which"
        " made it knows."
    )
    what_to_do = _("Do this with that program, or move its tables into a file of their own.")


class TookTooLong(BotpulseError):
    """A statement was ended before its end: by a time limit of the server's, or of our own."""

    title = _("The answer took too long")
    what_happened = _("The database worked on a question for longer than it may, and was stopped.")
    what_is_safe = _("Nothing was changed, and the bot's work goes on.")
    what_to_do = _(
        "On a server, give the role a longer statement_timeout. Of a file, check the integrity: damage can lead a read"
        " in circles."
    )


class TooLarge(BotpulseError):
    """A value is larger than the database can handle in one go."""

    title = _("A value is too large")
    what_happened = _("A text or another value in the database is larger than one statement can handle.")
    what_is_safe = _("Nothing was changed.")
    what_to_do = _("Shorten or remove that row with the program that wrote it.")


class ServerAway(StorageFault):
    """The server can't be reached, is starting or stopping, or takes no more connections."""

    title = _("The server does not answer")
    what_happened = _(
        "The database server can't be reached, is just starting or stopping, or takes no more connections."
    )
    what_is_safe = _("What was written to the server before is safe there.")
    what_to_do = _("Check that the server runs, and host and port in the address; Botpulse keeps trying.")


class PoolerRefused(ServerAway):
    """A pooler before the server does not let this through."""

    title = _("The pooler does not let this through")
    what_happened = _(
        "A connection pooler stands before the server, and refused: it has no connection free, waited too long for one,"
        " or does not allow a setting."
    )
    what_to_do = _("Check the pooler's limits and its log; Botpulse keeps trying.")


class LoginRefused(NoAccess):
    """The server does not know the user, or the password is wrong."""

    title = _("The server refuses the login")
    what_happened = _("The server does not let this user in: the name, the password, or the server's own rules say no.")
    what_to_do = _("Check user and password in the address; then pg_hba.conf on the server.")


class NoSuchDatabase(DatabaseMissing):
    """The server has no database of this name."""

    title = _("The server has no such database")
    what_happened = _("The server answers, but it has no database of this name.")
    what_is_safe = _("Botpulse does not create databases on a server.")
    what_to_do = _("Check the name at the end of the address, or create the database: createdb NAME.")


class NotPermitted(NoAccess):
    """The server's user may not do this, or the database is read-only."""

    title = _("The server does not permit this")
    what_happened = _("The user in the address may not do this, or the server's database is read-only at the moment.")
    what_to_do = _(
        "Grant the user the rights: SELECT on the tables to look; CREATE on the schema, too, for the bot that writes."
    )


class ServerReadOnly(NotPermitted):
    """The server takes no writes at the moment: a standby that follows another one, or one that is set so."""

    title = _("The server takes no writes")
    what_happened = _(
        "It follows another server as its standby, or it is set to be read-only, so nothing can be written."
    )
    what_is_safe = _(
        "What was written before is safe there; what the bot records meanwhile waits in a file of its own."
    )
    what_to_do = _(
        "Give the address of the primary, or of all servers (postgresql://one,two/name): the bot finds the one that "
        "takes writes. After a failure promote the standby."
    )


class DriverMissing(BotpulseError):
    """The library that talks to the server is not installed."""

    title = _("The PostgreSQL driver is not installed")
    what_happened = _("An address on a server needs the library psycopg, and this Python does not have it.")
    what_to_do = _("Install it into the same Python: python -m pip install 'psycopg[binary]>=3.2'.")


class OnServer(BotpulseError):
    """A file was expected; the database is on a server, which has tools of its own for this."""

    title = _("This is done with the server's own tools")
    what_happened = _(
        "The database is on a PostgreSQL server. Botpulse backs up, resets, restores and mends files only."
    )
    what_to_do = _("Back up with pg_dump, restore with pg_restore; ask whoever looks after the server.")


class NotEnoughRoom(DiskFull):
    """Too little of the disk is free for what is to be done; it was not begun."""

    title = _("There is not enough room on the disk")
    what_happened = _("The disk has less room left than this needs, so it was not begun.")
    what_is_safe = _("Nothing was changed.")
    what_to_do = _("Free some space, or choose another place; then try again.")


class HoldsUpBot(BotpulseError):
    """A change would keep other writers waiting longer than they do; it was rolled back."""

    title = _("This would keep the bot waiting too long")
    what_happened = _(
        "This would have taken longer than the bot waits for its turn to write, so it was stopped in time."
    )
    what_is_safe = _("The change was rolled back: the database is as it was, and the bot's work goes on.")
    what_to_do = _("Stop the bot for a moment, then do this again and say that the bot is stopped.")


class RefusedByTable(BotpulseError):
    """A constraint or a trigger, which somebody added to a table, says no."""

    title = _("A table refuses this")
    what_happened = _("A trigger or a constraint that somebody added to the bot's tables does not let this be done.")
    what_is_safe = _("All of it was rolled back: every row is as it was.")
    what_to_do = _(
        "The details say which table it is. Take the trigger or the constraint out for the moment; try again."
    )


class UnexpectedFault(BotpulseError):
    """A bug of ours, where a thread has to go on all the same."""

    title = _("Something inside Botpulse went wrong")
    what_happened = _("Botpulse found something in the database that it does not know how to handle.")
    what_is_safe = _("The database was only read, and not changed; the bot's work goes on.")
    what_to_do = _("Botpulse tries again by itself. If it stays, report it with the lines of the log.")


class WorkerGone(BotpulseError):
    """The process that works out answers ended while it worked; where a second try could do no harm, in that, too."""

    title = _("The answer could not be worked out")
    what_happened = _("The process that counts and draws for the bot ended before it had the answer.")
    what_is_safe = _("The bot goes on, and nothing that it recorded is lost.")
    what_to_do = _("Try again, or ask for fewer days. If it stays, the machine is short of memory: see the log.")


def explain(error: BotpulseError) -> str:
    """A fault in words for the person at the terminal: what happened, what is safe, what to do."""
    detail = f" ({error.detail})" if error.detail else ""
    lines = (f"{error.title}: {error.subject}{detail}", error.what_happened, error.what_is_safe, error.what_to_do)
    return "\n".join(lines)
