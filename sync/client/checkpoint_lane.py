"""The lane of checkpoints: the county's newest word about its tree, and whether it goes on from the one before.

A checkpoint that does not is kept as evidence beside the one that is held, which stays: somebody has to look. One that
begins a new epoch under the root's signature is taken, and the old one is kept as evidence. In all three cases the
county was put back: what it had acknowledged may be gone there, so it is asked and gets the rest again.
"""

from __future__ import annotations

from sync.client.arrivals import Arrivals
from sync.client.line import Answer, Carrier, LineFailed
from sync.protocol.checkpoint import CHECKPOINT_ANSWER_BYTES_MAX, Checkpoint
from sync.transport.line_state import LineFault


class CheckpointLane:
    """Fetches checkpoints. `arrivals` judges and keeps them."""

    def __init__(self, line: Carrier, arrivals: Arrivals) -> None:
        self._line = line
        self._arrivals = arrivals

    def run(self) -> None:
        """Fetch the newest checkpoint. Raises LineFailed, TransportRefused, Stopped."""
        journal = self._arrivals.queue.journal()
        if journal is None:
            return
        held = self._arrivals.transport.checkpoint()
        answer = self._asked(held)
        self._arrivals.checkpoint(answer.body, journal, held)

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
