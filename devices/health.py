"""How a device has been: what a technician asks first, and what a self-test prints."""

from __future__ import annotations

from msgspec import Struct

from devices.ports import DeviceStatus


class DeviceHealth(Struct, frozen=True):
    """One device since the hub was made. All times are seconds before now.

    Attributes:
        status: how it is.
        since_s: how long it has been so.
        heard_s: when bytes last came from it; None: never.
        opened: how often its line was opened.
        lost: how often its line ended under it: unplugged, or closed by the other end.
        failed: how often its driver failed, died or was given up because it had stopped moving.
    """

    status: DeviceStatus
    since_s: float
    heard_s: float | None = None
    opened: int = 0
    lost: int = 0
    failed: int = 0

    @property
    def reopened(self) -> int:
        """How often its line was opened again after the first time."""
        return max(0, self.opened - 1)
