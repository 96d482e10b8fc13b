"""What ESC/POS printers say of themselves: bytes to values. Pure.

Four kinds of bytes come back from a printer, mixed as it likes, and each is told by its form:

| asked by                | comes back | form                                                        |
|-------------------------|------------|-------------------------------------------------------------|
| DLE EOT n (10 04 n)     | 1 byte     | 02 and 10 set, 01 and 80 clear                              |
| GS a n (1D 61 n), once  | 4 bytes    | first: 10 set, 01 02 80 clear; the others: 10 and 80 clear; |
|                         |            | unasked for whenever something changes                      |
| GS r 1 (1D 72 01)       | 1 byte     | 00, 03, 0C or 0F; when everything before is worked off      |
| DLE DC4 8 (10 14 08 ..) | 3 bytes    | 37 25 00; when the printer has forgotten all it held        |

XON and XOFF (11, 13) fit none of these, so a line with software flow control takes nothing away, and where
they come in between they are passed over. Everything else is noise and counts for nothing.

| DLE EOT | bits of the answer                                                 | bits of the report  |
|---------|--------------------------------------------------------------------|---------------------|
| 1       | 08 off-line                                                        | byte 1: 08          |
| 2       | 04 cover open, 08 feed button, 20 stopped by paper end, 40 error   | byte 1: 20, 40      |
| 3       | 04 recoverable, 08 cutter, 20 unrecoverable, 40 recovers by itself | byte 2: the same    |
| 4       | 0C paper near its end, 60 no paper                                 | byte 3: 03, 0C      |

An error that recovers by itself is a head that is too hot, or too cold, or a voltage that is: manuals name the
temperature first. That any one model means nothing else by it was not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from msgspec import Struct

from devices.ports import Paper, Reason

PRINTER, CAUSE, ERROR, PAPER = 1, 2, 3, 4
ASKED = (PRINTER, CAUSE, ERROR, PAPER)
END_MARKER = b"\x1d\x72\x01"
"""GS r 1: answered when everything before it has been worked off."""
REPORT_CHANGES = b"\x1d\x61\x0e"
"""GS a: from now on report changes of line state, errors and paper; the state as it is comes at once."""
FORGET = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: clear the receive buffer and the print buffer, also off-line and without paper."""
REPORT_BYTES = 4
_FORGOTTEN = b"\x37\x25\x00"
_FLOW = b"\x11\x13"
_MARKERS = frozenset((0x00, 0x03, 0x0C, 0x0F))


class Health(Struct, frozen=True):
    """How a printer says it is: `reason` is `Reason.NONE` when it can print."""

    reason: Reason
    paper: Paper

    @property
    def can_print(self) -> bool:
        """True when the printer said so itself."""
        return self.reason is Reason.NONE


SILENT = Health(Reason.NO_ANSWER, Paper.UNKNOWN)
"""A printer that was asked and did not answer."""


class Said(Enum):
    """What a printer said."""

    ANSWER = auto()
    REPORT = auto()
    MARKER = auto()
    FORGOTTEN = auto()
    NOISE = auto()


class Heard(Struct, frozen=True):
    """One thing that a printer said, with its bytes."""

    said: Said
    data: bytes


class StatusReader:
    """Takes what comes back from a printer, in pieces of any size; keeps at most three bytes.

    `reports`: the printer was told to report changes. Without it nothing is taken for a report.
    """

    def __init__(self, *, reports: bool) -> None:
        self._reports = reports
        self._begun = bytearray()

    def feed(self, data: bytes) -> Iterator[Heard]:
        """Yield what `data` completes."""
        for byte in data:
            if byte in _FLOW:
                continue
            if self._begun:
                if self._goes_on_with(byte):
                    self._begun.append(byte)
                    yield from self._completed()
                    continue
                yield self._taken(Said.NOISE)
            if self._begins(byte):
                self._begun.append(byte)
            else:
                yield Heard(_single(byte), bytes((byte,)))

    def _begins(self, byte: int) -> bool:
        return byte == _FORGOTTEN[0] or (self._reports and byte & 0x93 == 0x10)

    def _goes_on_with(self, byte: int) -> bool:
        if self._begun[0] == _FORGOTTEN[0]:
            return byte == _FORGOTTEN[len(self._begun)]
        return byte & 0x90 == 0

    def _completed(self) -> Iterator[Heard]:
        if self._begun == _FORGOTTEN:
            yield self._taken(Said.FORGOTTEN)
        elif len(self._begun) == REPORT_BYTES:
            yield self._taken(Said.REPORT)

    def _taken(self, said: Said) -> Heard:
        heard = Heard(said, bytes(self._begun))
        self._begun.clear()
        return heard


def is_status(byte: int) -> bool:
    """Return whether `byte` has the form of an answer to DLE EOT."""
    return byte & 0x93 == 0x12


def _single(byte: int) -> Said:
    if is_status(byte):
        return Said.ANSWER
    return Said.MARKER if byte in _MARKERS else Said.NOISE


def question(number: int) -> bytes:
    """Return DLE EOT `number`."""
    return bytes((0x10, 0x04, number))


def health_of(answers: Mapping[int, int]) -> Health:
    """Return what the four answers (question number to byte) say together."""
    printer, cause = answers[PRINTER], answers[CAUSE]
    error, paper = answers[ERROR], answers[PAPER]
    return _health(
        is_offline=bool(printer & 0x08 or cause & 0x08),  # who feeds by the button has it off-line
        is_open=bool(cause & 0x04),
        error=error | (0x04 if cause & 0x40 and not error & 0x6C else 0),
        is_out=bool(paper & 0x60 or cause & 0x20),
        is_near_end=bool(paper & 0x0C),
    )


def health_in(report: bytes) -> Health:
    """Return what the four bytes of a report say."""
    return _health(
        is_offline=bool(report[0] & 0x48),
        is_open=bool(report[0] & 0x20),
        error=report[1],
        is_out=bool(report[2] & 0x0C),
        is_near_end=bool(report[2] & 0x03),
    )


def _health(*, is_offline: bool, is_open: bool, error: int, is_out: bool, is_near_end: bool) -> Health:
    """Return the cause that a person can do something about first."""
    checks = (
        (is_open, Reason.COVER_OPEN),
        (is_out, Reason.PAPER_OUT),
        (error & 0x08, Reason.CUTTER),
        (error & 0x24, Reason.DEVICE_ERROR),
        (error & 0x40, Reason.OVERHEATED),
        (is_offline, Reason.OFFLINE),
    )
    paper = Paper.OUT if is_out else Paper.NEAR_END if is_near_end else Paper.OK
    return Health(next((reason for so, reason in checks if so), Reason.NONE), paper)
