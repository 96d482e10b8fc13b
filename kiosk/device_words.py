"""What the technician is told of devices on the strip: only what nobody at the point can put right in a moment."""

from __future__ import annotations

from collections.abc import Mapping

from devices.health import DeviceHealth
from devices.ports import Device, DeviceState, Reason
from kiosk.i18n import Translator

LONG_S = 600.0
"""So long a device may be away or at fault before a technician is asked for."""
_AGENT_MENDS = frozenset({Reason.NOT_CONFIGURED, Reason.PAPER_OUT, Reason.COVER_OPEN})


def device_sentence(tr: Translator, devices: Mapping[Device, DeviceHealth]) -> str:
    """Return the line for the strip, "" when no device needs a technician."""
    names = {
        Device.RECEIPT_PRINTER: tr("打印机"),
        Device.RATING_PAD: tr("评价器"),
        Device.ID_READER: tr("读卡器"),
        Device.CODE_SCANNER: tr("扫码器"),
    }
    for device, health in devices.items():
        status = health.status
        if status.reason is Reason.STUCK:
            return tr("{device}的程序没有反应，请重新启动本机", device=names[device])
        is_away = status.state in (DeviceState.ABSENT, DeviceState.FAULT) and status.reason not in _AGENT_MENDS
        if is_away and health.since_s >= LONG_S:
            minutes = int(health.since_s // 60)
            if not health.lost:
                return tr("{device}已有 {minutes} 分钟不能用，请技术员检查", device=names[device], minutes=minutes)
            return tr(
                "{device}已有 {minutes} 分钟不能用，断开过 {count} 次，请技术员检查",
                device=names[device], minutes=minutes, count=health.lost,
            )  # fmt: skip
    return ""
