"""The lane of checkpoints: the county's newest word about its tree, and whether it goes on from the one before.

A checkpoint that does not is kept as evidence beside the one that is held, which stays: somebody has to look. One that
begins a new epoch under the root's signature is taken, and the old one is kept as evidence. In all three cases the
county was put back: what it had acknowledged may be gone there, so it is asked and gets the rest again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sync.client.line import Answer, Carrier, LineFailed
from sync.clock import Clock
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalRefused
from sync.keys import Trust
from sync.protocol.checkpoint import (
    CHECKPOINT_ANSWER_BYTES_MAX,
    Checkpoint,
    CheckpointAnswer,
    CheckpointForked,
    CheckpointMalformed,
    CheckpointNotTrusted,
    CheckpointOfAnotherEpoch,
    CheckpointWentBack,
    HeadNotIncluded,
    verify_checkpoint,
)
from sync.protocol.recovery import Begun
from sync.record import Link
from sync.transport.line_state import LineFault, LogFork
from sync.transport.transport import Transport

_log = logging.getLogger(__name__)

LEAF_WITHIN_MS = 10_000
"""The head of a chain that has grown becomes a leaf within a second or two; after so long it should be one."""


class CheckpointLane:
    """Fetches and checks checkpoints.

    Args:
        line: to the gateway.
        transport: where the newest is kept, and the evidence.
        trust: the county's root.
        journal: returns the terminal's journal, None while there is none; raises LineFailed.
        clock: dates the evidence.
    """

    def __init__(
        self,
        line: Carrier,
        transport: Transport,
        trust: Trust,
        journal: Callable[[], JournalReader | None],
        clock: Clock,
    ) -> None:
        self._line = line
        self._transport = transport
        self._trust = trust
        self._journal = journal
        self._clock = clock

    def run(self) -> None:
        """Fetch the newest checkpoint. Raises LineFailed, TransportRefused, Stopped."""
        journal = self._journal()
        if journal is None:
            return
        held = self._transport.checkpoint()
        answer = self._asked(held)
        said = self._verified(answer, journal.chain, held)
        if said.head is not None:
            _check_own(said.head, journal)
        if said.recovered is not None and held is not None:
            told = _recovered_sentence(said.recovered, held)
            evidence = LogFork(self._clock.wall_ms(), LineFault.LOG_WENT_BACK, told, answer.body)
            self._transport.keep_checkpoint(said.checkpoint, answer.body, evidence)
            _log.warning("%s", told)
        elif said.checkpoint != held:
            self._transport.keep_checkpoint(said.checkpoint, answer.body)
        if self._lacks_acknowledged(said, journal.chain):
            _log.warning("the county's log lacks what was acknowledged long before it was stated: it is asked again")
            self._transport.doubt()

    def _lacks_acknowledged(self, said: CheckpointAnswer, chain: bytes) -> bool:
        """Whether the log was stated long after an acknowledgement and does not hold what that acknowledged.

        A county put back to a day after the checkpoint that is held has a log that goes on from it: nothing else shows.
        """
        acknowledged = self._transport.acknowledgement(chain)
        if acknowledged is None or said.checkpoint.at_ms < acknowledged.at_ms + LEAF_WITHIN_MS:
            return False
        return acknowledged.link.seq > (said.head.seq if said.head is not None else 0)

    def _asked(self, held: Checkpoint | None) -> Answer:
        asked = f"?from={held.size}&epoch={held.epoch}" if held else "?from=0"
        answer = self._line.ask(f"/v1/checkpoint{asked}", CHECKPOINT_ANSWER_BYTES_MAX)
        if answer.broken is not None:
            raise answer.broken
        if answer.status == 403:
            raise LineFailed(LineFault.NOT_ADMITTED, f"the gateway does not take this terminal ({answer.refusal})")
        if answer.status != 200:
            raise LineFailed(
                LineFault.REQUEST_REFUSED, f"the gateway gives no checkpoint ({answer.status} {answer.refusal})"
            )
        return answer

    def _verified(self, answer: Answer, chain: bytes, held: Checkpoint | None) -> CheckpointAnswer:
        try:
            return verify_checkpoint(answer.body, self._trust, chain, held)
        except CheckpointMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except CheckpointNotTrusted as cause:
            raise LineFailed(LineFault.NOT_SIGNED, str(cause)) from cause
        except CheckpointWentBack as cause:
            raise self._evident(LineFault.LOG_WENT_BACK, answer, cause) from cause
        except (CheckpointForked, CheckpointOfAnotherEpoch, HeadNotIncluded) as cause:
            raise self._evident(LineFault.LOG_FORKED, answer, cause) from cause

    def _evident(self, fault: LineFault, answer: Answer, cause: Exception) -> LineFailed:
        """Keep what came beside what is held."""
        self._transport.keep_log_fork(LogFork(self._clock.wall_ms(), fault, str(cause), answer.body))
        return LineFailed(fault, f"{cause}; both are kept as evidence")


def _recovered_sentence(begun: Begun, held: Checkpoint) -> str:
    kept = min(begun.kept.size, held.size)
    return (
        f"the county's root has signed that its log was put back: epoch {begun.epoch} keeps {kept} of the "
        f"{held.size} entries seen here; the old checkpoint is kept as evidence"
    )


def _check_own(head: Link, journal: JournalReader) -> None:
    """Check that the head in the county's tree is a record that this terminal wrote. Raises LineFailed."""
    try:
        record = journal.record(head.seq)
    except JournalRefused as cause:
        raise LineFailed(LineFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}") from cause
    if record is None:
        raise LineFailed(
            LineFault.COUNTY_AHEAD, f"the county's log has record {head.seq} of this chain, the journal does not"
        )
    if record.hash != head.hash:
        raise LineFailed(LineFault.FORKED, f"the county's log has another record {head.seq} of this chain")
