"""What is out of the ordinary: a kind, how far, since when, and compared with what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """What may be wrong; what is seen in the rows of the past can be tried on them (:mod:`core.alarms.trial`)."""

    SILENCE = "silence"
    RESTARTS = "restarts"
    FAILURES = "failures"
    NEW_ERROR = "new error"
    SLOW = "slow"
    QUEUE = "queue"
    DISK = "disk"
    CANNOT_WRITE = "can't write"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something out of the ordinary, as far as it was known at a moment.

    Attributes:
        kind: what it is.
        cause: tells it from others of its kind: a fingerprint, a LoRA. Untrusted text.
        moment: when it was known, in epoch seconds; since: when it began.
        score: how far it is out of the ordinary: 1 is where an alarm is given, unless the host has set another
            threshold; 0 where it is known to be over.
        observed, usual: what was compared, in the unit of the kind: failures, occurrences, seconds, restarts, bytes.
        seconds: the time in which ``observed`` came; 0 where there is none.
        count: how many events it is concluded from.
        subject, detail: what it is about, as recorded: an error's type and message, a LoRA's file. Untrusted text.
        fingerprint: the error's that is behind it; empty where none is known. Anomalies of one error are one alarm.
    """

    kind: AlarmKind
    cause: str
    moment: float
    since: float
    score: float
    observed: float
    usual: float
    seconds: float = 0.0
    count: int = 0
    subject: str = ""
    detail: str = ""
    fingerprint: str = ""
