"""How Discord says no: a status, a code of its own, words, and for a form the path of each field that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a payload: ``path`` as in "embeds.0.fields.3.value"."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}"


class Refused(Exception):
    """What the server answers instead of doing as asked.

    Attributes:
        status: the HTTP status.
        code: Discord's own number for it, in the body.
        violation: the sender broke a rule (otherwise the answer is ordinary: there is no such member).
    """

    def __init__(
        self, status: int, code: int, message: str, problems: Iterable[Problem] = (), *, violation: bool = True
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.problems = tuple(problems)
        self.violation = violation
        details = "; ".join(map(str, self.problems))
        super().__init__(f"{status}/{code} {message}" + (f" ({details})" if details else ""))

    def body(self) -> dict[str, Any]:
        """The JSON that Discord sends with it."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.problems:
            body["errors"] = _nested(self.problems)
        return body


def _nested(problems: Iterable[Problem]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    for problem in problems:
        place = errors
        for step in problem.path.split("."):
            place = place.setdefault(step, {})
        place.setdefault("_errors", []).append({"code": "INVALID", "message": problem.words})
    return errors


def require(problems: Iterable[Problem]) -> None:
    """Raise 400/50035 if there is any problem."""
    found = list(problems)
    if found:
        raise Refused(400, 50035, "Invalid Form Body", found)


def unknown(what: str) -> Refused:
    """404 for something that isn't there, or not for this bot: "Member", "Message" …"""
    codes = {"Channel": 10003, "Guild": 10004, "Member": 10007, "Message": 10008, "User": 10013, "Command": 10063}
    return Refused(404, codes[what], f"Unknown {what}", violation=False)


def empty_message() -> Refused:
    return Refused(400, 50006, "Cannot send an empty message")


def too_large(filename: str) -> Refused:
    return Refused(413, 40005, "Request entity too large", [Problem("files", f"{filename} is over the limit")])


def unknown_interaction() -> Refused:
    return Refused(404, 10062, "Unknown interaction")


def already_acknowledged() -> Refused:
    return Refused(400, 40060, "Interaction has already been acknowledged.")


def unknown_webhook() -> Refused:
    return Refused(404, 10015, "Unknown Webhook")


def invalid_webhook_token() -> Refused:
    return Refused(401, 50027, "Invalid Webhook Token")
