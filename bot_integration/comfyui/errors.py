"""What can go wrong between the bot and ComfyUI, each fault with words that may be shown to a Discord user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot_integration.comfyui.models import NodeFault, Output, in_code
from core.text.formatting import one_line, seconds
from core.text.translation import gettext as _

LONGEST_DETAIL: Final = 1_000
_FAULTS_TOLD: Final = 3


class ComfyUIError(Exception):
    """An expected fault of ComfyUI, of its answers, or of the way to it.

    Attributes:
        words: one or two sentences for the person who asked for the image; no internals, no paths, one line.
        detail: the technical reason, for the log; bounded, one line.
        may_pass: whether the same request may go through if it is made again a moment later.
        outputs: what was made before a run failed or was stopped, by other nodes; often empty.
    """

    words = _("The image server had a problem. Please try again in a few minutes.")
    may_pass = False

    def __init__(self, detail: str = "", words: str = "") -> None:
        self.detail = one_line(detail, LONGEST_DETAIL)
        self.outputs: tuple[Output, ...] = ()
        if words:
            self.words = words
        super().__init__(self.detail or self.words)


class Unreachable(ComfyUIError):
    """No connection, a connection that broke, or no answer in time."""

    words = _("The image server does not answer at the moment. Please try again in a few minutes.")
    may_pass = True


class Untrusted(ComfyUIError):
    """The server's certificate is not to be trusted, or what answers there speaks no TLS: nothing was sent to it."""

    words = _(
        "The bot can't be sure that it talks to the image server: its certificate is not valid, or not known to it. "
        "Nothing was sent. Please tell whoever runs the bot."
    )


class ClientClosed(ComfyUIError):
    """The client is closed, or was closed while this was under way, as the bot is being stopped."""

    words = _("The bot is just stopping, so this was given up. Please send it again when the bot is back.")


class BadAnswer(ComfyUIError):
    """An answer that is not what ComfyUI's protocol says: a wrong status, no JSON, missing fields."""

    words = _("The image server gave an answer that the bot does not understand. Please tell whoever runs the bot.")
    may_pass = True


class Refused(BadAnswer):
    """The server, or a proxy before it, lets nobody in without other credentials (401, 403, a redirect)."""

    words = _("The image server does not let the bot in. Please tell whoever runs the bot.")
    may_pass = False


class TooBig(BadAnswer):
    """An answer or an output is larger than the client takes."""

    words = _("The result is too large for the bot. A smaller size or a shorter video will do.")
    may_pass = False


class NoOutput(ComfyUIError):
    """The run succeeded, but made nothing that was wanted."""

    words = _(
        "The image server finished without making an image or a video. The workflow may lack a node that saves one."
    )


class NotAPicture(BadAnswer):
    """What came in the place of a picture, a video or a sound is none: a proxy's page of words, say."""

    words = _("The image server sent something else in the place of the result. Please tell whoever runs the bot.")
    may_pass = False


class Lost(ComfyUIError):
    """The prompt, or a file that it made, is known to the server no more."""

    words = _(
        "The image server no longer knows this request: it was restarted, or the request was taken out of its queue. "
        "Please send it again."
    )


class OutputGone(Lost):
    """A result came from the server's cache, but its file was deleted; asking the same again brings the same."""

    words = _(
        "The image server has made exactly this before, but the file was deleted since. Please change something, "
        "such as the seed, and send it again."
    )


class Interrupted(ComfyUIError):
    """Somebody stopped the run."""

    words = _("The generation was stopped before it was done.")


class TimedOut(ComfyUIError):
    """The result was not there within the client's time limit; the prompt was taken back."""

    words = _("This took too long, so it was stopped. Please try again later, or with a smaller size.")

    def __init__(self, limit: float) -> None:
        words = _("This took longer than {limit}, so it was stopped. Please try again later.").format(
            limit=seconds(limit)
        )
        super().__init__(f"no result within {limit:g} s", words)


class Rejected(ComfyUIError):
    """The server did not take the workflow (400).

    Attributes:
        node_errors: what it found wrong, node by node; empty where it complained of the whole.
    """

    def __init__(self, message: str, explanation: str = "", node_errors: Sequence[NodeFault] = ()) -> None:
        self.node_errors = tuple(node_errors)
        told = [fault.words for fault in self.node_errors[:_FAULTS_TOLD]]
        more = len(self.node_errors) - len(told)
        told += [_("and {more} more").format(more=more)] if more else []
        reason = "; ".join(told) or in_code(message)
        detail = "; ".join([f"{message} {explanation}", *(fault.detail for fault in self.node_errors)])
        super().__init__(detail, _("The image server did not accept the workflow: {reason}.").format(reason=reason))


class ExecutionFailed(ComfyUIError):
    """A node raised while it ran.

    Attributes:
        node: its id in the workflow.
        node_type: its class.
        exception_type: the Python exception's name.
        message: what it said.
    """

    def __init__(self, node: str, node_type: str, exception_type: str, message: str) -> None:
        self.node, self.node_type, self.exception_type = node, node_type, exception_type
        self.message = one_line(message, LONGEST_DETAIL)
        where = (
            _("{in_code} (node {in_code_2})").format(in_code=in_code(node_type), in_code_2=in_code(node))
            if node_type
            else _("a part of the workflow")
        )
        words = _("The generation failed: {where} stopped with an error. Please tell whoever runs the bot.").format(
            where=where
        )
        if "outofmemory" in exception_type.lower() or "out of memory" in message.lower():
            words = _("The image server ran out of memory in {where}. A smaller size or fewer images will do.").format(
                where=where
            )
        super().__init__(f"node {node} ({node_type}): {exception_type}: {message}", words)
