"""Tells the status of one device, and only when it changes."""

from __future__ import annotations

from collections.abc import Callable

from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, Paper, Reason


class Announcer:
    """The last status of a device, and whom to tell about the next."""

    def __init__(self, device: Device, publish: Callable[[DeviceEvent], None]) -> None:
        self._publish = publish
        self._status = DeviceStatus(device, DeviceState.STARTING)

    @property
    def status(self) -> DeviceStatus:
        """The status as last told; `STARTING` before the first."""
        return self._status

    def say(
        self,
        state: DeviceState,
        reason: Reason = Reason.NONE,
        paper: Paper = Paper.UNKNOWN,
        *,
        keeps_rest: bool = False,
    ) -> None:
        """Publish the status unless it is what was said last."""
        status = DeviceStatus(self._status.device, state, reason, paper, keeps_rest)
        if status != self._status:
            self._status = status
            self._publish(status)
