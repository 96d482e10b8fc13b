"""What of the devices a technician is asked for on the strip."""

from __future__ import annotations

import pytest

from devices.health import DeviceHealth
from devices.ports import Device, DeviceState, DeviceStatus, Reason
from kiosk.assets import Assets
from kiosk.device_words import LONG_S, device_sentence
from kiosk.i18n import EN, Translator

PRINTER, PAD = Device.RECEIPT_PRINTER, Device.RATING_PAD
WELL = DeviceHealth(DeviceStatus(PRINTER, DeviceState.READY), 9e9)


@pytest.fixture
def tr() -> Translator:
    return Translator(Assets.from_environment({}).locale_dir)


def told(tr: Translator, state: DeviceState, reason: Reason, since_s: float) -> str:
    pad = DeviceHealth(DeviceStatus(PAD, state, reason), since_s, lost=3)
    return device_sentence(tr, {PRINTER: WELL, PAD: pad})


def test_a_stuck_driver_is_told_at_once_and_a_device_that_is_away_after_ten_minutes(tr: Translator) -> None:
    assert told(tr, DeviceState.FAULT, Reason.STUCK, 0.0) == "评价器的程序没有反应，请重新启动本机"
    assert told(tr, DeviceState.ABSENT, Reason.UNPLUGGED, LONG_S - 1) == ""
    said = "评价器已有 10 分钟不能用，断开过 3 次，请技术员检查"
    assert told(tr, DeviceState.ABSENT, Reason.UNPLUGGED, LONG_S) == said
    assert told(tr, DeviceState.FAULT, Reason.NOT_PERMITTED, LONG_S) == said
    tr.speak(EN)
    assert "Rating pad out of use for 10 min" in told(tr, DeviceState.ABSENT, Reason.UNPLUGGED, LONG_S)


def test_the_card_reader_is_told_of_as_well(tr: Translator) -> None:
    reader = DeviceHealth(DeviceStatus(Device.ID_READER, DeviceState.FAULT, Reason.NOT_AUTHORISED), LONG_S)
    assert device_sentence(tr, {Device.ID_READER: reader}) == "读卡器已有 10 分钟不能用，请技术员检查"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DeviceState.READY, Reason.NONE),
        (DeviceState.UNKNOWN, Reason.NEVER_ANSWERED),
        (DeviceState.ABSENT, Reason.NOT_CONFIGURED),
        (DeviceState.FAULT, Reason.PAPER_OUT),
        (DeviceState.FAULT, Reason.COVER_OPEN),
    ],
)
def test_what_is_well_or_the_agent_can_mend_calls_no_technician(
    tr: Translator, state: DeviceState, reason: Reason
) -> None:
    assert told(tr, state, reason, 9e9) == ""
