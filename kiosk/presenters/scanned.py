"""What was scanned: a receipt, an agent's card, an item's code, or nothing that is known here.

A place answers those that it can use; for all others there is one short sentence, so that nobody holds a paper before
the scanner and wonders. Nothing of a code is ever shown, and none becomes text in a field.
"""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from devices.code_scanner.events import ScanFault
from kiosk.context import Context
from kiosk.i18n import Translator
from kiosk.item_code import item_code_in
from kiosk.presenters.shown_paper import SHOWN, take_code, worth
from kiosk.presenters.sign_in import bring_card
from kiosk.session import Answer, Looking, Query
from sync.agent_card import looks_like_card
from sync.model.facts import Role

RECEIPT_BEGINNING = "https://"


class CodeKind(Enum):
    """What a code is for."""

    RECEIPT = auto()
    """An address that is none of an item: of a receipt, or claiming to be."""
    CARD = auto()
    ITEM = auto()
    UNKNOWN = auto()


class Code(Struct, frozen=True):
    """What was scanned; `text` is the item's code when it is one."""

    kind: CodeKind
    text: str


def code_of(context: Context, text: str) -> Code:
    """Tell what a scanned text is, without opening anything."""
    item = item_code_in(text, context.packs.profile.receipt_host)
    if context.packs.item(item) is not None:
        return Code(CodeKind.ITEM, item)
    if looks_like_card(text):
        return Code(CodeKind.CARD, text)
    if text.strip().lower().startswith(RECEIPT_BEGINNING):
        return Code(CodeKind.RECEIPT, text)
    return Code(CodeKind.UNKNOWN, text)


def open_in_public(context: Context, text: str) -> str | None:
    """Answer a scan where anybody may stand and nothing personal is shown: every kind leads to its place."""
    code, session = code_of(context, text), context.session
    match code.kind:
        case CodeKind.RECEIPT:
            take_code(context, text)
            return "progress"
        case CodeKind.CARD:
            session.query, session.said, session.focus = Query(), None, ""
            bring_card(context, text)
            return "sign_in"
        case CodeKind.ITEM:
            session.looking, session.said, session.focus = Looking(item_code=code.text), None, ""
            return "item"
    return None


def open_in_query(context: Context, text: str) -> str | None:
    """Answer a scan where somebody asks about a case: what they asked and saw is forgotten before anything else."""
    match code_of(context, text).kind:
        case CodeKind.RECEIPT | CodeKind.CARD:
            return open_in_public(context, text)
    return None


def choose_case(context: Context, text: str) -> str | None:
    """Answer a scan at the desk: a receipt of a case of this terminal chooses it, when the paper is good."""
    session = context.session
    if session.agent is None or code_of(context, text).kind is not CodeKind.RECEIPT:
        return None
    take_code(context, text)
    query, said = session.query, session.said
    session.query, session.said, session.focus = Query(), None, ""
    if query.paper is None or query.verdict is None:
        session.scan_answer = Answer(said or _not_read, _nothing)
        return "stay"
    paper, verdict = query.paper, query.verdict
    number = paper.case_number.text
    if verdict in SHOWN and context.desk.cases.row(number) is not None:
        session.agent.chosen = number
        return "chosen"
    helps = _not_here if verdict in SHOWN else _nothing
    session.scan_answer = Answer(lambda _: worth(context, paper, verdict).text, helps)
    return "stay"


def unexpected(context: Context, text: str) -> Answer:
    """Return what is said of a code that the place cannot use."""
    code = code_of(context, text)
    if context.session.agent is None:
        return _UNEXPECTED[code.kind]
    item = context.packs.item(code.text) if code.kind is CodeKind.ITEM else None
    if item is not None and item.role is Role.TELL:
        return Answer(lambda tr: tr("这件事不用代办"), lambda tr: tr("要看指南，请先回首页，再扫一次。"))
    return _UNEXPECTED_BY_AGENT[code.kind]


def unread(fault: ScanFault) -> Answer:
    """Return what is said when something was scanned that is no code."""
    match fault:
        case ScanFault.ALT_CODES:
            return Answer(lambda tr: tr("扫码器设置不对"), lambda tr: tr("请找技术员。办件照常能办，号码可以手输。"))
        case ScanFault.TOO_LONG:
            return _UNKNOWN
    return Answer(_not_read, _once_more)


def _nothing(_: Translator) -> str:
    return ""


def _not_here(tr: Translator) -> str:
    return tr("这件不在本机的办件里，锁屏以后可以在首页扫回执查进度。")


def _not_read(tr: Translator) -> str:
    return tr("码没有读好")


def _once_more(tr: Translator) -> str:
    return tr("请把纸摊平，再扫一次。")


_UNKNOWN = Answer(
    lambda tr: tr("本机不认识这个码"), lambda tr: tr("能扫的有：回执、办事指南和材料清单上的码、联络员卡。")
)
_UNEXPECTED = {
    CodeKind.RECEIPT: Answer(lambda tr: tr("现在不查回执"), lambda tr: tr("要查进度，请先回首页，再扫一次。")),
    CodeKind.CARD: Answer(lambda tr: tr("现在不用扫联络员卡"), lambda tr: tr("要登录，请先回首页，再扫一次。")),
    CodeKind.ITEM: Answer(lambda tr: tr("现在不用扫指南上的码"), lambda tr: tr("要看指南，请先回首页，再扫一次。")),
    CodeKind.UNKNOWN: _UNKNOWN,
}
_UNEXPECTED_BY_AGENT = {
    CodeKind.RECEIPT: Answer(
        lambda tr: tr("现在不查回执"), lambda tr: tr("要打开这件办件，请先回“我的办件”，再扫一次。")
    ),
    CodeKind.CARD: Answer(lambda tr: tr("现在不用扫联络员卡"), lambda tr: tr("您已经登录了。")),
    CodeKind.ITEM: Answer(
        lambda tr: tr("现在不用扫指南上的码"), lambda tr: tr("要代办这件事，请先回“我的办件”，再扫一次。")
    ),
    CodeKind.UNKNOWN: _UNKNOWN,
}
