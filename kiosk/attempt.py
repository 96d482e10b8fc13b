"""Carrying out a command for a place: what is refused becomes a sentence on the screen, and nothing is lost."""

from __future__ import annotations

from sync.journal import JournalIsFull

from kiosk.commands import Command, Refused
from kiosk.context import Context
from kiosk.desk import Performed
from kiosk.faults import refusal_sentence
from sync.model.case_number import SerialsExhausted


def attempt(
    context: Context, command: Command, case_no: str | None = None, draft_id: str | None = None
) -> Performed | None:
    """Carry out a command at the desk. None when it was refused: the sentence is in `session.said`."""
    session, tr = context.session, context.tr
    session.said = ""
    try:
        return context.desk.perform(command, context.actor, context.packs.working_days, case_no, draft_id)
    except Refused as refusal:
        session.said = refusal_sentence(tr, refusal.code, refusal.about)
    except JournalIsFull:
        session.said = tr("这一步没有存上：本机存储满了。请先用纸质表登记，并请技术员处理。已填的内容还在。")
    except SerialsExhausted:
        session.said = tr("今天的编号用完了，请先用纸质表登记。")
    return None
