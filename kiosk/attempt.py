"""Carrying out a command for a place: what is refused becomes a sentence on the screen, and nothing is lost."""

from __future__ import annotations

from functools import partial

from kiosk.commands import Command, Refused
from kiosk.context import Context
from kiosk.desk import Performed
from kiosk.faults import refusal_sentence
from kiosk.i18n import Translator
from sync.journal import JournalRefused
from sync.model.case_number import SerialsExhausted


def unsaved_sentence(tr: Translator) -> str:
    """Return what is said when the disk takes nothing."""
    return tr("这一步没有存上：本机存不进去了。请先用纸质表登记，并请技术员处理。已经存好的都在。")


def attempt(
    context: Context, command: Command, case_no: str | None = None, draft_id: str | None = None
) -> Performed | None:
    """Carry out a command at the desk. None when it was refused: the sentence is in `session.said`."""
    session = context.session
    session.said = None
    try:
        return context.desk.perform(command, context.actor, context.packs.working_days, case_no, draft_id)
    except Refused as refusal:
        session.said = partial(refusal_sentence, code=refusal.code, about=refusal.about)
    except JournalRefused:
        session.said = unsaved_sentence
    except SerialsExhausted:
        session.said = lambda tr: tr("今天的编号用完了，请先用纸质表登记。")
    return None
