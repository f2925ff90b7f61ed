"""How a request is refused: a status, words, and the field that they are about."""

from __future__ import annotations

from aiohttp import web


class Refusal(Exception):
    """A request that is not granted.

    Attributes:
        status: the HTTP status.
        error: what is wrong, in words for the author of the sender.
        field: the form's field that they are about, if it is one.
        words: what the user may be told; empty where there is nothing.
        tracked: whether it is remembered as a failure already, so that the sender need not.
        headers: what the status demands.
    """

    def __init__(
        self,
        status: int,
        error: str,
        field: str | None = None,
        words: str = "",
        *,
        tracked: bool = False,
        **headers: str,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.field = field
        self.words = words
        self.tracked = tracked
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> web.Response:
        """The answer. The connection ends with it: the rest of the body was not read."""
        body: dict[str, str | bool] = {"error": self.error}
        body |= {"field": self.field} if self.field is not None else {}
        body |= {"words": self.words} if self.words else {}
        body |= {"tracked": True} if self.tracked else {}
        answer = web.json_response(body, status=self.status, headers=self.headers)
        answer.force_close()
        return answer


def wrong(field: str, error: str) -> Refusal:
    """A field whose value makes no sense."""
    return Refusal(422, f"{field}: {error}", field)


def too_large(what: str, most: int, field: str | None = None) -> Refusal:
    """Something is larger than ``most`` bytes."""
    return Refusal(413, f"{what} is larger than {most:,} bytes", field)
