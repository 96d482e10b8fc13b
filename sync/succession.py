"""One terminal takes the place of another of the same point: who says so, and what the new one is told.

The county's root says it in a statement: purpose "succession", subject "OLD>NEW" (the names of the two terminals; in
front of OLD, "NN>" for each that it had replaced itself, should none of its records ever reach the county), key that of
the county's chain to the new one. It goes from the grant through the gateway to the new terminal, which
names its predecessor in the first record of its own chain; the county believes that record by the statement alone.

The file `keys/succession` of a terminal, and entry 10 of the answer to its enrolment: CBOR {0: 1, 1: the statement,
2: id of the old chain, 3: seq of its last record that counts at the gateway, 4: that record's hash}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import STATEMENT_BYTES_MAX, Purpose, Statement, StatementRefused, Trust
from sync.peer_name import PeerName, PeerNameRefused, PeerRole
from sync.record import CHAIN_ID_BYTES, HASH_BYTES, Link

FILE = "keys/succession"
VERSION = 1
MESSAGE_BYTES_MAX = STATEMENT_BYTES_MAX + 128
SUCCESSION_BYTES_MAX = MESSAGE_BYTES_MAX + 128
EARLIER_MOST = 12
"""Terminals in one statement that OLD had replaced: as many as a subject has room for."""
_NUMBER = re.compile("[0-9]{2}")
_NAMES = {0: "version", 1: "statement", 2: "chain", 3: "seq", 4: "hash"}


class SuccessionMalformed(ValueError):
    """Not the encoding of a succession."""


class NoSuccession(ValueError):
    """The statement does not say that this terminal takes the place of another of its point."""


class Succession(Struct, frozen=True):
    """What a terminal that replaces another knows of it.

    Attributes:
        statement: the root's word, checked by `replaced_by`.
        last: where the old chain stood when its successor enrolled, as the gateway says; nobody relies on it.
    """

    statement: bytes
    last: Link

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        return cbor.encode({0: VERSION, 1: self.statement, 2: self.last.chain, 3: self.last.seq, 4: self.last.hash})

    @classmethod
    def decode(cls, content: bytes) -> Succession:
        """Read what `encode` wrote. Raises SuccessionMalformed."""
        try:
            held = Fields(cbor.decode(content, cbor.Limits(SUCCESSION_BYTES_MAX, values_max=16)), _NAMES)
            held.whole(0, VERSION, VERSION)
            last = Link(held.raw(2, CHAIN_ID_BYTES), held.whole(3), held.raw(4, HASH_BYTES))
            return cls(held.blob(1, MESSAGE_BYTES_MAX), last)
        except (cbor.CborRefused, FieldRefused) as cause:
            raise SuccessionMalformed(f"not a succession: {cause}") from cause


def succession_subject(old: PeerName, new: PeerName, earlier: Sequence[PeerName] = ()) -> str:
    """Return how a statement names that `new` takes the place of `old`, which had that of those `earlier`."""
    return ">".join([*(each.terminal for each in earlier[-EARLIER_MOST:]), old.urn(), new.urn()])


def lineage_of(new: PeerName, statement: bytes, trust: Trust) -> tuple[tuple[PeerName, ...], Statement]:
    """Return who had the place that `new` takes, the last one last, and the statement that says so.

    Raises NoSuccession.
    """
    try:
        held = trust.check(statement, Purpose.SUCCESSION, at_ms=None)
        front, _, new_urn = held.subject.rpartition(">")
        *earlier, old_urn = front.split(">")
        old = PeerName.from_urn(old_urn)
    except (StatementRefused, PeerNameRefused) as cause:
        raise NoSuccession(f"no word of the county's about a succession: {cause}") from cause
    if new_urn != new.urn():
        raise NoSuccession(f"it is about another terminal than {new.urn()}")
    if old.role is not PeerRole.TERMINAL or old.region != new.region:
        raise NoSuccession(f"{old.urn()} is not another terminal of the same point")
    numbers = [*earlier, old.terminal, new.terminal]
    if len({*numbers}) != len(numbers) or not all(_NUMBER.fullmatch(number) for number in numbers):
        raise NoSuccession(f"{old.urn()} is not another terminal of the same point, or a number is no number or twice")
    return tuple(PeerName(old.county, old.role, old.region, number) for number in numbers[:-1]), held


def replaced_by(new: PeerName, statement: bytes, trust: Trust) -> tuple[PeerName, Statement]:
    """Return whose place `new` takes, and the statement that says so. Raises NoSuccession."""
    before, held = lineage_of(new, statement, trust)
    return before[-1], held
