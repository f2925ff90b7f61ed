"""What an error said, on its way to the writer's thread, which strikes it: the caller does not wait for that.

It is no text, so that nothing can store it before: what came past the strike by mistake would be refused by every
database and every spool.
"""

from __future__ import annotations

from core.tracking.failure_text import fingerprint_of, message_in


class UnstruckWords:
    """Words of an error, and what is to be struck from them; let go of when that is done. For any thread."""

    __slots__ = ("_done", "_said")

    def __init__(self, said: str, private: tuple[str, ...], error_type: str, node: str) -> None:
        self._said: tuple[str, tuple[str, ...], str, str] | None = (said, private, error_type, node)
        self._done = ("", "")

    def struck(self) -> tuple[str, str]:
        """The message that may be stored, and the fingerprint of the failure's cause."""
        said = self._said
        if said is not None:
            words, private, error_type, node = said
            message = message_in(words, private)
            self._done = message, fingerprint_of(error_type, message, node)
            self._said = None
        return self._done
