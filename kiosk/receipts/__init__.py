"""The papers: what each slip says, as blocks that any printer's profile lays out."""

from __future__ import annotations

from collections.abc import Callable

from devices.printer.document import Slip
from kiosk.context import Context
from kiosk.printing import Issued
from kiosk.receipts.acts import delay_slip, delivery_slip, notice_slip, supplement_slip, withdrawal_slip
from kiosk.receipts.guide import checklist_slip, guide_slip
from kiosk.receipts.receipt import receipt_slip
from sync.model.facts import SlipKind

__all__ = ["case_slip", "checklist_slip", "guide_slip"]

_SLIPS: dict[SlipKind, Callable[[Context, str, Issued], Slip]] = {
    SlipKind.RECEIPT: receipt_slip,
    SlipKind.ONE_TIME_NOTICE: notice_slip,
    SlipKind.SUPPLEMENT: supplement_slip,
    SlipKind.WITHDRAWAL: withdrawal_slip,
    SlipKind.DELIVERY: delivery_slip,
    SlipKind.DELAY: delay_slip,
}


def case_slip(context: Context, kind: SlipKind, case_no: str) -> Callable[[Issued], Slip]:
    """Return how to draw a slip of a case once it has been issued."""
    return lambda issued: _SLIPS[kind](context, case_no, issued)
