"""What is known of one prompt while it waits, runs and ends: events in, facts out; no clock, no network."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from bot_integration.comfyui.errors import ComfyUIError
from bot_integration.comfyui.files import MadeFile
from bot_integration.comfyui.http_responses import HistoryEntry
from bot_integration.comfyui.models import Preview, Progress, Stage
from bot_integration.comfyui.request import PromptRequest
from bot_integration.comfyui.socket_events import (
    Cached,
    Event,
    Executed,
    Executing,
    Finished,
    Flags,
    Frame,
    Started,
    Stepped,
)

LARGEST_PREVIEW: Final = 2_000_000
"""Bytes of a preview that is passed on."""

MOST_EARLY: Final = 1_000
"""Events that are kept until the server has told the prompt's id."""

MOST_FILES: Final = 1_000
MOST_FRAMES: Final = 1_000


class KeptOutputs:
    """What a prompt has made so far, within bounds.

    Attributes:
        files: what its nodes said they made.
        frames: the images that its nodes sent over the socket.
        overflow: whether more was sent than is kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self.files: list[MadeFile] = []
        self.frames: list[Frame] = []
        self.overflow = False
        self._room = most_bytes

    def __bool__(self) -> bool:
        return bool(self.files or self.frames)

    def add_files(self, files: Iterable[MadeFile]) -> None:
        """Keep these, too."""
        self.files = [*self.files, *files][:MOST_FILES]

    def add_frame(self, frame: Frame) -> None:
        """Keep an image, where there is room for it."""
        self._room -= len(frame.data)
        if self._room < 0 or len(self.frames) >= MOST_FRAMES:
            self.overflow = True
        else:
            self.frames.append(frame)


class NodeWork:
    """Which nodes have worked, and how far the one at work is.

    Attributes:
        node: the id of the node at work; None before the first and after the last.
        worked: the nodes that are done.
        cached: those whose results came from the cache.
        only_saved: whether no node had to work but for those that saved something, by the history; None: not asked.
        saved: the nodes that said what they have made.
        shown_as: the node of the workflow that the one at work was expanded from; empty where it is one itself.
        step: how many of its steps the node at work has done, and how many it has.
        preview: the latest unfinished image.
    """

    def __init__(self) -> None:
        self.node: str | None = None
        self.worked: set[str] = set()
        self.cached: frozenset[str] = frozenset()
        self.only_saved: bool | None = None
        self.saved: set[str] = set()
        self.shown_as = ""
        self.step: tuple[float, float | None] | None = None
        self.preview: Preview | None = None

    def begin(self, node: str | None, shown_as: str = "") -> None:
        """A node begins to work; None: the last one is done."""
        if self.node is not None:
            self.worked.add(self.node)
        self.node, self.step, self.shown_as = node, None, shown_as

    def of_workflow(self, nodes: Collection[str]) -> str | None:
        """The node at work, as the workflow knows it."""
        return self.node if self.node in nodes or not self.shown_as else self.shown_as


class PromptState:
    """One prompt, as its events tell.

    Attributes:
        prompt_id: the server's id; None until it has answered the request.
        started: monotonic time at which its start was heard.
        ended: whether the server said that it is over.
        settled: whether that is certain, and all that is to be known is known.
        known: whether its outcome was told; ``fault`` is then how it failed, or None for a success.
        gap: whether messages may have been missed.
        position: prompts before it while it waits.
        outputs: what it has made.
        work: which nodes have worked.
    """

    def __init__(self, request: PromptRequest, previews: bool, most_bytes: int) -> None:
        self.prompt_id: str | None = None
        self.started: float | None = None
        self.ended = self.settled = self.known = self.gap = False
        self.fault: ComfyUIError | None = None
        self.position: int | None = None
        self.outputs, self.work = KeptOutputs(most_bytes), NodeWork()
        self._request, self._previews = request, previews
        self._early: list[tuple[Event, float]] = []
        self._with_metadata = False
        self._server_times: tuple[float | None, float | None] = (None, None)

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
                self.started = at
                self._note_times(event.at, None)
            case Cached():
                self.work.cached |= event.nodes
            case Executing():
                self._begin(event, at)
            case Stepped():
                self.work.step = (event.value, event.most)
            case Executed():
                self.outputs.add_files(event.files)
                self.work.saved.add(event.node)
            case Frame():
                self._take_frame(event)
            case Finished():
                self.known, self.fault = True, event.fault
                self._note_times(None, event.at)
            case _:
                pass

    def _begin(self, event: Executing, at: float) -> None:
        self.work.begin(event.node, event.shown_as)
        if event.node is None:
            self.ended = True
        elif self.started is None:
            self.started = at

    def _take_frame(self, frame: Frame) -> None:
        node = frame.node or self.work.node
        shown_as = frame.shown_as or self.work.of_workflow(self._request.nodes)
        if {node, shown_as} & self._request.streaming:
            self.outputs.add_frame(Frame(frame.data, frame.content_type, self.prompt_id, node))
        elif self._previews and len(frame.data) <= LARGEST_PREVIEW:
            self.work.preview = Preview(frame.data, frame.content_type)

    def settle(self, entry: HistoryEntry) -> None:
        """Take what the history knows: it is the last word."""
        self.fault, self.known = entry.fault, True
        self.outputs.files = list(entry.files[:MOST_FILES])
        self.work.cached |= entry.cached
        self.work.only_saved = entry.only_saved
        self._note_times(entry.started, entry.ended)
        self.ended = self.settled = True

    def _note_times(self, started: float | None, ended: float | None) -> None:
        """Keep what is told of the server's clock, and what was told before where it is silent."""
        before = self._server_times
        self._server_times = (before[0] if started is None else started, before[1] if ended is None else ended)

    @property
    def cached(self) -> bool:
        """Whether nothing worth the name was computed: no sampler worked, or nothing but what saves files did."""
        work = self.work
        if self._request.samplers and self._request.samplers <= work.cached:
            return True
        if work.only_saved is not None:
            return work.only_saved
        return bool(work.cached) and work.worked <= work.saved and not self.gap

    @property
    def complete(self) -> bool:
        """Whether the socket alone has told all there is to know, so that the history need not be asked."""
        told = self.fault is not None or bool(self.outputs)
        return self.ended and self.known and told and not self.gap

    @property
    def execution(self) -> float | None:
        """Seconds of execution by the server's clock; None where it does not say, or says what can't be."""
        started, ended = self._server_times
        if started is None or ended is None or ended < started:
            return None
        return (ended - started) / 1_000

    def progress(self, seconds: float) -> Progress:
        """How far it is, ``seconds`` after the request was sent."""
        waits = self.started is None and self.position != 0
        stage = Stage.FETCHING if self.settled else Stage.WAITING if waits else Stage.RUNNING
        step, steps = self.work.step or (None, None)
        done = len((self.work.worked | self.work.cached) & self._request.nodes.keys())
        return Progress(
            stage,
            self.prompt_id or self._request.prompt_id,
            seconds,
            self.position if stage is Stage.WAITING else None,
            self.work.node,
            self._request.nodes.get(self.work.of_workflow(self._request.nodes) or "", ""),
            step,
            steps,
            done,
            len(self._request.nodes),
            self.work.preview,
        )
