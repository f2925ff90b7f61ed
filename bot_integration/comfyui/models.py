"""What the client answers: frozen records of an output, a generation, its progress, the queue, the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, TypedDict

from bot_integration.comfyui.workflow.facts import WorkflowFacts
from core.text.formatting import one_line
from core.text.translation import gettext as _

_PLAIN: Final = {
    "value_not_in_list": _("is not one of the values that are installed"),
    "required_input_missing": _("is missing"),
    "bad_linked_input": _("is connected wrongly"),
    "return_type_mismatch": _("is connected to something of another type"),
    "invalid_input_type": _("is of the wrong type"),
    "value_smaller_than_min": _("is too small"),
    "value_bigger_than_max": _("is too large"),
    "custom_validation_failed": _("is not valid"),
    "exception_during_validation": _("could not be checked"),
}


class Kind(StrEnum):
    """What an output is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    LATENT = "latent"

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown: an image or a video."""
        return self in (Kind.IMAGE, Kind.VIDEO)


class Stage(StrEnum):
    """Where a prompt is on its way."""

    WAITING = "waiting"
    """In the queue, behind others."""
    RUNNING = "running"
    FETCHING = "fetching"
    """Done; its outputs are being read."""


@dataclass(frozen=True, slots=True)
class NodeFault:
    """What the server found wrong with one input of one node before it ran anything.

    Attributes:
        node: the node's id in the workflow.
        node_type: its class.
        input: the input's name; empty where the complaint is about the whole node.
        kind: ComfyUI's name for the complaint, such as ``value_not_in_list``.
        message: ComfyUI's sentence.
        explanation: its details; may name files.
        value: what was given, as text; empty where it is not told.
    """

    node: str
    node_type: str
    input: str
    kind: str
    message: str
    explanation: str
    value: str

    @property
    def words(self) -> str:
        """For a user: which node, which input, what about it; text of strangers stands in code spans."""
        where = _("{in_code} (node {in_code_2})").format(in_code=in_code(self.node_type), in_code_2=in_code(self.node))
        if not self.input:
            return f"{where}: {in_code(self.message or self.kind)}"
        # Of a path only the name is told: where the server keeps its files is nobody's business.
        given = f" {in_code(PurePosixPath(self.value.replace(chr(92), '/')).name)}" if self.value else ""
        return f"{where}: {in_code(self.input)}{given} {_PLAIN.get(self.kind) or in_code(self.message or self.kind)}"

    @property
    def detail(self) -> str:
        """For the log."""
        return f"node {self.node} ({self.node_type}) {self.input}: {self.kind}: {self.message} {self.explanation}"


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that was made, whole.

    Attributes:
        data: the file's bytes; a text's, in UTF-8.
        filename: its name without any folder, fit for an attachment.
        kind: image, video, audio, text or latent. Of an image or a video the first bytes are one's.
        node: the id of the node that made it; where that was expanded from another (a loop's), a longer one.
        content_type: ``image/png``, ``video/mp4`` …
        stored_as: the file below the server's output folder as ComfyUI writes it: ``sub/a.png``, ``b.png [temp]``.
            Empty where it is kept nowhere.
    """

    data: bytes
    filename: str
    kind: Kind
    node: str
    content_type: str
    stored_as: str = ""


class ImageFields(TypedDict):
    """What is known of a picture's making, under the names that ``ImageDetails`` and ``FinalImage`` have for it.

    Attributes:
        queue_time: seconds from the sending to the start of the execution.
        execution_time: seconds of execution by the server's clock; None where the result came from its cache.
        model, sampler, steps, seed: as the workflow says.
        outputs: the files below the server's output folder.
    """

    queue_time: float | None
    execution_time: float | None
    model: str | None
    sampler: str | None
    steps: int | None
    seed: int | None
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """A prompt that succeeded, and what it made.

    Attributes:
        outputs: at least one; images and videos first, each in the order in which the nodes made them.
        seconds: the generation time, on the monotonic clock: from just before the request's bytes were sent to just
            after the last byte of the last output was read; it includes the queue's wait, the execution, the download.
        queue_wait: seconds from the sending to the start of the execution; None where the start was not seen.
        execution: seconds of pure execution by the server's own clock; None where it does not say.
        download: seconds from the end of the run to the last byte.
        cached: nothing worth the name was computed: every sampler's result, or all but the saving of files, was still
            in the server's cache. ``seconds`` says nothing about the work then.
        cached_nodes: the nodes whose results came from the cache.
        prompt_id: the server's id.
        dropped: outputs of the workflow that the server left out, with its reasons; usually empty.
        facts: what the workflow says: the model, the sampler, steps, seed, LoRAs, size.
    """

    outputs: tuple[Output, ...]
    seconds: float
    queue_wait: float | None
    execution: float | None
    download: float | None
    cached: bool
    prompt_id: str
    dropped: tuple[NodeFault, ...] = ()
    cached_nodes: frozenset[str] = frozenset()
    facts: WorkflowFacts = field(default_factory=WorkflowFacts)

    @property
    def fields(self) -> ImageFields:
        """What the statistics keep: ``ImageDetails(**generation.fields)``, ``FinalImage(…, **generation.fields)``.

        Some samplers know only a scheduler, which then stands for both.
        """
        return {
            "queue_time": self.queue_wait,
            "execution_time": None if self.cached else self.execution,
            "model": self.facts.model,
            "sampler": self.facts.sampler or self.facts.scheduler,
            "steps": self.facts.steps,
            "seed": self.facts.seed,
            "outputs": tuple(dict.fromkeys(each.stored_as for each in self.outputs if each.stored_as)),
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """An unfinished image, small enough to be shown."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a prompt is.

    Attributes:
        stage: waiting, running or fetching.
        prompt_id: the server's id.
        seconds: since the request was sent.
        position: while waiting: how many prompts come before this one, the running one included; None while unknown.
        node: id of the node that works; None before the first and after the last.
        node_type: its class.
        step: how many of its steps are done.
        steps: how many it has; None where it does not say.
        nodes_done: nodes that are done or were cached.
        nodes: nodes in the workflow.
        preview: the latest preview, where previews were asked for.
    """

    stage: Stage
    prompt_id: str
    seconds: float
    position: int | None = None
    node: str | None = None
    node_type: str = ""
    step: float | None = None
    steps: float | None = None
    nodes_done: int = 0
    nodes: int = 0
    preview: Preview | None = None

    @property
    def share(self) -> float | None:
        """How much of the working node's steps is done, 0 to 1; None where it does not say."""
        if self.step is None or not self.steps:
            return None
        return min(max(self.step / self.steps, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A prompt that waits or runs.

    Attributes:
        prompt_id: the server's id.
        number: where it stands in the order: the smallest is next.
        client_id: whose socket hears of it.
        owner: who asked for it, where ``get_images`` was told an owner.
    """

    prompt_id: str
    number: float
    client_id: str = ""
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that runs or waits, of this bot and of others; the waiting ones in their order."""

    running: tuple[QueueEntry, ...] = ()
    pending: tuple[QueueEntry, ...] = ()

    @property
    def entries(self) -> tuple[QueueEntry, ...]:
        """The running ones, then the waiting ones."""
        return self.running + self.pending

    def position(self, prompt_id: str) -> int | None:
        """How many come before it: 0 where it runs; None where it is not there."""
        if any(entry.prompt_id == prompt_id for entry in self.running):
            return 0
        places = (place for place, entry in enumerate(self.entries) if entry.prompt_id == prompt_id)
        return next(places, None)

    def of(self, owner: str | int) -> tuple[QueueEntry, ...]:
        """The entries of one owner."""
        return tuple(entry for entry in self.entries if entry.owner == str(owner))


@dataclass(frozen=True, slots=True)
class Device:
    """A graphics card, or the processor in its place; memory in bytes, None where it is not told."""

    name: str
    kind: str
    memory: int | None
    memory_free: int | None


@dataclass(frozen=True, slots=True)
class SystemStats:
    """The machine that ComfyUI runs on; memory in bytes, None where it is not told."""

    version: str
    system: str
    memory: int | None
    memory_free: int | None
    devices: tuple[Device, ...]


def in_code(text: str) -> str:
    """Untrusted text as an inline code span, in which Discord reads neither Markdown nor mentions."""
    return f"`{one_line(text.replace('`', chr(39)), 80) or '?'}`"


def entry_of(entries: Iterable[QueueEntry], prompt_id: str, client_id: str = "") -> QueueEntry | None:
    """The entry of a prompt, by its id; or by its socket's, where the server gave it an id that we never heard."""
    found = (each for each in entries if each.prompt_id == prompt_id or (client_id and each.client_id == client_id))
    return next(found, None)
