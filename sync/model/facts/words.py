"""The closed vocabularies that facts use: who, how, what kind. Values are what stands on the wire."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Author(StrEnum):
    """Whose chain a fact was read from. Judged by the chain's key, never by what the record says of itself."""

    TERMINAL = "terminal"
    COUNTY = "county"


class ActorClass(IntEnum):
    """Who acted, as the record says."""

    AGENT = 1
    CITIZEN = 2
    PAD = 3
    TECHNICIAN = 4
    SYSTEM = 5
    COUNTY = 6


class Role(StrEnum):
    """What the village point does for an item (村级角色)."""

    DIRECT = "direct"  # 直办
    PROXY = "proxy"  # 代办
    ASSIST = "assist"  # 协办
    TELL = "tell"  # 公开告知、咨询


class Urgency(StrEnum):
    """How soon the agent promises to act."""

    URGENT = "urgent"  # 紧急
    ORDINARY = "ordinary"  # 一般
    SPECIAL = "special"  # 特殊


class Outcome(StrEnum):
    """What the county decided."""

    APPROVED = "approved"
    REFUSED = "refused"


class MaterialState(StrEnum):
    """How an obligatory or optional material was met at the desk."""

    ORIGINAL_SEEN = "original_seen"  # 原件已看
    COPY_TAKEN = "copy_taken"  # 复印件已收
    PROMISED = "promised"  # 容缺
    MISSING = "missing"


class IdentityFrom(StrEnum):
    """Where the applicant's identity number in an application comes from."""

    TYPED = "typed"  # 手工填写
    CARD = "card"  # 读身份证
    CARD_CHANGED = "card_changed"  # 读身份证, then something that the card had filled in was changed by hand
    NO_READER = "no_reader"  # 手工填写: the item wants a card, and no reader could read one
    NO_CARD = "no_card"  # 手工填写: the item wants a card, and the applicant has none here
    CARD_NOT_READABLE = "card_not_readable"  # 手工填写: the item wants a card, and this one cannot be read


class DeskGift(StrEnum):
    """Who let an agent open the desk."""

    FIRST = "first"  # a technician; there was nobody yet
    AGENT = "agent"  # another agent, who had opened it
    COUNTY = "county"  # a grant of the county, with its code
    OWN = "own"  # the agent, who has taken a new PIN or a new card


class DeskEnd(StrEnum):
    """Why an agent cannot open the desk any more."""

    CARD_LOST = "card_lost"
    LEFT = "left"


class SlipKind(StrEnum):
    """The papers that the printer makes."""

    RECEIPT = "receipt"  # 代办收件回执
    ONE_TIME_NOTICE = "one_time_notice"  # 一次性告知单
    SUPPLEMENT = "supplement"  # 补正材料接收单
    WITHDRAWAL = "withdrawal"  # 撤回申请确认单
    DELIVERY = "delivery"  # 结果送达单
    DELAY = "delay"  # 延期说明单
    GUIDE = "guide"  # 办事指南
    CHECKLIST = "checklist"  # 材料清单
    AGENT_CARD = "agent_card"  # 联络员卡
    SELF_TEST = "self_test"  # 自检单
    RATING = "rating"  # 评价凭条


class Verdict(StrEnum):
    """How one part of a terminal came out of its self-test (自检). What nobody tried is never well."""

    OK = "ok"  # 正常
    FAULT = "fault"  # 有问题
    NOT_CHECKED = "not_checked"  # 没有查


class SlipResult(StrEnum):
    """What is known of a paper after the printer was asked for it."""

    PRINTED = "printed"  # 已打印
    NOT_PRINTED = "not_printed"  # 没有打印
    UNKNOWN = "unknown"  # 不知道打出来没有


class ReceiptVerdict(StrEnum):
    """What a terminal can tell of a receipt that is shown to it."""

    VERIFIED = "verified"  # the terminal that it names has signed it
    KEY_UNKNOWN = "key_unknown"  # the county has not told that terminal's key here
    SIGNATURE_WRONG = "signature_wrong"  # that terminal has not signed this
    OTHER_RECORD = "other_record"  # this terminal holds another record in that place
    NOT_HERE = "not_here"  # this terminal has signed it, and no longer holds the record


class Channel(StrEnum):
    """Where a rating came from."""

    PAD = "pad"
    SCREEN = "screen"


class LaterProof(StrEnum):
    """What says that a rating which was given later is by somebody who was served."""

    PAPER = "paper"  # 回执 or 评价凭条: the record that the paper names
    CHECKED = "checked"  # number and last four, held against the application by the terminal that has it
    STATED = "stated"  # number and last four, typed where nobody could check them


class Stage(StrEnum):
    """The moment of service that is rated."""

    TAKEN_IN = "taken_in"
    DELIVERED = "delivered"
