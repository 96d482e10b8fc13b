"""Which status of a device may follow which: the order that every driver keeps."""

from __future__ import annotations

from devices.ports import Device, DeviceState, DeviceStatus, Reason

_NOT_OPENED = frozenset(
    {Reason.HELD_BY_ANOTHER_PROGRAM, Reason.NOT_PERMITTED, Reason.DEVICE_ERROR, Reason.FONT_UNUSABLE, Reason.STUCK}
)
"""Why a device can be at fault without a line; a device error can also be what the device itself says."""


def is_without_line(status: DeviceStatus) -> bool:
    """Whether nobody can be speaking with the device."""
    return status.state is DeviceState.ABSENT or (status.state is DeviceState.FAULT and status.reason in _NOT_OPENED)


def breach(before: DeviceStatus, after: DeviceStatus) -> str | None:
    """Return which rule `after` breaks when it follows on `before`, None if it may follow."""
    if before == after:
        return "the same is told twice"
    if before.reason is Reason.STOPPED:
        return "something is told after the end"
    if after.state is DeviceState.STARTING and not is_without_line(before):
        return "a device begins anew that had not gone"
    if before.state is DeviceState.ABSENT and not (is_without_line(after) or after.state is DeviceState.STARTING):
        return "a device is there before its line was opened"
    if after.state is DeviceState.BUSY and after.device is not Device.RECEIPT_PRINTER:
        return "only a printer is ever busy"
    if after.reason is Reason.NOT_CONNECTED and before.state is not DeviceState.STARTING:
        return "a device that was there is said never to have been"
    if (after.state is DeviceState.READY) and after.reason is not Reason.NONE:
        return "a device is ready and yet has a reason not to be"
    return None
