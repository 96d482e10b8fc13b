"""The one queue to the kiosk, under any order of what devices and the kiosk may do with it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.event_queue import EventQueue
from devices.guard import Guard
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, JobEnded, Outcome, Stray, StrayKey, ended_by

LIMIT = 6
STEPS = (
    *("ask", "ask", "end", "end", "end again", "end what nobody asked", "refuse"),
    *("status", "stray", "give up"),
)
BURSTS = st.lists(
    st.tuples(st.lists(st.sampled_from(STEPS), min_size=20, max_size=60), st.sampled_from(("take one", "take all"))),
    max_size=4,
)
"""What the devices do between two looks of the kiosk, and how it then looks."""


class Play:
    """A queue and a guard, and what somebody who watches knows must come of it."""

    def __init__(self) -> None:
        self.queue = EventQueue(LIMIT, lambda: None)
        self.guard = Guard(DeviceStatus(Device.RATING_PAD, DeviceState.READY), self.queue, time.monotonic)
        self.numbers = count()
        self.open: list[str] = []
        self.ended: list[str] = []
        self.taken: list[DeviceEvent] = []

    def do(self, step: str) -> None:
        match step:
            case "ask":
                self._ask()
            case "end" if self.open:
                self._end(self.open.pop(0))
            case "end again" if self.ended:
                self.guard.publish(JobEnded(self.ended[-1], Outcome.UNKNOWN))
            case "end what nobody asked":
                self.guard.publish(JobEnded(f"invented-{next(self.numbers)}", Outcome.PRINTED))
            case "refuse" if self.open:
                self.guard.withdraw(self.open.pop())
            case "status":
                self.guard.publish(DeviceStatus(Device.RATING_PAD, DeviceState.BUSY))
            case "stray":
                self.guard.publish(StrayKey(Stray.NOISE, 1, str(next(self.numbers))))
            case "take one":
                self.taken += filter(None, [self.queue.get(0.0)])
            case "take all":
                self.taken += self.queue.drain()
            case "give up":
                self.guard.give_up()
                self.ended += self.open
                self.open = []
                self.guard.take_up()

    def _ask(self) -> None:
        job_id = str(next(self.numbers))
        if self.guard.promise(job_id, JobEnded(job_id, Outcome.UNKNOWN)):
            self.open.append(job_id)

    def _end(self, job_id: str) -> None:
        self.guard.publish(JobEnded(job_id, Outcome.PRINTED))
        self.ended.append(job_id)


def endings(events: Iterable[DeviceEvent]) -> list[str]:
    return [job_id for event in events if (job_id := ended_by(event)) is not None]


@settings(max_examples=150, deadline=None)
@given(BURSTS)
def test_the_queue_never_outgrows_its_limit_and_brings_every_ending_once_in_order(
    bursts: list[tuple[list[str], str]],
) -> None:
    play = Play()
    for step in (step for steps, look in bursts for step in (*steps, look)):
        play.do(step)
        assert len(play.queue._events) <= LIMIT
    play.taken += play.queue.drain()
    assert endings(play.taken) == play.ended


def test_a_kiosk_that_takes_nothing_is_refused_at_half_the_queue_and_loses_no_ending() -> None:
    play = Play()
    for step in ("ask", "end", "status", "stray") * 50:
        play.do(step)
    assert len(play.queue._events) == LIMIT
    assert len(play.ended) == LIMIT // 2
    assert endings(play.queue.drain()) == play.ended
