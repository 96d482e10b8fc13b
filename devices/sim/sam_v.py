"""What a SAM_V module does between its bytes: hears commands, says answers, and goes wrong in the ways that levers say.

No line and no clock: `SamV.hear` takes bytes and returns the answers, each a piece to be said after a pause.
"""

from __future__ import annotations

import random

from msgspec import Struct
from msgspec.structs import replace

from devices.id_reader.frames import COMMAND_LENGTH_MAX, Command, Deframer, Status, frame
from devices.sim.cards import SimulatedCard

SAM_NUMBER = bytes.fromhex("05 00 01 00 39 33 34 01 15 CD 5B 07 78 56 34 12")
SLOW_S = 2.0
READING_S = 0.05
"""How long the module itself takes for what a card holds."""


class ReaderLevers(Struct, frozen=True):
    """How the reader goes wrong.

    `pull_away`: the card is taken away whenever reading it has begun. `forgetful`: a card that was read is found again
    where it lies, as some readers do. What is wrong with the line is the port's (`devices.sim.noisy_port`).
    """

    dead: bool = False
    slow: bool = False
    garbage: bool = False
    wrong_checksum: bool = False
    pull_away: bool = False
    forgetful: bool = False
    not_authorised: bool = False
    self_test_failed: bool = False


class Said(Struct, frozen=True):
    """Bytes to be said after `after_s` seconds."""

    data: bytes
    after_s: float


class SamV:
    """One module and the card that lies on it."""

    def __init__(self, rng: random.Random) -> None:
        self.levers = ReaderLevers()
        self.card: SimulatedCard | None = None
        self.layings = 0
        self.reads: list[int] = []
        """The layings whose text was given away, once for every time."""
        self._rng = rng
        self._deframer = Deframer(3, COMMAND_LENGTH_MAX)
        self._found = self._selected = self._given = False

    def pull(self, **levers: bool) -> None:
        """Set the levers that are given. Raises `TypeError` for one that there is not."""
        self.levers = replace(self.levers, **levers)

    def lay(self, card: SimulatedCard) -> None:
        """Put a card down in place of any that lies there."""
        self.take_away()
        self.card = card
        self.layings += 1

    def take_away(self) -> None:
        """Take the card away."""
        self.card = None
        self._found = self._selected = self._given = False

    def reset(self) -> None:
        """Lose power and get it back: nothing is remembered."""
        self._deframer = Deframer(3, COMMAND_LENGTH_MAX)
        self._found = self._selected = self._given = False

    def hear(self, data: bytes) -> list[Said]:
        """Take what came over the line and return what is said to it."""
        if self.levers.dead:
            return []
        return [self._spoilt(*self._answer(content)) for content in self._deframer.feed(data)]

    def _answer(self, content: bytes) -> tuple[bytes, float]:
        """Return what is said to a command, and how long that takes."""
        if self.levers.self_test_failed:
            return _said(Status.SELF_TEST_FAILED), 0.0
        if self.levers.not_authorised:
            return _said(Status.NOT_AUTHORISED), 0.0
        try:
            command = Command(content[:2])
        except ValueError:
            return _said(Status.BAD_COMMAND), 0.0
        match command:
            case Command.STATUS:
                return _said(Status.OK), 0.0
            case Command.SAM_NUMBER:
                return _said(Status.OK, SAM_NUMBER), 0.0
            case Command.FIND:
                return self._find(), 0.0
            case Command.SELECT:
                return self._select(), 0.0
            case Command.READ:
                return self._read(), READING_S
            case Command.NEWEST_ADDRESS:
                return self._newest_address(), 0.0

    def _find(self) -> bytes:
        self._selected = False
        self._found = self.card is not None and not (self._given and not self.levers.forgetful)
        return _said(Status.FOUND, bytes(4)) if self._found else _said(Status.NOT_FOUND)

    def _select(self) -> bytes:
        self._selected = self._found and self.card is not None
        return _said(Status.OK, bytes(8)) if self._selected else _said(Status.NOT_SELECTED)

    def _read(self) -> bytes:
        if self.levers.pull_away:
            self.take_away()
        card = self.card
        if card is None or not self._selected:
            return _said(Status.READ_FAILED)
        if card.refusal is not None:
            return _said(card.refusal)
        self._given = True
        self.reads.append(self.layings)
        lengths = b"".join(len(part).to_bytes(2, "big") for part in (card.text, card.photo))
        if card.fingerprint:
            lengths += len(card.fingerprint).to_bytes(2, "big")
        return _said(Status.OK, lengths + card.text + card.photo + card.fingerprint)

    def _newest_address(self) -> bytes:
        if self.card is None or not self._selected:
            return _said(Status.READ_FAILED)
        address = self.card.newest_address
        return _said(Status.OK, address) if address else _said(Status.NO_CONTENT)

    def _spoilt(self, data: bytes, takes_s: float) -> Said:
        """Return an answer with what a faulty module does to it."""
        rng, levers, spoilt = self._rng, self.levers, bytearray(data)
        if levers.wrong_checksum:
            spoilt[-1] ^= 0x5A
        if levers.garbage:
            spoilt[:0] = rng.randbytes(rng.randrange(1, 40))
        return Said(bytes(spoilt), takes_s + (SLOW_S if levers.slow else 0.0))


def _said(status: Status, data: bytes = b"") -> bytes:
    return frame(bytes((0, 0, status)) + data)
