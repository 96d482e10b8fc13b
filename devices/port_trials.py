"""What speaks on a serial port: questions that only one kind of device answers, and how its answer is known. Pure.

Two cannot be found by asking: a pad never speaks first, and some printers never answer at all.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from devices.printer.status import PAPER, PRINTER, is_status, question


class Trial(Struct, frozen=True):
    """A question at one speed; `cleared_by` is sent after it if nobody answered, so that no byte of it stays behind."""

    what: str
    baud: int
    question: bytes
    is_answer: Callable[[bytes], bool]
    cleared_by: bytes = b""


def _is_printer(answer: bytes) -> bool:
    return len(answer) == 2 and all(is_status(byte) for byte in answer)


def _is_reader(answer: bytes) -> bool:
    """A SAM_V frame with the head, its length and its checksum right, whatever the reader says about itself."""
    length = int.from_bytes(answer[5:7])
    content = answer[5 : 7 + length]
    if not answer.startswith(_SAM_HEAD) or length < 4 or len(content) != 2 + length:
        return False
    checksum = 0
    for byte in content:
        checksum ^= byte
    return checksum == 0


_SAM_HEAD = bytes.fromhex("AAAAAA9669")
_SAM_STATUS = _SAM_HEAD + bytes.fromhex("000311FFED")
_FORGET_LINE = b"\x1b@"
"""ESC @: a printer that took the reader's question for text forgets it."""

TRIALS = (
    *(Trial("a receipt printer", baud, question(PRINTER) + question(PAPER), _is_printer)
      for baud in (9600, 19200, 38400, 115200)),
    Trial("a reader of ID cards", 115200, _SAM_STATUS, _is_reader, _FORGET_LINE),
)  # fmt: skip
"""In the order in which they are tried: a printer must not be given the reader's question to print."""
