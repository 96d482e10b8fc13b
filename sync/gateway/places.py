"""Places for what takes long: so many at once, and of them nobody may have all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sync.certificates import PeerName


class NoPlace(Exception):
    """All are taken, or all that this one may have."""


class Places:
    """`most` at once, `most_each` of one holder. Safe from any thread."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._held: Counter[PeerName] = Counter()
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def taken(self, holder: PeerName) -> Iterator[None]:
        """Hold a place. Raises NoPlace at once."""
        with self._one_at_a_time:
            if self._held.total() >= self._most or self._held[holder] >= self._most_each:
                raise NoPlace
            self._held[holder] += 1
        try:
            yield
        finally:
            with self._one_at_a_time:
                self._held[holder] -= 1
                self._held += Counter()  # forgets who holds none
