"""Places for what takes long: so many at once, and of them nobody may have all."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sync.peer_name import PeerName

T = TypeVar("T")


class NoPlace(Exception):
    """All are taken, or all that this one may have, or it went to a newer request of the same holder."""


class Place:
    """What a request holds. One that is lost is noticed by `lasting`."""

    def __init__(self, holder: PeerName) -> None:
        self.holder = holder
        self.lost = False

    def lasting(self, each: Iterable[T]) -> Iterator[T]:
        """Yield what comes as long as the place is held. Raises NoPlace when it is not."""
        for one in each:
            self._check()
            yield one
        self._check()

    def _check(self) -> None:
        if self.lost:
            raise NoPlace


class Places:
    """`most` at once, `most_each` of one holder. Safe from any thread.

    Args:
        most: for all holders together.
        most_each: for one of them.
        newest_first: who has as many as one may loses the oldest to the newest, because the oldest is likely to wait on
            a line that broke without a word; otherwise the newest is refused.
    """

    def __init__(self, most: int, most_each: int, *, newest_first: bool) -> None:
        self._most = most
        self._most_each = most_each
        self._newest_first = newest_first
        self._held: list[Place] = []
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def taken(self, holder: PeerName) -> Iterator[Place]:
        """Hold a place. Raises NoPlace at once."""
        with self._one_at_a_time:
            own = [place for place in self._held if place.holder == holder]
            if len(own) >= self._most_each:
                if not self._newest_first:
                    raise NoPlace
                own[0].lost = True
                self._held.remove(own[0])
            elif len(self._held) >= self._most:
                raise NoPlace
            place = Place(holder)
            self._held.append(place)
        try:
            yield place
        finally:
            with self._one_at_a_time:
                if not place.lost:
                    self._held.remove(place)
