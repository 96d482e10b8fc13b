"""All devices, every lever, plug and bad line in any order: a short part of the campaign's `devices`."""

from __future__ import annotations

from itertools import pairwise

import pytest

from devices.ports import Device, DeviceState, DeviceStatus, Reason
from tests.devices.point.machines import WholePoint
from tests.devices.point.point import SETTINGS
from tests.devices.point.state_order import breach

TestPoint = WholePoint.TestCase
TestPoint.settings = SETTINGS


def status(state: DeviceState, reason: Reason = Reason.NONE, device: Device = Device.RATING_PAD) -> DeviceStatus:
    return DeviceStatus(device, state, reason)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (status(DeviceState.READY), status(DeviceState.READY), "told twice"),
        (status(DeviceState.ABSENT, Reason.STOPPED), status(DeviceState.STARTING), "after the end"),
        (status(DeviceState.READY), status(DeviceState.STARTING), "begins anew"),
        (status(DeviceState.ABSENT, Reason.UNPLUGGED), status(DeviceState.READY), "before its line was opened"),
        (status(DeviceState.READY), status(DeviceState.BUSY), "only a printer"),
        (status(DeviceState.READY), status(DeviceState.ABSENT, Reason.NOT_CONNECTED), "never to have been"),
        (status(DeviceState.UNKNOWN), status(DeviceState.READY, Reason.NO_ANSWER), "a reason not to be"),
    ],
)
def test_states_in_another_order_are_noticed(before: DeviceStatus, after: DeviceStatus, said: str) -> None:
    assert said in (breach(before, after) or "")


def test_the_order_in_which_a_device_comes_and_goes_is_kept() -> None:
    story = [
        status(DeviceState.STARTING),
        status(DeviceState.ABSENT, Reason.NOT_CONNECTED),
        status(DeviceState.FAULT, Reason.HELD_BY_ANOTHER_PROGRAM),
        status(DeviceState.STARTING),
        status(DeviceState.UNKNOWN, Reason.NEVER_ANSWERED),
        status(DeviceState.READY),
        status(DeviceState.FAULT, Reason.STUCK_KEY),
        status(DeviceState.READY),
        status(DeviceState.ABSENT, Reason.UNPLUGGED),
        status(DeviceState.STARTING),
        status(DeviceState.READY),
        status(DeviceState.ABSENT, Reason.STOPPED),
    ]
    assert [breach(before, after) for before, after in pairwise(story)] == [None] * 11
