"""When the county's tree grows: soon after chains did, and not more often than its interval.

A lone terminal's head becomes a leaf before its upload is answered; when a whole county sends at once, the heads of
an interval become leaves together. What a crash left between a commit and its leaves grows at the next start.
"""

from __future__ import annotations

import logging

from sync.clock import Clock
from sync.gateway.store import Store, StoreUnavailable

INTERVAL_S = 1.0
_log = logging.getLogger(__name__)


class Growth:
    """Grows the tree of a store. Used by one thread, the sequencer's.

    Args:
        store: holds chains and tree.
        clock: dates the checkpoints, and measures the interval by the machine's uptime.
        interval_s: the tree grows at most once in so many seconds.
    """

    def __init__(self, store: Store, clock: Clock, interval_s: float = INTERVAL_S) -> None:
        self._store = store
        self._clock = clock
        self._interval_ms = int(interval_s * 1000)
        self._due_ms = clock.boot_ms()
        self._behind = True

    def chains_grew(self) -> None:
        """Say that records were committed."""
        self._behind = True

    def wait_s(self) -> float | None:
        """Return in how many seconds `run` has something to do, None when only records can change that."""
        return max(0.0, (self._due_ms - self._clock.boot_ms()) / 1000) if self._behind else None

    def run(self) -> None:
        """Grow if chains did and it is time. A store that cannot now is tried again after an interval."""
        if self._behind and self._clock.boot_ms() >= self._due_ms:
            try:
                self._grow(restate=False)
            except StoreUnavailable as cause:
                _log.error("the county's tree has not grown: %s", cause)
            except Exception:
                # Records are safe without a checkpoint: whoever waits for them must not fail for the tree's sake.
                _log.exception("the county's tree has not grown")

    def restate(self) -> None:
        """State the tree with the present time, whether it grows or not. Raises StoreUnavailable."""
        self._grow(restate=True)

    def _grow(self, *, restate: bool) -> None:
        self._due_ms = self._clock.boot_ms() + self._interval_ms
        self._store.grow_tree(self._clock.wall_ms(), restate=restate)
        self._behind = False
