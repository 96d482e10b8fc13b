"""What a self-test says in Chinese of its parts, its verdicts and its reasons: on the screen, on paper, at the county.

The kiosk gives these to its translator.
Reasons that are not here are shown as they are written in the record: a newer driver may know more of them.
"""

from __future__ import annotations

import re

from sync.model.facts import CheckedPart

PARTS = {
    "receipt_printer": "打印机",
    "rating_pad": "评价器",
    "id_reader": "读卡器",
    "code_scanner": "扫码器",
    "touch": "触摸屏",
    "clock": "时钟",
    "disk": "磁盘",
    "network": "网络",
}
VERDICTS = {"ok": "正常", "fault": "有问题", "not_checked": "没有查"}
REASONS = {
    "not_configured": "没有装",
    "not_connected": "没接上",
    "unplugged": "中途断开了",
    "held_by_another_program": "接口被别的程序占用",
    "not_permitted": "没有权限打开接口",
    "never_answered": "接口开着，一直没有应答",
    "no_answer": "没有应答",
    "cannot_tell": "这种型号不报告状态",
    "paper_out": "没有纸了",
    "cover_open": "盖子没合上",
    "cutter": "切纸刀卡住了",
    "offline": "脱机",
    "device_error": "设备报错",
    "stalled": "收不进数据",
    "waited_too_long": "忙得太久",
    "cannot_print_this": "这张单子打不了",
    "font_unusable": "本机字库坏了",
    "noise": "线上有杂乱信号",
    "overheated": "打印机太热",
    "given_up": "没打完就停了",
    "in_two_parts": "中途换了纸，分成两段",
    "stuck": "驱动程序停住了",
    "self_test_failed": "设备自检没通过",
    "not_authorised": "安全模块没有授权",
    "not_understood": "收到的数据看不懂",
    "alt_codes": "设成了 Alt 码方式，请改成普通键盘方式",
    "stopped": "程序正在退出",
    "starting": "还在启动",
    "busy": "正忙",
    "skipped": "跳过了",
    "no_time": "时间不够",
    "no_screen": "这里没有屏幕",
    "not_all_touched": "有的格子没反应",
    "stuck_key": "有键卡住了",
    "window_not_possible": "不能逐个问键",
    "pad_absent": "没接上",
    "replaced": "被别的评价打断",
    "not_seen": "有人看过，没打出来",
    "run_ended": "程序中途停了",
    "steered": "时钟由文件控制，仅供演示",
    "behind": "比已经过去的时间还早，请校时",
    "ahead": "比确知的时间晚了好几年，请核对",
    "nothing_to_compare": "还没有收到县里的时间，没法比对",
    "unreadable": "读不出来",
    "nearly_full": "快满了",
    "never_heard": "还没有连上过县里",
    "no_line": "现在连不上县里",
}
KEY_SILENT = "“{key}”键没反应"
KEY_WRONG = "“{key}”键对不上"
KEYS = {
    "very_satisfied": "非常满意",
    "quite_satisfied": "很满意",
    "satisfied": "满意",
    "basically_satisfied": "基本满意",
    "average": "一般",
    "dissatisfied": "不满意",
    "quite_dissatisfied": "很不满意",
    "very_dissatisfied": "非常不满意",
}
"""What a key of a pad says, by its name in a reason."""
_KEY = re.compile(r"key_([a-z_]+)_(silent|wrong)")


def key_reason(reason: str) -> tuple[str, str] | None:
    """Return the sentence and what the key says of a reason about one key of the pad, None for other reasons."""
    found = _KEY.fullmatch(reason)
    if found is None or found[1] not in KEYS:
        return None
    return (KEY_SILENT if found[2] == "silent" else KEY_WRONG), KEYS[found[1]]


def reason_words(reason: str) -> str:
    """Return a reason in Chinese; "" for none."""
    key = key_reason(reason)
    if key is not None:
        return key[0].format(key=key[1])
    return REASONS.get(reason, reason)


def line_words(part: CheckedPart) -> str:
    """Return a part in one line: 评价器 有问题，“满意”键没反应."""
    why = f"，{reason_words(part.reason)}" if part.reason else ""
    return f"{PARTS.get(part.part, part.part)} {VERDICTS[part.verdict.value]}{why}"
