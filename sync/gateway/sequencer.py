"""One commit for many requests: submissions are gathered for a moment and appended in one transaction.

A disk that syncs a hundred times a second carries thousands of records when they share their syncs. What is
handed in waits at most `gather_s`; as soon as a request wants its answer, or enough has come, what is there is
committed. While one commit runs, the next batch gathers by itself.

The same thread lets the county's tree grow (`sync.gateway.growth`), so that heads become leaves in one order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from sync.clock import Clock
from sync.gateway.admission import Decision
from sync.gateway.growth import INTERVAL_S, Growth
from sync.gateway.store import Store, StoreUnavailable, Submission

GATHER_S = 0.1
GATHERED_SUBMISSIONS = 48
"""As many are committed at once without waiting for more, while those who sent them still send: about 2,000 records."""
BATCH_SUBMISSIONS_MAX = 256
WAITING_SUBMISSIONS_MAX = 2048
"""Bounds the memory of a gateway whose disk has become slow."""


@dataclass(slots=True)
class Waiting:
    """A segment that was handed in, and the decision about it that somebody may wait for."""

    submission: Submission
    decided: Future[Decision] = field(default_factory=Future)


class Committing(Protocol):
    """Where segments are handed in: `Sequencer`, or something that commits without a thread of its own."""

    def hand_in(self, submission: Submission) -> Future[Decision]:
        """See `Sequencer.hand_in`."""

    def decisions(self, futures: Sequence[Future[Decision]]) -> list[Decision]:
        """See `Sequencer.decisions`."""

    def restate(self) -> None:
        """See `Sequencer.restate`."""


class Sequencer:
    """The only one that appends records and leaves to the store. One thread; `close` commits what is left and ends it.

    Args:
        store: what is appended to.
        clock: the county's.
        gather_s: how long a segment waits for others.
        tree_interval_s: how often the tree grows at most.
    """

    def __init__(
        self, store: Store, clock: Clock, gather_s: float = GATHER_S, tree_interval_s: float = INTERVAL_S
    ) -> None:
        self._store = store
        self._clock = clock
        self._gather_s = gather_s
        self._growth = Growth(store, clock, tree_interval_s)
        self._restated: list[Future[None]] = []
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._wanted = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._thread.start()

    def hand_in(self, submission: Submission) -> Future[Decision]:
        """Take a verified segment; it will be committed whether or not anybody asks for the result.

        Raises StoreUnavailable when too many wait already or the sequencer is closed.
        """
        waiting = Waiting(submission)
        with self._changed:
            if self._closing or len(self._waiting) >= WAITING_SUBMISSIONS_MAX:
                raise StoreUnavailable("the gateway cannot take more records now")
            self._waiting.append(waiting)
            # Whoever gathers is woken for the first and when there are enough, not 200 times a second for nothing.
            if len(self._waiting) in (1, GATHERED_SUBMISSIONS):
                self._changed.notify_all()
        return waiting.decided

    def decisions(self, futures: Sequence[Future[Decision]]) -> list[Decision]:
        """Commit now what these wait for, and return what was decided. Raises StoreUnavailable."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
        return [future.result() for future in futures]

    def restate(self) -> None:
        """State the county's tree with the present time and all that was committed before. Raises StoreUnavailable."""
        restated: Future[None] = Future()
        with self._changed:
            if self._closing:
                raise StoreUnavailable("the gateway is closing")
            self._restated.append(restated)
            self._changed.notify_all()
        restated.result()

    def close(self) -> None:
        """Commit what was handed in, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            batch, restated = self._next()
            if batch:
                commit(self._store, self._growth, batch, self._clock.wall_ms())
            self._restate(restated)
            self._growth.run()
            if not batch and self._closing:
                return

    def _restate(self, restated: Sequence[Future[None]]) -> None:
        if not restated:
            return
        try:
            self._growth.restate()
        except Exception as cause:
            for future in restated:
                future.set_exception(cause)
        else:
            for future in restated:
                future.set_result(None)

    def _next(self) -> tuple[list[Waiting], list[Future[None]]]:
        """Wait for something to do: segments, somebody who wants the tree stated, or neither: the tree's time."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._restated or self._closing, timeout=self._growth.wait_s()
            )
            if self._waiting:
                self._changed.wait_for(
                    lambda: self._wanted or self._closing or len(self._waiting) >= GATHERED_SUBMISSIONS,
                    timeout=self._gather_s,
                )
                self._wanted = False
            restated, self._restated = self._restated, []
            count = min(BATCH_SUBMISSIONS_MAX, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)], restated


def commit(store: Store, growth: Growth, batch: Sequence[Waiting], now_ms: int) -> None:
    """Append a batch in one transaction, let the tree grow, and tell everybody who waits what was decided."""
    try:
        decisions = store.append([waiting.submission for waiting in batch], now_ms)
    except Exception as cause:
        if len(batch) > 1 and not isinstance(cause, StoreUnavailable):
            # One segment that the store cannot bear must not take the others with it.
            for waiting in batch:
                commit(store, growth, [waiting], now_ms)
            return
        # Whoever waits is told; the next batch is tried anew, on a disk that may have room again.
        for waiting in batch:
            waiting.decided.set_exception(cause)
    else:
        if any(decision.fresh for decision in decisions):
            growth.chains_grew()
            # Before anybody is answered: a lone terminal that asks for a checkpoint then finds its head in it.
            growth.run()
        for waiting, decision in zip(batch, decisions, strict=True):
            waiting.decided.set_result(decision)
