"""What the technician and the agent are told when the county's log or keys, or the machine's time, are not right."""

from __future__ import annotations

from kiosk.i18n import Translator
from sync.model.county_day import ClockStanding
from sync.transport.line_state import LineFault


def log_sentence(tr: Translator, fault: LineFault | None) -> str:
    """Return the line for the strip, "" for a fault that is about neither. Records go on being written."""
    if fault is LineFault.LOG_WENT_BACK:
        return tr("县里的记录比以前少，请报告县里；本机照常保存和上传")
    if fault is LineFault.LOG_FORKED:
        return tr("县里的记录和以前对不上，请报告县里；本机照常保存和上传")
    if fault is LineFault.REVOKED:
        return tr("对方用的是县里已作废的密钥，没有采信，请报告县里；本机照常保存")
    if fault is LineFault.NOT_VOUCHED:
        return tr("县里网关的密钥过期或时钟不对，暂时收不下，请报告县里；本机照常保存")
    return ""


def clock_sentence(tr: Translator, standing: ClockStanding) -> str:
    """Return the line for the strip, "" while the machine's time can be right. Nobody is refused for its sake."""
    if standing is ClockStanding.BEHIND:
        return tr("本机时间不对，请找技术员校时；照常办件")
    if standing is ClockStanding.AHEAD:
        return tr("本机时间可能不对，请找技术员核对；照常办件，期限待定")
    return ""
