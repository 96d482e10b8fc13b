"""Stands between one driver and everybody else, so that no driver, whatever it does, can break the rules of `ports`.

* Promises: every request that was accepted ends exactly once. An ending that nobody asked for, and a second one, goes
  no further; when the driver is given up, what it owes is ended here.
* Beat: a driver shows that it moves by touching its line or asking whether to stop. Who waits says for how long.
* Health: since when the device is how it is, when it was last heard, how often it was lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from devices.event_queue import EventQueue
from devices.health import DeviceHealth
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, Reason, ended_by

_log = logging.getLogger(__name__)


class Guard:
    """Used by any thread; publishes to `queue`."""

    def __init__(self, status: DeviceStatus, queue: EventQueue, monotonic_s: Callable[[], float]) -> None:
        """`status` is how the device is before anybody has said anything."""
        self._queue = queue
        self._monotonic_s = monotonic_s
        self._lock = Lock()
        self._owed: dict[str, DeviceEvent] = {}
        self._is_given_up = False
        self._status = status
        self._since_s = self._moving_until_s = monotonic_s()
        self._heard_s: float | None = None
        self._opened = self._lost = self._failed = 0

    @property
    def device(self) -> Device:
        """The device that is guarded."""
        return self._status.device

    @property
    def status(self) -> DeviceStatus:
        """The status as last published."""
        return self._status

    @property
    def is_given_up(self) -> bool:
        """Whether the driver has stopped moving and is not asked for anything."""
        return self._is_given_up

    def health(self) -> DeviceHealth:
        """Return how the device has been."""
        with self._lock:
            now_s = self._monotonic_s()
            heard_s = None if self._heard_s is None else now_s - self._heard_s
            return DeviceHealth(self._status, now_s - self._since_s, heard_s, self._opened, self._lost, self._failed)

    def promise(self, request_id: str, otherwise: DeviceEvent) -> bool:
        """Owe an ending for a request; `otherwise` is its ending if the driver is given up first.

        Returns False when the queue has no seat for the ending: the request must not be accepted.
        """
        if not self._queue.reserve():
            return False
        with self._lock:
            self._owed[request_id] = otherwise
        return True

    def owes(self, request_id: str) -> bool:
        """Whether the ending of a request is still to come."""
        with self._lock:
            return request_id in self._owed

    @property
    def owes_anything(self) -> bool:
        """Whether any ending is still to come."""
        with self._lock:
            return bool(self._owed)

    def withdraw(self, request_id: str) -> None:
        """Owe nothing any more for a request that the driver refused."""
        with self._lock:
            was_owed = self._owed.pop(request_id, None) is not None
        if was_owed:
            self._queue.release()

    def publish(self, event: DeviceEvent) -> None:
        """Let an event of the driver through, if it may be said."""
        with self._lock:
            self._tell(event)

    def give_up(self) -> None:
        """Say that the driver is stuck, and end what it owes; nothing else that it says counts until `take_up`."""
        with self._lock:
            self._tell(DeviceStatus(self.device, DeviceState.FAULT, Reason.STUCK))
            self._is_given_up = True
            self._failed += 1
            self._break_promises()

    def break_promises(self) -> None:
        """End every request that is still owed an ending."""
        with self._lock:
            self._break_promises()

    def _break_promises(self) -> None:
        for ending in list(self._owed.values()):
            self._tell(ending)

    def _tell(self, event: DeviceEvent) -> None:
        request_id = ended_by(event)
        if request_id is not None:
            if self._owed.pop(request_id, None) is None:
                # Not what it says: of a key that would be somebody's rating.
                _log.info("%s: an ending that is not owed goes no further: %s", self.device, type(event).__name__)
                return
        elif self._is_given_up:
            return
        if isinstance(event, DeviceStatus):
            self._status, self._since_s = event, self._monotonic_s()
        self._queue.put(event)

    def take_up(self) -> None:
        """Listen to the driver again: it has a new thread."""
        self._is_given_up = False
        self.moves()

    def moves(self, rests_s: float = 0.0) -> None:
        """Note that the driver moves, and that it may now rest for so many seconds."""
        self._moving_until_s = self._monotonic_s() + rests_s

    def still_s(self) -> float:
        """Return for how many seconds the driver has not moved although it should have; 0 while it may rest."""
        return max(0.0, self._monotonic_s() - self._moving_until_s)

    def heard(self) -> None:
        """Note that bytes came from the device."""
        self._heard_s = self._monotonic_s()

    def opened(self) -> None:
        """Note that the line was opened."""
        with self._lock:
            self._opened += 1

    def lost(self) -> None:
        """Note that the line ended under the driver."""
        with self._lock:
            self._lost += 1

    def failed(self) -> None:
        """Note that the driver failed."""
        with self._lock:
            self._failed += 1
