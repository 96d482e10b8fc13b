"""What speaks on a serial port: questions that only one kind of device answers, and how its answer is known. Pure.

Two cannot be found by asking: a pad never speaks first, and some printers never answer at all.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from devices.id_reader.frames import Command, ReplyDecoder, encode
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
    """Whether a SAM_V module has answered, whatever it says about itself."""
    return bool(ReplyDecoder().feed(answer))


_FORGET_LINE = b"\x1b@"
"""ESC @: a printer that took the reader's question for text forgets it."""

TRIALS = (
    *(Trial("a receipt printer", baud, question(PRINTER) + question(PAPER), _is_printer)
      for baud in (9600, 19200, 38400, 115200)),
    Trial("a reader of ID cards", 115200, encode(Command.STATUS), _is_reader, _FORGET_LINE),
)  # fmt: skip
"""In the order in which they are tried: a printer must not be given the reader's question to print."""
