"""What reads a printer's bytes, and what a simulated printer reads."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from devices.printer.status import REPORT_BYTES, Heard, Said, StatusReader, health_in
from devices.sim.escpos_reader import COMMAND_BYTES_MAX, EscPosReader, Op
from tests.campaign.wires.eater import Eater, Feed, Moment

_STATUSES = (
    Heard(Said.ANSWER, b"\x12"),
    Heard(Said.ANSWER, b"\x7e"),
    Heard(Said.MARKER, b"\x03"),
    Heard(Said.FORGOTTEN, b"\x37\x25\x00"),
)
_REPORT = Heard(Said.REPORT, b"\x18\x00\x0f\x00")
_FLOW = b"\x11\x13"
_COMMANDS: tuple[tuple[bytes, Op], ...] = (
    (b"\x1b@", Op.INIT),
    (b"A", Op.TEXT),
    (b"\n", Op.LINE_FEED),
    (b"\x1ba\x01", Op.ALIGN),
    (b"\x1d!\x11", Op.SIZE),
    (b"\x1bd\x03", Op.FEED_LINES),
    (b"\x1dv0\x00\x02\x00\x03\x00" + bytes(6), Op.RASTER),
    (b"\x1b*\x21\x02\x00" + bytes(6), Op.COLUMNS),
    (b"\x1d(k\x04\x001A2\x00", Op.SKIPPED),
    (b"\x1d(k\x07\x001P0text", Op.QR_STORE),
    (b"\x1dVB\x00", Op.CUT),
    (b"\x10\x04\x01", Op.STATUS),
    (b"\x1dr\x01", Op.END_MARKER),
)


def _status(*, reports: bool) -> tuple[object, Feed]:
    reader = StatusReader(reports=reports)
    return reader, lambda data, _: list(reader.feed(data))


def _valid_status(rng: Random, *, reports: bool) -> tuple[list[Moment], list[object]]:
    heard = rng.choices((*_STATUSES, _REPORT) if reports else _STATUSES, k=20)
    return [(0, b"".join(each.data for each in heard))], list(heard)


def _every_byte_is_told_once(stream: bytes, said: Sequence[object]) -> None:
    """XON and XOFF apart, and at the end the beginning of something."""
    told = b"".join(each.data for each in said if isinstance(each, Heard))
    heard = stream.translate(None, _FLOW)
    assert heard.startswith(told), "bytes were told in another order, or twice"
    assert len(heard) - len(told) < REPORT_BYTES, "bytes were passed over"
    for each in said:
        if isinstance(each, Heard) and each.said is Said.REPORT:
            health_in(each.data)


def _commands(coding: str) -> tuple[object, Feed]:
    reader = EscPosReader(coding)
    return reader, lambda data, _: [(operation.op, operation.raw) for operation in reader.feed(data)]


def _valid_commands(rng: Random, character: bytes) -> tuple[list[Moment], list[object]]:
    commands = rng.choices((*_COMMANDS, (character, Op.TEXT)), k=30)
    return [(0, b"".join(raw for raw, _ in commands))], [(op, raw) for raw, op in commands]


def _every_byte_is_taken_once(stream: bytes, said: Sequence[object]) -> None:
    """At the end there may be the beginning of a command."""
    taken = [each[1] for each in said if isinstance(each, tuple)]
    assert all(taken), "a command of no bytes"
    assert stream.startswith(b"".join(taken)), "bytes were taken in another order, or twice"


def _command_row(coding: str, character: bytes) -> Eater:
    return Eater(
        f"commands to a printer, {coding}",
        (EscPosReader,),
        lambda: _commands(coding),
        lambda rng: rng.choice((*_COMMANDS, (character, Op.TEXT)))[0],
        lambda rng: _valid_commands(rng, character),
        COMMAND_BYTES_MAX,
        _every_byte_is_taken_once,
    )


PRINTER = (
    *(
        Eater(
            f"statuses of a printer{', with reports' if reports else ''}",
            (StatusReader, health_in),
            lambda reports=reports: _status(reports=reports),  # type: ignore[misc]  # bound here
            lambda rng: rng.choice((*_STATUSES, _REPORT)).data,
            lambda rng, reports=reports: _valid_status(rng, reports=reports),  # type: ignore[misc]  # bound here
            REPORT_BYTES - 1,
            _every_byte_is_told_once,
        )
        for reports in (False, True)
    ),
    _command_row("gb18030", "柳".encode("gb18030")),
    _command_row("gb18030-4byte", "㛃".encode("gb18030")),
    _command_row("utf-8", "柳".encode()),
)
