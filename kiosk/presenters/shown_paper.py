"""A receipt that somebody shows: what it is worth, said openly, and what it opens together with the last four."""

from __future__ import annotations

from kiosk.attempt import unsaved_sentence
from kiosk.context import Context
from kiosk.pages import BigNumber, Block, EntryView, Facts, Notice, Trace
from kiosk.presenters.story import happened_words
from kiosk.projections.shown import Stub
from kiosk.session import Query
from kiosk.views import Level
from sync.journal import JournalRefused
from sync.model.facts import ReceiptVerdict
from sync.model.moment import local_date, local_datetime, stamp
from sync.model.receipt import (
    NotAReceiptCode,
    ReceiptCodeDamaged,
    ReceiptCodeOfAnotherVersion,
    ReceiptToken,
    parse_qr_text,
)
from sync.model.region import RegionNotValid

SHOWN = frozenset({ReceiptVerdict.VERIFIED, ReceiptVerdict.KEY_UNKNOWN, ReceiptVerdict.NOT_HERE})
"""Papers that are looked up; one that is forged, or contradicts what is here, is not."""


def take_code(context: Context, text: str) -> None:
    """Take a code that was scanned into the visitor's question, and write down that the receipt was shown."""
    session = context.session
    session.query, session.said, session.errors, session.focus = Query(), None, {}, ""
    try:
        token = parse_qr_text(text, context.packs.profile.receipt_host)
    except ReceiptCodeDamaged:
        session.said = lambda tr: tr("码没有读全，请把回执摊平再扫一次")
    except ReceiptCodeOfAnotherVersion:
        session.said = lambda tr: tr("这张回执是别的版本打的，本机读不了，请联络员帮忙")
    except NotAReceiptCode:
        session.said = lambda tr: tr("这不是本县的回执，请到开回执的地方查")
    else:
        try:
            session.query.verdict = context.paper_desk.show(token)
        except JournalRefused:
            session.said = unsaved_sentence
            return
        session.query.paper = token
        # Who has no identity number has no last four to be asked for; whoever shows a proof of rating wants what it is
        # worth, which the keys would hide on a small screen.
        asks = session.query.verdict in SHOWN and not context.paper_desk.proves_a_rating(token)
        if asks and not context.paper_desk.fits(token, ""):
            session.focus = "last_four"


def worth(context: Context, token: ReceiptToken, verdict: ReceiptVerdict) -> Notice:
    """Return what a paper is worth, in a sentence."""
    tr = context.tr
    match verdict:
        case ReceiptVerdict.VERIFIED if context.paper_desk.proves_a_rating(token):
            return Notice(Level.GOOD, _rating_words(context, token))
        case ReceiptVerdict.VERIFIED:
            return Notice(Level.GOOD, tr("回执核验无误，是{place}开的", place=_place(context, token)))
        case ReceiptVerdict.KEY_UNKNOWN:
            return Notice(Level.WARN, tr("不能核验：本机还没有那个服务点的核验资料，联网以后再试"))
        case ReceiptVerdict.SIGNATURE_WRONG:
            return Notice(Level.BAD, tr("这张回执核验不过，不能作凭据。已记下来报给县里"))
        case ReceiptVerdict.OTHER_RECORD:
            return Notice(Level.BAD, tr("这张回执和本机的记录对不上。已记下来报给县里"))
        case ReceiptVerdict.NOT_HERE:
            return Notice(Level.WARN, tr("回执是本机开的，但本机没有这条记录了。已记下来报给县里"))


def head(context: Context, token: ReceiptToken, verdict: ReceiptVerdict) -> list[Block]:
    """Return the number of a shown paper, and what it is worth."""
    number = BigNumber(context.tr("办件编号"), token.case_number.grouped())
    return [number, worth(context, token, verdict)]


def stub_blocks(context: Context, token: ReceiptToken, stub: Stub, four: str, next_step: str) -> list[Block]:
    """Return what is known of a case that this terminal has only by its receipt; `next_step` for its status."""
    tr = context.tr
    facts = [
        (tr("收件的地方"), _place(context, token)),
        (tr("收件时间"), stamp(stub.written_ms)),
    ]
    if stub.status is None:
        waiting = tr("待县里确认：已经请县里查。请稍等，查到会自己显示；线路不通就改天再来。")
        return [Notice(Level.NEUTRAL, waiting), Facts(tuple(facts))]
    if stub.item_code:
        facts.insert(0, (tr("事项"), context.item_name(stub.item_code)))
    if stub.told_ms is not None:
        facts.append((tr("县里告知"), stamp(stub.told_ms)))
    blocks: list[Block] = [Notice(Level.NEUTRAL, next_step), Facts(tuple(facts))]
    told = context.paper_desk.told(token, four)
    if told is not None and told.steps:
        entries = tuple(
            EntryView(f"{local_datetime(step.at_ms):%m-%d %H:%M}", words, step.words)
            for step in told.steps
            if (words := happened_words(tr, step.kind))
        )
        blocks.append(Trace(entries, heading=tr("办理经过")))
    return blocks


def _rating_words(context: Context, token: ReceiptToken) -> str:
    tr, seq = context.tr, token.claim.seq
    if seq <= context.acknowledged():
        return tr("评价凭条核验无误：评价是本机第 {seq} 条，县里已收到，按它计数", seq=seq)
    return tr("评价凭条核验无误：评价是本机第 {seq} 条，还没有传到县里", seq=seq)


def _place(context: Context, token: ReceiptToken) -> str:
    """Return what people call the point that a paper is from."""
    number = token.case_number
    profile = context.packs.profile
    terminal = profile.terminal(number.region, f"{number.terminal:02}")
    if terminal is not None:
        return terminal.name
    try:
        return profile.region(number.region, local_date(token.claim.written_ms)).name
    except RegionNotValid:
        return number.region
