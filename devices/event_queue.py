"""The one queue from all devices to the kiosk: bounded, never blocking a device's thread.

A request is accepted only when the queue keeps a seat for its ending. Half of the queue can be seats, so there is
always something else to drop: the queue is never longer than its limit, and no ending is ever lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition

from devices.ports import DeviceEvent, DeviceStatus, StrayKey, ended_by

_DROPPED_FIRST = (DeviceStatus, StrayKey)
"""What goes first when the queue is full: how a device is can be asked at any time. Then whatever ends nothing."""


class EventQueue:
    """Events in order. When it is full the oldest status goes first, then the oldest stray key.

    Stray keys of one kind that follow each other are added up. `notify` is called after every event, in the device's
    thread: it must return at once.
    """

    def __init__(self, limit: int, notify: Callable[[], None]) -> None:
        self._limit = limit
        self._notify = notify
        self._events: deque[DeviceEvent] = deque()
        self._reserved = 0
        self._changed = Condition()

    def reserve(self) -> bool:
        """Keep a seat for one ending; False when too many are kept, or taken by endings that nobody has fetched."""
        with self._changed:
            endings = sum(ended_by(event) is not None for event in self._events)
            if self._reserved + endings >= self._limit // 2:
                return False
            self._reserved += 1
            return True

    def release(self) -> None:
        """Give back a seat for an ending that will not come."""
        with self._changed:
            self._reserved -= 1

    def put(self, event: DeviceEvent) -> None:
        """Add an event; an ending takes the seat that was kept for it."""
        with self._changed:
            self._add(event)
            self._changed.notify_all()
        self._notify()

    def drain(self) -> list[DeviceEvent]:
        """Return and remove all events, oldest first, without waiting."""
        with self._changed:
            events = list(self._events)
            self._events.clear()
            return events

    def get(self, timeout_s: float) -> DeviceEvent | None:
        """Return and remove the oldest event, or None if none came within `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._events), timeout_s)
            return self._events.popleft() if self._events else None

    def _add(self, event: DeviceEvent) -> None:
        last = self._events[-1] if self._events else None
        if (
            isinstance(event, StrayKey)
            and isinstance(last, StrayKey)
            and (event.kind, event.window_id) == (last.kind, last.window_id)
        ):
            self._events[-1] = StrayKey(event.kind, event.count + last.count, event.window_id)
            return
        if ended_by(event) is not None:
            self._reserved = max(0, self._reserved - 1)
        self._events.append(event)
        if len(self._events) > self._limit:
            self._drop_one()

    def _drop_one(self) -> None:
        droppable = [event for event in self._events if ended_by(event) is None]
        for kind in (*_DROPPED_FIRST, object):
            for event in droppable:
                if isinstance(event, kind):
                    self._events.remove(event)
                    return
