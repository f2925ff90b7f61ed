"""What is known of one prompt while it waits, runs and ends: events in, facts out; no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot_integration.comfyui.answers import HistoryEntry
from bot_integration.comfyui.errors import ComfyUIError
from bot_integration.comfyui.files import MadeFile
from bot_integration.comfyui.messages import (
    Cached,
    Ended,
    Event,
    Executed,
    Executing,
    Flags,
    Frame,
    Started,
    Stepped,
)
from bot_integration.comfyui.request import Request
from bot_integration.comfyui.results import Preview, Progress, Stage

LARGEST_PREVIEW: Final = 2_000_000
"""Bytes of a preview that is passed on."""

MOST_EARLY: Final = 1_000
"""Events that are kept until the server has told the prompt's id."""

MOST_FILES: Final = 1_000
MOST_FRAMES: Final = 1_000


class Run:
    """One prompt, as its events tell.

    Attributes:
        prompt_id: the server's id; None until it has answered the request.
        started: monotonic time at which its start was heard.
        ended: whether the server said that it is over.
        settled: whether that is certain, and all that is to be known is known.
        known: whether its outcome was told; ``fault`` is then how it failed, or None for a success.
        gap: whether messages may have been missed.
        files: what its nodes said they made.
        frames: the images that its nodes sent over the socket.
        overflow: whether more was sent than is kept.
        position: prompts before it while it waits.
    """

    def __init__(self, request: Request, previews: bool, most_bytes: int) -> None:
        self.prompt_id: str | None = None
        self.started: float | None = None
        self.ended = self.settled = self.known = self.gap = self.overflow = False
        self.fault: ComfyUIError | None = None
        self.files: list[MadeFile] = []
        self.frames: list[Frame] = []
        self.position: int | None = None
        self._request, self._previews, self._room = request, previews, most_bytes
        self._early: list[tuple[Event, float]] = []
        self._with_metadata = False
        self._started_at: float | None = None
        self._ended_at: float | None = None
        self._cached: frozenset[str] = frozenset()
        self._cached_whole = False
        self._worked: set[str] = set()
        self._node: str | None = None
        self._step: tuple[float, float | None] | None = None
        self._preview: Preview | None = None

    def accept(self, prompt_id: str) -> None:
        """Take the server's id, and the events that came before its answer."""
        self.prompt_id = prompt_id
        early, self._early = self._early, []
        for event, at in early:
            self.hear(event, at)

    def hear(self, event: Event, at: float) -> bool:
        """Take an event that arrived at monotonic time ``at``; whether it was about this prompt."""
        if isinstance(event, Flags):
            self._with_metadata = event.with_metadata
            return False
        if self.prompt_id is None:
            if len(self._early) < MOST_EARLY:
                self._early.append((event, at))
            return False
        if not self._is_ours(event) or self.settled:
            return False
        self._take(event, at)
        return True

    def _is_ours(self, event: Event) -> bool:
        told = getattr(event, "prompt_id", None)
        if told is not None:
            return bool(told == self.prompt_id)
        # Without an id: the server runs one prompt at a time. A server that can tell whose an image is would have.
        nameless = isinstance(event, Executing) or (isinstance(event, Frame) and not self._with_metadata)
        return nameless and self.started is not None and not self.ended

    def _take(self, event: Event, at: float) -> None:
        match event:
            case Started():
                self.started, self._started_at = at, event.at
            case Cached():
                self._cached |= event.nodes
            case Executing():
                self._work_on(event.node, at)
            case Stepped():
                self._step = (event.value, event.most)
            case Executed():
                self._keep_files(event.files)
            case Frame():
                self._keep_frame(event)
            case Ended():
                self.known, self.fault, self._ended_at = True, event.fault, event.at
            case _:
                pass

    def _work_on(self, node: str | None, at: float) -> None:
        if self._node is not None:
            self._worked.add(self._node)
        self._node, self._step = node, None
        if node is None:
            self.ended = True
        elif self.started is None:
            self.started = at

    def _keep_files(self, files: Iterable[MadeFile]) -> None:
        self.files = [*self.files, *files][:MOST_FILES]

    def _keep_frame(self, frame: Frame) -> None:
        node = frame.node or self._node
        if node not in self._request.streaming:
            if self._previews and len(frame.data) <= LARGEST_PREVIEW:
                self._preview = Preview(frame.data, frame.content_type)
            return
        self._room -= len(frame.data)
        if self._room < 0 or len(self.frames) >= MOST_FRAMES:
            self.overflow = True
        else:
            self.frames.append(Frame(frame.data, frame.content_type, self.prompt_id, node))

    def settle(self, entry: HistoryEntry) -> None:
        """Take what the history knows: it is the last word."""
        self.fault, self.known = entry.fault, True
        self.files = list(entry.files[:MOST_FILES])
        self._started_at = entry.started if entry.started is not None else self._started_at
        self._ended_at = entry.ended if entry.ended is not None else self._ended_at
        self._cached_whole = entry.cached
        self.ended = self.settled = True

    @property
    def cached(self) -> bool:
        """Whether no node had to work."""
        return self._cached_whole or (bool(self._cached) and not self._worked and not self.gap)

    @property
    def complete(self) -> bool:
        """Whether the socket alone has told all there is to know, so that the history need not be asked."""
        told = self.fault is not None or bool(self.files) or bool(self.frames)
        return self.ended and self.known and told and not self.gap

    @property
    def execution(self) -> float | None:
        """Seconds of execution by the server's clock; None where it does not say, or says what can't be."""
        if self._started_at is None or self._ended_at is None or self._ended_at < self._started_at:
            return None
        return (self._ended_at - self._started_at) / 1_000

    def progress(self, seconds: float) -> Progress:
        """How far it is, ``seconds`` after the request was sent."""
        waits = self.started is None and self.position != 0
        stage = Stage.FETCHING if self.settled else Stage.WAITING if waits else Stage.RUNNING
        step, steps = self._step or (None, None)
        done = len((self._worked | self._cached) & self._request.nodes.keys())
        return Progress(
            stage,
            self.prompt_id or self._request.prompt_id,
            seconds,
            self.position if stage is Stage.WAITING else None,
            self._node,
            self._request.nodes.get(self._node or "", ""),
            step,
            steps,
            done,
            len(self._request.nodes),
            self._preview,
        )
