"""Receiving segments from a stream: each is verified and handed in as it arrives, also when the line dies then.

The unit of retry is one segment: what was whole before the line died is committed and need not come again. One
stream carries segments of one chain. A byte budget and a time budget end a stream early, so that slow lines do not
hold every thread; what came is answered and the sender goes on in a new request.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum

from msgspec import Struct

from sync.clock import Clock
from sync.gateway.admission import Decision, Refusal, Verdict, refusal_of
from sync.gateway.sequencer import Committing
from sync.gateway.store import Chain, Store, Submission
from sync.peer_name import PeerName
from sync.protocol.frame import LENGTH_BYTES, FrameRefused, decode_length
from sync.protocol.segment import SEGMENT_BYTES_MOST, Segment, SegmentRefused, decode_segment
from sync.record import Link

POST_BYTES_MAX = 1024 * 1024
"""Of one stream. Slow lines reach the limit of time first."""
POST_S_MAX = 60


class Ending(StrEnum):
    """How a stream ended."""

    WHOLE = "whole"  # the sender said all it had to say
    BUDGET = "budget"  # it may go on in another request
    CUT = "cut"  # the line died, or the sender fell silent
    MALFORMED = "malformed"  # not segments, or not signed
    GAP = "gap"
    FORK = "fork"
    LATE = "revoked"  # of a closed chain: kept apart, and not acknowledged
    REFUSED = "refused"


class Reception(Struct, frozen=True):
    """What came of a stream.

    Attributes:
        chain: the chain it was about; None when that never became clear or the gateway does not know it.
        head: where that chain stands, as it was committed; None when nothing was decided about it.
        ending: why reading stopped, or what was wrong with a segment; the first wrong one counts.
        accepted: records stored now.
        replayed: segments that were stored before.
        reason: a sentence when something was wrong.
    """

    chain: bytes | None
    ending: Ending
    head: Link | None = None
    accepted: int = 0
    replayed: int = 0
    reason: str = ""


class StreamRefused(ValueError):
    """The stream goes no further; `ending` says how, the message why."""

    def __init__(self, ending: Ending, reason: str) -> None:
        super().__init__(reason)
        self.ending = ending


_REFUSALS = {
    Refusal.CHAIN_UNKNOWN: "this gateway takes no records of this chain",
    Refusal.NOT_THE_HOLDER: "this chain belongs to somebody else",
}
_WRONG = {
    Verdict.GAP: Ending.GAP,
    Verdict.FORK: Ending.FORK,
    Verdict.LATE: Ending.LATE,
    Verdict.REFUSED: Ending.REFUSED,
}


class Intake:
    """Turns streams into committed records. `bytes_max` and `s_max` are the budgets of one stream."""

    def __init__(
        self,
        store: Store,
        sequencer: Committing,
        clock: Clock,
        bytes_max: int = POST_BYTES_MAX,
        s_max: float = POST_S_MAX,
    ) -> None:
        self._store = store
        self._sequencer = sequencer
        self._clock = clock
        self._bytes_max = bytes_max
        self._ms_max = int(s_max * 1000)

    def receive(self, peer: PeerName, read: Callable[[int], bytes]) -> Reception:
        """Read segments from `read(size)` until they end, and return once what came is committed.

        `read` returns fewer bytes only at the end, and raises OSError when the line died. Raises
        StoreUnavailable.
        """
        stream = _Stream(self._store, self._sequencer, peer)
        ending, reason = Ending.WHOLE, ""
        until_ms = self._clock.boot_ms() + self._ms_max
        left = self._bytes_max
        try:
            while (content := _next_frame(read)) is not None:
                stream.take(content)
                left -= LENGTH_BYTES + len(content)
                if left <= 0 or self._clock.boot_ms() >= until_ms:
                    ending = Ending.BUDGET
                    break
        except StreamRefused as refusal:
            ending, reason = refusal.ending, str(refusal)
        return self._settled(stream, ending, reason)

    def _settled(self, stream: _Stream, ending: Ending, reason: str) -> Reception:
        decisions = self._sequencer.decisions(stream.decided)
        for decision in decisions:
            if decision.verdict in _WRONG:
                ending, reason = _WRONG[decision.verdict], _sentence(decision)
                break
        return Reception(
            stream.chain.standing.head.chain if stream.chain else None,
            ending,
            head=decisions[-1].head if decisions else None,
            accepted=sum(len(decision.fresh) for decision in decisions),
            replayed=sum(decision.verdict is Verdict.REPLAYED for decision in decisions),
            reason=reason,
        )


class _Stream:
    """One stream as far as it was read."""

    def __init__(self, store: Store, sequencer: Committing, peer: PeerName) -> None:
        self._store = store
        self._sequencer = sequencer
        self._peer = peer
        self.chain: Chain | None = None
        self.decided: list[Future[Decision]] = []

    def take(self, content: bytes) -> None:
        """Verify one segment and hand it in. Raises StreamRefused."""
        try:
            segment = decode_segment(content)
            chain = self._chain_of(segment)
            records = segment.open(chain.public_key)
        except SegmentRefused as cause:
            raise StreamRefused(Ending.MALFORMED, str(cause)) from cause
        self.decided.append(self._sequencer.hand_in(Submission(records, self._peer, content)))

    def _chain_of(self, segment: Segment) -> Chain:
        if self.chain is not None:
            if segment.after.chain != self.chain.standing.head.chain:
                raise StreamRefused(Ending.MALFORMED, "one request carries segments of one chain")
            return self.chain
        chain = self._store.chain(segment.after.chain)
        refusal = refusal_of(self._peer, chain.standing if chain else None)
        if chain is None or refusal is not None:
            raise StreamRefused(Ending.REFUSED, _REFUSALS[refusal or Refusal.CHAIN_UNKNOWN])
        self.chain = chain
        return chain


def _next_frame(read: Callable[[int], bytes]) -> bytes | None:
    """The content of the next frame; None at a proper end. Raises StreamRefused."""
    try:
        prefix = read(LENGTH_BYTES)
        if not prefix:
            return None
        if len(prefix) == LENGTH_BYTES:
            length = decode_length(prefix, SEGMENT_BYTES_MOST)
            content = read(length)
            if len(content) == length:
                return content
    except FrameRefused as cause:
        raise StreamRefused(Ending.MALFORMED, str(cause)) from cause
    except OSError as cause:
        raise StreamRefused(Ending.CUT, "the line died in the middle of a segment") from cause
    raise StreamRefused(Ending.CUT, "the stream ended in the middle of a segment")


def _sentence(decision: Decision) -> str:
    head_seq = decision.head.seq if decision.head else 0
    if decision.verdict is Verdict.FORK:
        return f"record {decision.forked_seq} is stored with another content; both are kept as evidence"
    if decision.verdict is Verdict.GAP:
        return f"records are missing: the chain is stored to {head_seq}"
    if decision.verdict is Verdict.LATE:
        return "the county has closed this chain; what comes now is kept apart for somebody to look at"
    return _REFUSALS[decision.refusal or Refusal.CHAIN_UNKNOWN]
