"""From what a bot passes to a row that can be stored (:mod:`core.tracking.storable`): pure functions, never raising."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, TypedDict, Unpack

from peewee import Model

from core.models import (
    CommandUsage,
    Failure,
    FailureSource,
    GenerationType,
    ImageStats,
    Name,
    NameKind,
    Outcome,
    UserActivity,
)
from core.tracking.failure_text import error_type_of, said_by
from core.tracking.failure_words import UnstruckWords
from core.tracking.storable import (
    UNKNOWN,
    details_of,
    duration,
    file_names,
    flag,
    long_text,
    name_of,
    short_id,
    short_text,
    whole_number,
)

_USUAL_TYPES: Final = (GenerationType.STANDARD.value, GenerationType.VIDEO.value)


class EventRow(NamedTuple):
    """A validated row: ``values`` stand in the order of ``FIELDS[model]``; text, numbers and None.

    The message of a failure may be :class:`UnstruckWords` until :func:`settled` was called.
    """

    model: type[Model]
    values: tuple[str | int | float | UnstruckWords | None, ...]


FIELDS: Final[dict[type[Model], tuple[str, ...]]] = {
    CommandUsage: (
        "command_name", "user_id", "guild_id", "channel_id", "execution_time", "success", "outcome", "timestamp",
    ),
    ImageStats: (
        "user_id", "prompt", "resolution", "loras", "upscale_factor", "generation_time", "is_video",
        "generation_type", "guild_id", "channel_id", "message_id", "queue_time", "execution_time", "model",
        "sampler", "steps", "seed", "outputs", "timestamp",
    ),
    UserActivity: ("user_id", "action_type", "guild_id", "details", "timestamp"),
    Failure: (
        "source", "name", "user_id", "guild_id", "channel_id", "error_type", "message", "fingerprint", "kind", "node",
        "model", "loras", "resolution", "timestamp",
    ),
    Name: ("kind", "id", "name", "icon", "updated"),
}  # fmt: skip
"""The columns of a record's values, by model; the database itself gives the id. Metrics add theirs."""


def command_record(
    command_name: object,
    user_id: object,
    guild_id: object = None,
    channel_id: object = None,
    execution_time: object = None,
    success: object = True,
    *,
    outcome: object = None,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """A command that ran just now; ``execution_time`` in seconds, ``clock`` gives epoch seconds.

    ``success`` and ``outcome`` say the same: where an outcome is given it decides, where there is none it follows.
    """
    succeeded, ended = _ending(success, outcome)
    values = (
        name_of(command_name),
        short_id(user_id) or UNKNOWN,
        short_id(guild_id),
        short_id(channel_id),
        duration(execution_time),
        succeeded,
        ended,
        clock(),
    )
    return EventRow(CommandUsage, values)


def image_record(
    user_id: object,
    prompt: object,
    resolution: object,
    loras: object,
    upscale_factor: object,
    generation_time: object,
    is_video: object = False,
    generation_type: object = None,
    *,
    details: ImageDetails | None = None,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """An image or video that was finished just now; ``generation_time`` in seconds, ``clock`` gives epoch seconds."""
    video = flag(is_video)
    values = (
        short_id(user_id) or UNKNOWN,
        long_text(prompt),
        short_text(resolution),
        file_names(loras),
        whole_number(upscale_factor),
        duration(generation_time),
        video,
        short_text(generation_type) or _USUAL_TYPES[video],
        *(_NO_DETAILS if details is None else _stored_details(details)),
        clock(),
    )
    return EventRow(ImageStats, values)


def activity_record(
    user_id: object,
    action_type: object,
    guild_id: object = None,
    details: object = None,
    *,
    clock: Callable[[], float] = time.time,
) -> EventRow:
    """Something else that a user or the bot did just now. A dict or list of ``details`` becomes JSON."""
    values = (short_id(user_id) or UNKNOWN, name_of(action_type), short_id(guild_id), details_of(details), clock())
    return EventRow(UserActivity, values)


@dataclass(frozen=True, slots=True)
class ImageDetails:
    """What else may be known of an image; what is None is not recorded.

    Attributes:
        guild_id, channel_id, message_id: where the message is that shows it.
        queue_time, execution_time: seconds before ComfyUI began, and in which it worked.
        model, sampler, steps, seed: what it was made with; the model is a file's name.
        outputs: the files in ComfyUI's output folder, as ComfyUI annotates them: ``"a/b.png"``, ``"c.png [temp]"``.
    """

    guild_id: object = None
    channel_id: object = None
    message_id: object = None
    queue_time: object = None
    execution_time: object = None
    model: object = None
    sampler: object = None
    steps: object = None
    seed: object = None
    outputs: object = None


_NO_DETAILS: Final = (None,) * len(fields(ImageDetails))


def _stored_details(details: ImageDetails) -> tuple[str | int | float | None, ...]:
    return (
        short_id(details.guild_id),
        short_id(details.channel_id),
        short_id(details.message_id),
        duration(details.queue_time),
        duration(details.execution_time),
        short_text(details.model),
        short_text(details.sampler),
        whole_number(details.steps),
        short_text(details.seed),
        None if details.outputs is None else file_names(details.outputs),
    )


class FailureFacts(TypedDict, total=False):
    """What may be known of a failure beside where it was and whom it met.

    Attributes:
        guild_id, channel_id: where.
        error: an exception, or its words; ``error_type`` and ``message`` take the place of what it says.
        kind: "error", "refused" or "cancelled".
        node, model, loras, resolution: what is known of the generation.
        private: texts that must not be kept in the message: the prompt. Secrets, ids and home folders are struck
            anyway (:mod:`core.tracking.failure_text`).
    """

    guild_id: object
    channel_id: object
    error: object
    error_type: str | None
    message: str | None
    kind: str
    node: str | None
    model: str | None
    loras: object
    resolution: str | None
    private: Iterable[str | None]


def failure_record(
    source: object,
    name: object = None,
    user_id: object = None,
    *,
    clock: Callable[[], float] = time.time,
    **facts: Unpack[FailureFacts],
) -> EventRow:
    """Something that failed just now. An unknown source is taken for a command, an unknown kind for an error."""
    return settled(unsettled_failure(source, name, user_id, clock=clock, **facts))


def unsettled_failure(
    source: object,
    name: object = None,
    user_id: object = None,
    *,
    clock: Callable[[], float] = time.time,
    **facts: Unpack[FailureFacts],
) -> EventRow:
    """The same in a few microseconds: message and fingerprint are left for :func:`settled`."""
    known, said, loras = facts.get, facts.get("message"), facts.get("loras")
    error = known("error")
    error_type, node = short_text(known("error_type")) or error_type_of(error), short_text(known("node"))
    private = _private(facts["private"]) if "private" in facts else ()
    words = "" if private is None else said_by(error if said is None else said)
    values = (
        _one_of(_SOURCES, source, FailureSource.COMMAND.value),
        short_text(name),
        short_id(user_id),
        short_id(known("guild_id")),
        short_id(known("channel_id")),
        error_type or None,
        UnstruckWords(words, private or (), error_type, node or ""),
        "",
        _one_of(_KINDS, known("kind"), Outcome.ERROR.value),
        node,
        short_text(known("model")),
        None if loras is None else file_names(loras),
        short_text(known("resolution")),
        clock(),
    )
    return EventRow(Failure, values)


def settled(record: EventRow) -> EventRow:
    """An event that can be stored: of a failure, with what was said struck; any other as it is."""
    words = record.values[_MESSAGE] if record.model is Failure else None
    if not isinstance(words, UnstruckWords):
        return record
    message, fingerprint = words.struck()
    before, after = record.values[:_MESSAGE], record.values[_MESSAGE + 2 :]
    return EventRow(Failure, (*before, short_text(message), fingerprint, *after))


def _private(texts: Any) -> tuple[str, ...] | None:
    """None where they can't be told, or are too many: then nothing of the message is kept."""
    try:
        among = (texts,) if isinstance(texts, str) else texts
        found = tuple(str.__str__(each) for each in among if isinstance(each, str))
        return found if sum(map(len, found)) <= _MOST_KEPT else None
    except Exception:
        return None


_MOST_KEPT: Final = 500_000
"""Characters of private texts; all options of a command together have a third of that at most."""

_MESSAGE: Final = FIELDS[Failure].index("message")
"""The fingerprint follows it."""


def name_record(
    kind: object, id: object, name: object, icon: object = None, *, clock: Callable[[], float] = time.time
) -> EventRow | None:
    """What somebody or something is called by now; None where there is nothing to call, or no name."""
    kept_kind, kept_id, kept = _one_of(_NAME_KINDS, kind, ""), short_id(id), short_text(name)
    if not kept_kind or not kept_id or not kept:
        return None
    return EventRow(Name, (kept_kind, kept_id, kept, short_text(icon), clock()))


_SOURCES: Final = frozenset(each.value for each in FailureSource)
_KINDS: Final = frozenset(each.value for each in Outcome if each is not Outcome.COMPLETED)
_NAME_KINDS: Final = frozenset(each.value for each in NameKind)
_OUTCOMES: Final = frozenset(each.value for each in Outcome)


def _one_of(known: frozenset[str], value: object, otherwise: str) -> str:
    text = str.__str__(value) if isinstance(value, str) else ""
    return text if text in known else otherwise


def _ending(success: object, outcome: object) -> tuple[int, str]:
    ended = _one_of(_OUTCOMES, outcome, "")
    if ended:
        return int(ended == Outcome.COMPLETED), ended
    succeeded = flag(success)
    return succeeded, _BY_SUCCESS[succeeded]


_BY_SUCCESS: Final = (Outcome.ERROR.value, Outcome.COMPLETED.value)
