"""Guards the question for a case against trying the last four of an identity number one after the other."""

from __future__ import annotations

from sync.clock import Clock

TRIES = 5
WAIT_S = 60
DOUBLINGS_MAX = 6


class QueryGuard:
    """Counts wrong answers of whoever stands here; from the fifth on everybody waits, longer each time.

    It outlives the visitors and knows nothing of them: only how many tries were wrong, and until when to wait.
    """

    def __init__(self, clock: Clock) -> None:
        """Wait by boot time, which nobody can set."""
        self._clock = clock
        self._wrong = 0
        self._until_ms = 0

    def wait_s(self) -> int:
        """Return how many seconds nobody can ask, 0 when it is possible now."""
        return max(0, -(-(self._until_ms - self._clock.boot_ms()) // 1000))

    def wrong(self) -> None:
        """Count a try that found nothing."""
        self._wrong += 1
        over = self._wrong - TRIES
        if over >= 0:
            self._until_ms = self._clock.boot_ms() + WAIT_S * 1000 * 2 ** min(over, DOUBLINGS_MAX)

    def right(self) -> None:
        """Forget the wrong tries: somebody had a receipt in hand."""
        self._wrong = 0
