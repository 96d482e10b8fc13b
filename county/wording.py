"""What the console calls things, in the words of county halls. Texts of packs are shown as written."""

from __future__ import annotations

from datetime import date

from county.cases import (
    AcceptCase,
    CloseCase,
    Command,
    DecideCase,
    ExtendDeadline,
    MarkReady,
    RefuseToAccept,
    RequireSupplement,
    ResumeCase,
    SuspendCase,
    TerminateCase,
)
from county.deeds import What
from county.duties import Duty
from county.papers import PaperVerdict
from county.ratings import Turn
from county.timing import Doubt
from sync.model.case import Effect
from sync.model.deadline import CaseClock
from sync.model.facts import (
    ActorClass,
    Author,
    Channel,
    IdentityFrom,
    Kind,
    LaterProof,
    MaterialState,
    Outcome,
    Role,
    SlipKind,
    SlipResult,
    Stage,
    Urgency,
)
from sync.model.later import LaterEffect, RatingOutcome
from sync.model.light import Light
from sync.model.moment import day_in_words, local_date, time_of_day
from sync.model.transitions import Status

STATUS = {
    Status.DRAFT: "草稿",
    Status.AWAITING_MATERIALS: "等材料",
    Status.TAKEN_IN: "待受理",
    Status.ACCEPTED: "办理中",
    Status.SUPPLEMENT_REQUIRED: "等补正",
    Status.SUSPENDED: "已中止",
    Status.DECIDED: "已决定，待出结果",
    Status.READY: "结果待领",
    Status.DELIVERED: "已送达，待归档",
    Status.CLOSED: "已办结",
    Status.NOT_ACCEPTED: "不予受理",
    Status.WITHDRAWN: "已撤回",
    Status.TERMINATED: "已终止",
}

KIND = {
    Kind.ONE_TIME_NOTICE_GIVEN: "一次性告知",
    Kind.CASE_TAKEN_IN: "代办收件",
    Kind.CASE_WITHDRAWN: "申请人撤回",
    Kind.SUPPLEMENT_RECEIVED: "收到补正材料",
    Kind.RESULT_DELIVERED: "结果送达",
    Kind.DELAY_EXPLAINED: "向申请人说明延期",
    Kind.RATING_INVITED: "请申请人评价",
    Kind.RATING_GIVEN: "申请人评价",
    Kind.RATING_NOT_GIVEN: "未评",
    Kind.RATING_REASONS_GIVEN: "申请人说要改进什么",
    Kind.RATED_LATER: "事后评价",
    Kind.STRAY_KEYS_SEEN: "评价器窗口外按键",
    Kind.SLIP_ISSUED: "出单",
    Kind.SLIP_ENDED: "打印结果",
    Kind.RECEIPT_SEEN: "有人出示回执",
    Kind.CASE_KEY_CHANGED: "换新回执",
    Kind.ATTACHMENT_ADDED: "添加附件",
    Kind.CASE_ACCEPTED: "受理",
    Kind.CASE_NOT_ACCEPTED: "不予受理",
    Kind.SUPPLEMENT_REQUIRED: "要求补正",
    Kind.CASE_SUSPENDED: "中止办理",
    Kind.CASE_RESUMED: "继续办理",
    Kind.CASE_DECIDED: "作出决定",
    Kind.RESULT_READY: "结果办好",
    Kind.CASE_CLOSED: "办结归档",
    Kind.CASE_TERMINATED: "终止办理",
    Kind.DEADLINE_EXTENDED: "延长期限",
    Kind.CASE_GIVEN: "交给接替的终端接着办",
    Kind.RECORD_GIVEN: "转告换机前的记录",
    Kind.CASE_TOLD: "告知别处的办件情况",
    Kind.TERMINAL_KEYS_TOLD: "告知各终端的公钥",
    Kind.TERMINAL_STARTED: "终端启动",
    Kind.CHAIN_BEGUN: "接替旧终端",
    Kind.SHIFT_OPENED: "联络员上岗",
    Kind.SHIFT_CLOSED: "锁屏交班",
    Kind.SIGN_IN_REFUSED: "口令输错",
    Kind.CLOCK_MOVED: "时钟变动",
    Kind.PACK_INSTALLED: "启用资料包",
    Kind.PACK_REFUSED: "拒用资料包",
    Kind.CONTENT_KEY_SEALED: "换用内容密钥",
    Kind.DESK_KEY_MADE: "启用阅读密钥",
    Kind.LATE_TAIL_ACCEPTED: "认可迟到的记录",
    Kind.LATE_TAIL_REFUSED: "不认迟到的记录",
    Kind.BODIES_ERASED: "清除到期正文",
    Kind.READERS_CHANGED: "更换县里的开封密钥",
    Kind.DESK_GRANTED: "授权联络员开柜台",
    Kind.DESK_ACCESS_GIVEN: "发联络员卡",
    Kind.DESK_ACCESS_ENDED: "停用联络员卡",
    Kind.JOURNAL_FOUND_DAMAGED: "自查发现记录损坏",
    Kind.SELF_TESTED: "设备自检",
    Kind.STICK_WRITTEN: "写到 U 盘",
    Kind.STICK_READ: "从 U 盘读回",
}

COMMAND: dict[type[Command], str] = {
    AcceptCase: "受理",
    RefuseToAccept: "不予受理",
    RequireSupplement: "要求补正",
    SuspendCase: "中止",
    ResumeCase: "续办",
    DecideCase: "作出决定",
    MarkReady: "登记结果",
    CloseCase: "办结归档",
    TerminateCase: "终止",
    ExtendDeadline: "延长期限",
}

DUTY = {Duty.INTAKE: "收件", Duty.DECIDER: "审批", Duty.SUPERVISOR: "督查"}
ROLE = {Role.DIRECT: "直办", Role.PROXY: "代办", Role.ASSIST: "协办", Role.TELL: "公开告知"}
URGENCY = {Urgency.URGENT: "紧急", Urgency.ORDINARY: "一般", Urgency.SPECIAL: "特殊"}
IDENTITY_FROM = {
    IdentityFrom.TYPED: "身份证号手工填写",
    IdentityFrom.CARD: "身份证由读卡填入",
    IdentityFrom.CARD_CHANGED: "身份证由读卡填入，之后手工改过",
    IdentityFrom.NO_READER: "身份证号手工填写：读卡器用不了",
    IdentityFrom.NO_CARD: "身份证号手工填写：没有带身份证",
    IdentityFrom.CARD_NOT_READABLE: "身份证号手工填写：身份证读不出来",
}
OUTCOME = {Outcome.APPROVED: "同意", Outcome.REFUSED: "不同意"}
STAGE = {Stage.TAKEN_IN: "收件时", Stage.DELIVERED: "送达时"}
CHANNEL = {Channel.PAD: "评价器", Channel.SCREEN: "屏幕"}
LIGHT = {Light.BAD: "超期", Light.WARN: "今天到期", Light.NOTICE: "快到期", Light.NORMAL: "正常"}
CLOCK = {
    CaseClock.PROMISE: "代办承诺",
    CaseClock.STATUTORY: "法定期限",
    CaseClock.DELIVERY: "送达期限",
}
MATERIAL = {
    MaterialState.ORIGINAL_SEEN: "原件已看",
    MaterialState.COPY_TAKEN: "复印件已收",
    MaterialState.PROMISED: "容缺，承诺后补",
    MaterialState.MISSING: "缺",
}
SLIP = {
    SlipKind.RECEIPT: "代办收件回执",
    SlipKind.ONE_TIME_NOTICE: "一次性告知单",
    SlipKind.SUPPLEMENT: "补正材料接收单",
    SlipKind.WITHDRAWAL: "撤回申请确认单",
    SlipKind.DELIVERY: "结果送达单",
    SlipKind.DELAY: "延期说明单",
    SlipKind.GUIDE: "办事指南",
    SlipKind.CHECKLIST: "材料清单",
    SlipKind.AGENT_CARD: "联络员卡",
    SlipKind.SELF_TEST: "自检单",
    SlipKind.RATING: "评价凭条",
}
SLIP_RESULT = {
    SlipResult.PRINTED: "已打印",
    SlipResult.NOT_PRINTED: "没有打印",
    SlipResult.UNKNOWN: "不知道打出来没有",
}
ACTOR = {
    ActorClass.AGENT: "联络员",
    ActorClass.CITIZEN: "申请人",
    ActorClass.PAD: "评价器",
    ActorClass.TECHNICIAN: "技术员",
    ActorClass.SYSTEM: "系统",
    ActorClass.COUNTY: "县里",
}
AUTHOR = {Author.TERMINAL: "村里", Author.COUNTY: "县里"}
EFFECT = {
    Effect.MOVED: "",
    Effect.NOTED: "",
    Effect.OVERRULED: "没有生效",
    Effect.PARKED: "待核查",
    Effect.UNKNOWN: "新版本的记录，需要升级后查看",
}
WHAT = {
    What.LOGGED_IN: "登录",
    What.LOGIN_REFUSED: "口令错误",
    What.LOCKED_OUT: "多次输错，暂停登录",
    What.LOGGED_OUT: "退出",
    What.OPENED: "打开个人信息",
    What.ACTED: "办理",
    What.REFUSED: "越权被拒",
}
GRAVE = frozenset({What.LOGIN_REFUSED, What.LOCKED_OUT, What.REFUSED})
REASON_NOT_RATED = {
    "timed_out": "到时间没有按",
    "closed": "窗口提前关了",
    "replaced": "换了下一位",
    "pad_absent": "评价器没有接上",
    "noise": "只收到杂乱的信号",
    "stuck_key": "评价器的键卡住了",
    "stopped": "终端停机",
    "declined": "申请人不想评",
    "session_ended": "申请人已经离开",
}
OUTCOME_OF_RATING = {
    RatingOutcome.GIVEN: "已评",
    RatingOutcome.NOT_GIVEN: "未评",
    RatingOutcome.WAITING: "已邀请，结果还没到",
    RatingOutcome.NOT_ASKED: "没有邀请",
}
LATER_PROOF = {
    LaterProof.PAPER: "凭回执或凭条",
    LaterProof.CHECKED: "凭编号和身份证后四位",
    LaterProof.STATED: "凭编号和身份证后四位",
}
LATER_PUT_BY = {
    LaterEffect.TOO_LATE: "事后评价过了期限，不计入，原话保留",
    LaterEffect.ONCE_MORE: "这次服务已经评过、追评过，再来的不计入，原话保留",
    LaterEffect.NO_SERVICE: "事后评价没有对应的服务，先不计入",
    LaterEffect.NOT_PROVEN: "事后评价的凭据和办件对不上，先不计入",
}
TURN = {
    Turn.TO_GOOD: "由差评转为满意",
    Turn.TO_BAD: "由满意转为差评",
    Turn.STILL_BAD: "仍是差评",
    Turn.STILL_GOOD: "仍是满意",
    Turn.UNREAD: "内容读不到",
}
DOUBT = {
    Doubt.DATED_BEFORE: "时间记早了",
    Doubt.DATED_AFTER: "时间记晚了",
    Doubt.CLOCK_SET: "时钟拨动",
    Doubt.CLOCK_JUMPED: "时钟拨动，没有报告",
    Doubt.RESTARTED: "重新启动",
    Doubt.TOO_FAST: "办得太快",
    Doubt.UNKNOWN_CHECKPOINT: "存证点不存在",
    Doubt.JOURNAL_DAMAGED: "终端记录损坏",
    Doubt.COUNTY_CONTRADICTS: "县里时间矛盾",
}
PAPER = {
    PaperVerdict.FITS: "相符",
    PaperVerdict.FORGED: "回执是假的：签名不是那台终端的",
    PaperVerdict.REWRITTEN: "终端签发回执以后改写了记录：县里收到的不是回执上的那一条",
    PaperVerdict.MISSING: "回执上的记录县里还没有收到：可能还没上传，也可能被删掉了",
    PaperVerdict.UNKNOWN_TERMINAL: "回执上的终端县里不认识",
}


def kind_in_words(kind: int) -> str:
    """What a record's kind is called; a kind of a newer version by its number."""
    try:
        return KIND[Kind(kind)]
    except ValueError:
        return f"新版本的记录（{kind} 号）"


def day(value: date | None) -> str:
    """11月30日."""
    return "" if value is None else day_in_words(value)


def moment(wall_ms: int | None) -> str:
    """11月23日 14:32."""
    return "" if wall_ms is None else f"{day_in_words(local_date(wall_ms))} {time_of_day(wall_ms)}"


def wait(milliseconds: int) -> str:
    """How long to wait, rounded up: 15 秒, 2 分钟."""
    seconds = -(-milliseconds // 1000)
    return f"{seconds} 秒" if seconds < 120 else f"{-(-seconds // 60)} 分钟"


def span(milliseconds: int) -> str:
    """How long something is, rounded down in its largest unit: 58 秒, 5 分钟, 3 小时, 2 天."""
    seconds = milliseconds // 1000
    for unit, length_s in (("天", 86_400), ("小时", 3_600), ("分钟", 60)):
        if seconds >= 2 * length_s or (seconds >= length_s and seconds % length_s == 0):
            return f"{seconds // length_s} {unit}"
    return f"{seconds} 秒"
