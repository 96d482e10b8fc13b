"""What stands above and below every place: whose point this is, and the strip that tells the truth."""

from __future__ import annotations

from msgspec import Struct

from devices.ports import Device, DeviceState, DeviceStatus, Paper, Reason
from kiosk.i18n import EN, ZH, Translator
from kiosk.intents import CallForHelp, SetLanguage, SetTextSize
from kiosk.phrases import day_and_time
from kiosk.session import Session
from kiosk.views import Level, PillView, StatusEntry, StatusView, TopBarView
from sync.model.moment import local_date, stamp, time_of_day
from sync.transport.outgoing import OutgoingLeft
from sync.transport.said import MirrorFault, MirrorSaid

TEXT_SIZES = ("standard", "large", "extra")


class LineState(Struct, frozen=True):
    """What is known of the way to the county. `acknowledged` is the last seq under its signature, at `at_ms` of its
    clock; `written` the last seq on this terminal, `oldest_ms` when the oldest unsent record was written.
    """

    acknowledged: int
    at_ms: int | None
    written: int
    oldest_ms: int | None
    connected: bool


class Truths(Struct, frozen=True):
    """Everything the strip is made from. `technician` is a line for the technician, "" when all is well; `mirror` is
    how the second medium is, None where there is none; `fetched` whether a case has come that was known by its receipt
    only.
    """

    line: LineState
    printer: DeviceStatus
    pad: DeviceStatus
    scanner: DeviceStatus
    reader: DeviceStatus
    clock_is_real: bool
    technician: str = ""
    attachments: OutgoingLeft = OutgoingLeft()
    mirror: MirrorSaid | None = None
    fetched: bool = False


def top_bar(tr: Translator, session: Session, point_name: str, town: str, now_ms: int) -> TopBarView:
    """Return the bar at the top."""
    other = EN if session.language == ZH else ZH
    next_size = TEXT_SIZES[(TEXT_SIZES.index(session.text_size) + 1) % len(TEXT_SIZES)]
    return TopBarView(
        point_name=point_name,
        place_and_time=f"{town} · {day_and_time(session.language, now_ms)}",
        pills=(
            PillView("language", "English" if other == EN else tr("简体中文"), SetLanguage(other)),
            PillView("text_size", tr("字号"), SetTextSize(next_size)),
            PillView("help", tr("叫人帮忙"), CallForHelp(), help=True),
        ),
    )


def status_strip(tr: Translator, truths: Truths, now_ms: int) -> StatusView:
    """Return the strip at the bottom. It claims nothing that is not so."""
    left = _line(tr, truths.line, now_ms)
    if not truths.clock_is_real:
        left.append(StatusEntry(tr("演示时钟"), Level.WARN))
    # In the order of what may be left out last where a screen is narrow.
    if truths.fetched:
        left.append(StatusEntry(tr("办件已取回，请再扫一次回执"), Level.NOTICE))
    if truths.technician:
        left.append(StatusEntry(truths.technician, Level.WARN))
    left += [*_mirror(tr, truths), *_attachments(tr, truths.attachments), *_scanner(tr, truths.scanner)]
    return StatusView(
        left=tuple(left), right=(*_reader(tr, truths.reader), _printer(tr, truths.printer), _pad(tr, truths.pad))
    )


def _when(at_ms: int, now_ms: int) -> str:
    """Return the time of day, with the day before it unless it is today: 14:32, or 11-14 14:32."""
    today = local_date(at_ms) == local_date(now_ms)
    return time_of_day(at_ms) if today else stamp(at_ms)[5:]


def _line(tr: Translator, line: LineState, now_ms: int) -> list[StatusEntry]:
    entries: list[StatusEntry] = []
    if line.acknowledged and line.at_ms is not None:
        text = tr("县里已收到前 {count} 条 · {time}", count=line.acknowledged, time=_when(line.at_ms, now_ms))
        entries.append(StatusEntry(text, Level.GOOD if line.connected else Level.NEUTRAL))
    waiting = line.written - line.acknowledged
    if waiting > 0 and line.oldest_ms is not None:
        text = tr("待上传 {count} 条 · 最早 {time}", count=waiting, time=_when(line.oldest_ms, now_ms))
        entries.append(StatusEntry(text, None if line.acknowledged else Level.NEUTRAL))
    if not line.connected:
        entries.append(StatusEntry(tr("线路不通，先存在本机")))
    return entries


def _attachments(tr: Translator, left: OutgoingLeft) -> list[StatusEntry]:
    entries: list[StatusEntry] = []
    if left.count:
        entries.append(StatusEntry(tr("附件还需 {size}", size=in_megabytes(left.size_bytes)), Level.NEUTRAL))
    if left.lost:
        entries.append(StatusEntry(tr("{count} 个附件坏了，请技术员处理", count=left.lost), Level.WARN))
    return entries


def in_megabytes(size_bytes: int) -> str:
    """Return a size as it is told: 3.2 MB, 0.1 MB at least."""
    return f"{max(size_bytes, 100_000) / 1_000_000:.1f} MB"


def _mirror(tr: Translator, truths: Truths) -> list[StatusEntry]:
    """Say that records are on one disk only, while they should be on two."""
    mirror, line = truths.mirror, truths.line
    if mirror is None or mirror.fault is None:
        return []
    missing = mirror.fault in (MirrorFault.MISSING, MirrorFault.SAME_DISK)
    text = tr("第二存储卡未插入") if missing else tr("第二存储卡写不进去")
    alone = line.written - max(line.acknowledged, mirror.seq)
    if alone > 0:
        text = f"{text} · {tr('{count} 条只在本机', count=alone)}"
    return [StatusEntry(text, Level.WARN)]


def _printer(tr: Translator, status: DeviceStatus) -> StatusEntry:
    if status.state in (DeviceState.READY, DeviceState.BUSY):
        words = {
            Paper.OK: (tr("打印机 正常 · 纸够用"), Level.GOOD),
            Paper.NEAR_END: (tr("打印机 纸快用完"), Level.WARN),
            Paper.OUT: (tr("打印机 没有纸"), Level.BAD),
            Paper.UNKNOWN: (tr("打印机 正常"), Level.GOOD),
        }
        return StatusEntry(*words[status.paper])
    fault = {
        Reason.PAPER_OUT: tr("打印机 没有纸"),
        Reason.COVER_OPEN: tr("打印机 盖子没合上"),
        Reason.CUTTER: tr("打印机 切纸刀卡住"),
        Reason.OVERHEATED: tr("打印机 太热，要凉一会儿"),
    }.get(status.reason, tr("打印机 有故障"))
    if status.keeps_rest:
        fault = tr("{fault} · 有半张没打完", fault=fault)
    return _device(status, tr("打印机 没接上"), tr("打印机 正在准备"), fault, tr("打印机 情况不明"))


def _pad(tr: Translator, status: DeviceStatus) -> StatusEntry:
    if status.state in (DeviceState.READY, DeviceState.BUSY):
        return StatusEntry(tr("评价器 正常"), Level.GOOD)
    return _device(status, tr("评价器 没接上"), tr("评价器 正在准备"), tr("评价器 有故障"), tr("评价器 情况不明"))


def _scanner(tr: Translator, status: DeviceStatus) -> list[StatusEntry]:
    """Say what is wrong with the scanner, and nothing where there is none: everything can be typed instead."""
    if status.state is DeviceState.FAULT:
        return [StatusEntry(tr("扫码器 有故障"), Level.WARN)]
    if status.state is DeviceState.ABSENT and status.reason is not Reason.NOT_CONFIGURED:
        return [StatusEntry(tr("扫码器 没接上"), Level.WARN)]
    return []


def _reader(tr: Translator, status: DeviceStatus) -> list[StatusEntry]:
    """Speak of the reader only where one is fitted and cannot read: without it everything goes on by hand."""
    if status.reason is Reason.NOT_CONFIGURED or status.state in (DeviceState.READY, DeviceState.STARTING):
        return []
    words = (tr("读卡器 没接上"), tr("读卡器 正在准备"), tr("读卡器 有故障"), tr("读卡器 没有反应"))
    return [_device(status, *words)]


def _device(status: DeviceStatus, absent: str, starting: str, fault: str, unknown: str) -> StatusEntry:
    words = {
        DeviceState.ABSENT: (absent, Level.BAD),
        DeviceState.STARTING: (starting, Level.NEUTRAL),
        DeviceState.FAULT: (fault, Level.BAD),
        DeviceState.UNKNOWN: (unknown, Level.NEUTRAL),
    }
    return StatusEntry(*words[status.state])


def silent(device: Device) -> DeviceStatus:
    """Return what is known of a device before it has said anything."""
    return DeviceStatus(device, DeviceState.STARTING)
