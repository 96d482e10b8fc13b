"""What became of an up-bundle, for whoever carried it: counts for each chain, nothing of what is in the records.

The answer to `POST /v1/bundles` is a frame with CBOR [1, terminal that asked or null, [[terminal, chain, new, known,
seq of the head, word, reason], ...]], then the down-bundle for that terminal, if there is one, to the end.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.record import CHAIN_ID_BYTES

REPORT_VERSION = 1
REPORT_BYTES_MAX = 64 * 1024
CHAINS_MAX = 64
"""In one bundle: a terminal's own chain, and those of dead terminals whose records somebody brings."""


class ReportMalformed(ValueError):
    """Not the encoding of a report."""


class Taken(StrEnum):
    """How it went with one chain."""

    ALL = "all"  # everything of it is stored
    GAP = "gap"  # records before these are missing
    FORK = "fork"  # another record is stored in the place of one of these
    REVOKED = "revoked"  # the county has ended this terminal: what came late is kept apart until it was looked at
    UNKNOWN = "unknown"  # no terminal with this chain is enrolled here
    MALFORMED = "malformed"  # not records, or not signed by the chain's key


class ChainReport(Struct, frozen=True):
    """What became of the records of one chain.

    Attributes:
        terminal: name of the chain's terminal, "" when it is not known.
        chain: 8 bytes.
        fresh: records stored now.
        known: records that had been stored before.
        head_seq: where the chain stands now; 0 when it is not known.
        taken: how it went; what came before a fault of the chain is stored.
        reason: a sentence when something was wrong, in English, for the log.
    """

    terminal: str
    chain: bytes
    fresh: int
    known: int
    head_seq: int
    taken: Taken
    reason: str = ""


class Report(Struct, frozen=True):
    """What became of a bundle. `asked_by` names the terminal that a down-bundle is for, None when nobody asked."""

    asked_by: str | None
    chains: tuple[ChainReport, ...]

    def encode(self) -> bytes:
        """Return its CBOR."""
        rows = tuple(
            (each.terminal, each.chain, each.fresh, each.known, each.head_seq, each.taken.value, each.reason[:200])
            for each in self.chains
        )
        return cbor.encode((REPORT_VERSION, self.asked_by, rows))


def decode_report(content: bytes) -> Report:
    """Read a report. Raises ReportMalformed."""
    try:
        limits = cbor.Limits(REPORT_BYTES_MAX, values_max=CHAINS_MAX * 8 + 8, depth_max=3)
        held = Fields(cbor.decode(content, limits), {0: "version", 1: "asked by", 2: "chains"})
        held.whole(0, REPORT_VERSION, REPORT_VERSION)
        names = {0: "terminal", 1: "chain", 2: "new", 3: "known", 4: "head", 5: "word", 6: "reason"}
        rows = [Fields(row, names) for row in held.array(2, CHAINS_MAX)]
        chains = tuple(
            ChainReport(
                row.text(0, 128),
                row.raw(1, CHAIN_ID_BYTES),
                row.whole(2),
                row.whole(3),
                row.whole(4),
                Taken(row.text(5, 16)),
                row.text(6, 200),
            )
            for row in rows
        )
        return Report(held.text(1, 128) if held.present(1) else None, chains)
    except (cbor.CborRefused, FieldRefused, ValueError) as cause:
        raise ReportMalformed(f"not a report: {cause}") from cause
