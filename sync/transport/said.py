"""What the sync process says of the stick, of the mirror and of the journal's audit, for the screen and the doctor.

Kept as JSON in the table `said`; what an older or newer version has written and this one cannot read says nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")

STICK, MIRROR, AUDIT = "stick", "mirror", "audit"
"""Names in the table."""


class Teller(Protocol):
    """Where it is read from: `Transport` or `TransportReader`."""

    def said(self, name: str) -> bytes | None:
        """Return what was last said under a name."""


class StickStage(StrEnum):
    """How far an errand has come."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class StickFault(StrEnum):
    """What was wrong with a stick or with what is on it. The kiosk has a sentence for each."""

    MISSING = "missing"  # none is there
    GONE = "gone"  # pulled out, or broken
    FULL = "full"
    READ_ONLY = "read_only"
    LIES = "lies"  # it does not give back what was written
    NO_KEY = "no_key"  # this terminal has never heard whom to seal bundles to
    NOTHING_HERE = "nothing_here"  # no bundle for this terminal lies on it
    DAMAGED = "damaged"  # cut off, changed, or not what it says
    NOT_TRUSTED = "not_trusted"  # the county did not make it
    DISAGREES = "disagrees"  # signed by the county, and not what this terminal holds: somebody has to look
    DISK_REFUSED = "disk_refused"  # this machine's own disk took nothing
    JOURNAL_UNREADABLE = "journal_unreadable"
    NOT_READY = "not_ready"  # keys of this terminal cannot be read


class StickSaid(Struct, frozen=True):
    """What became of an errand with a stick.

    Attributes:
        errand: id of the errand, see `sync.errand`.
        what: "export" or "import".
        at_ms: when this was said, by the program's clock.
        fault: why it failed, or what of it was not good.
        sentence: the same in English for the technician, without personal data.
        first_seq: first record that was written; 0: there were none to carry.
        last_seq: last record that was written.
        left: records that did not fit on this stick.
        acknowledged: up to where the county holds this chain, as far as is known now.
        news: records of the county that were new.
        packs: packs that were new.
    """

    errand: str
    what: str
    stage: StickStage
    at_ms: int
    fault: StickFault | None = None
    sentence: str = ""
    first_seq: int = 0
    last_seq: int = 0
    left: int = 0
    acknowledged: int = 0
    news: int = 0
    packs: int = 0

    @property
    def records(self) -> int:
        """How many records were written."""
        return self.last_seq - self.first_seq + 1 if self.first_seq else 0


class MirrorFault(StrEnum):
    """Why records are not written once more."""

    MISSING = "missing"  # the medium is not there
    SAME_DISK = "same_disk"  # the directory lies on the machine's own disk
    FULL = "full"
    READ_ONLY = "read_only"
    FAILED = "failed"  # it gives errors
    AHEAD = "ahead"  # it holds records that the journal does not: the journal was put back
    JOURNAL_UNREADABLE = "journal_unreadable"


class MirrorSaid(Struct, frozen=True):
    """How the mirror is. `seq` is the last record that is safe there, `at_ms` when this was said."""

    seq: int
    at_ms: int
    fault: MirrorFault | None = None
    sentence: str = ""


class AuditSaid(Struct, frozen=True):
    """How far the audit of the journal is, and what it found.

    Attributes:
        at_ms: when this was said, by the program's clock.
        seq: the last record that the round under way has looked at; 0 between two rounds.
        ended_ms: when a round last came to the journal's end; None: none has yet.
        records: how many records that round looked at.
        flaws: how many things are wrong, as far as is known: in the round under way, or else in the last.
        first: the first record that is wrong; 0 with `flaws`: the file itself.
        part: what of it is wrong, a `sync.journal.audit.Part`.
        sentence: the same in English for the technician, without personal data.
    """

    at_ms: int
    seq: int = 0
    ended_ms: int | None = None
    records: int = 0
    flaws: int = 0
    first: int = 0
    part: str = ""
    sentence: str = ""


def stick_said(teller: Teller) -> StickSaid | None:
    """Return what was last said of a stick. Raises TransportRefused."""
    return _read(teller.said(STICK), StickSaid)


def mirror_said(teller: Teller) -> MirrorSaid | None:
    """Return what was last said of the mirror. Raises TransportRefused."""
    return _read(teller.said(MIRROR), MirrorSaid)


def audit_said(teller: Teller) -> AuditSaid | None:
    """Return what was last said of the audit. Raises TransportRefused."""
    return _read(teller.said(AUDIT), AuditSaid)


def encode_said(said: StickSaid | MirrorSaid | AuditSaid) -> bytes:
    """Return it as it is kept."""
    return msgspec.json.encode(said)


def _read(content: bytes | None, kind: type[T]) -> T | None:
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:
        return None
