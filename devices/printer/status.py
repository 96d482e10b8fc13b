"""Status replies of ESC/POS: DLE EOT n asks (10 04 n), one byte answers. Pure.

| n | bits of the answer                                            |
|---|---------------------------------------------------------------|
| 1 | 08 off-line                                                   |
| 2 | 04 cover open, 08 feed button, 20 stopped by paper end, 40 error |
| 3 | 04 recoverable, 08 cutter, 20 unrecoverable, 40 recovers itself |
| 4 | 0C paper near its end, 60 no paper                            |

Every answer has 02 and 10 set and 01 and 80 clear, which tells it from the answer to GS r.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from devices.ports import Paper, Reason

PRINTER, CAUSE, ERROR, PAPER = 1, 2, 3, 4
ASKED = (PRINTER, CAUSE, ERROR, PAPER)
END_MARKER = b"\x1d\x72\x01"
"""GS r 1: answered when everything before it has been printed."""


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


def question(number: int) -> bytes:
    """Return DLE EOT `number`."""
    return bytes((0x10, 0x04, number))


def is_status(byte: int) -> bool:
    """Return whether `byte` has the form of an answer to DLE EOT."""
    return byte & 0x93 == 0x12


def is_end_marker(byte: int) -> bool:
    """Return whether `byte` has the form of an answer to GS r 1."""
    return byte & 0x90 == 0


def health_of(answers: Mapping[int, int]) -> Health:
    """Return what the four answers (question number to byte) say together."""
    printer, cause = answers[PRINTER], answers[CAUSE]
    error, paper = answers[ERROR], answers[PAPER]
    is_out = bool(paper & 0x60 or cause & 0x20)
    state = Paper.OUT if is_out else Paper.NEAR_END if paper & 0x0C else Paper.OK
    checks = (
        (cause & 0x04, Reason.COVER_OPEN),
        (is_out, Reason.PAPER_OUT),
        (error & 0x08, Reason.CUTTER),
        (error & 0x64 or cause & 0x40, Reason.DEVICE_ERROR),
        (printer & 0x08, Reason.OFFLINE),
    )
    return Health(next((reason for bits, reason in checks if bits), Reason.NONE), state)
