"""The one queue from all devices to the kiosk: bounded, never blocking a device's thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition

from devices.ports import CardTrouble, DeviceEvent, DeviceStatus, StrayKey


class EventQueue:
    """Events in order. When it is full the oldest status goes first, then the oldest stray key, then the
    oldest trouble with a card.

    The endings of jobs, windows and readings are never dropped: there are only as many of them as the
    kiosk asked for. Stray keys of one kind that follow each other are
    added up. `notify` is called after every event, in the device's thread: it must return at once.
    """

    def __init__(self, limit: int, notify: Callable[[], None]) -> None:
        self._limit = limit
        self._notify = notify
        self._events: deque[DeviceEvent] = deque()
        self._changed = Condition()

    def put(self, event: DeviceEvent) -> None:
        """Add an event."""
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
        self._events.append(event)
        if len(self._events) > self._limit:
            self._drop_one()

    def _drop_one(self) -> None:
        for droppable in (DeviceStatus, StrayKey, CardTrouble):
            for event in self._events:
                if isinstance(event, droppable):
                    self._events.remove(event)
                    return
