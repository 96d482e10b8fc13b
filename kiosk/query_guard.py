"""Guards the question for a case against trying the last four of an identity number one after the other."""

from __future__ import annotations

from sync.clock import Clock

TRIES = 5
WAIT_S = 60
DOUBLINGS_MAX = 6
FORGOTTEN_MS = 3_600_000


class QueryGuard:
    """Counts wrong answers of whoever stands here; from the fifth on everybody waits, longer each time.

    It outlives the visitors and knows nothing of them: only about which case a try was wrong, for an hour. A right one
    takes back those about the same case only: whoever has a paper of their own cannot try out another's for
    ever by showing their own in between.
    """

    def __init__(self, clock: Clock) -> None:
        """Wait by boot time, which nobody can set."""
        self._clock = clock
        self._wrong: list[tuple[int, str]] = []
        self._until_ms = 0

    def wait_s(self) -> int:
        """Return how many seconds nobody can ask, 0 when it is possible now."""
        return max(0, -(-(self._until_ms - self._clock.boot_ms()) // 1000))

    def wrong(self, case_no: str) -> None:
        """Count a try that found nothing."""
        now_ms = self._clock.boot_ms()
        self._wrong = [each for each in self._wrong if each[0] > now_ms - FORGOTTEN_MS] + [(now_ms, case_no)]
        over = len(self._wrong) - TRIES
        if over >= 0:
            self._until_ms = now_ms + WAIT_S * 1000 * 2 ** min(over, DOUBLINGS_MAX)

    def right(self, case_no: str) -> None:
        """Forget the wrong tries about a case: somebody had its receipt in hand."""
        self._wrong = [each for each in self._wrong if each[1] != case_no]
