"""The code that opens an item again: at the end of its guide and of its checklist."""

from __future__ import annotations

from devices.printer.document import Align, Block, Qr, Rule, Text
from kiosk.context import Context
from kiosk.item_code import item_qr_text
from sync.model.catalogue import ServiceItem


def item_code(context: Context, item: ServiceItem) -> list[Block]:
    """Return the code, and what it is good for."""
    return [
        Rule(),
        Qr(item_qr_text(item.code, context.packs.profile.receipt_host)),
        Text(context.tr("下次来扫这个码，马上找到这件事"), align=Align.CENTRE),
    ]
