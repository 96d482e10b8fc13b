"""联络员卡: the agent's half of what opens the desk, as a code to scan and a text to type."""

from __future__ import annotations

from devices.printer.document import Align, Block, Correction, Feed, Qr, Size, Slip, Text
from kiosk.context import Context
from kiosk.receipts import parts
from sync.agent_card import AgentCard


def agent_card_slip(context: Context, name: str, card: AgentCard) -> Slip:
    """Return the paper of a card; what is on it stands nowhere else."""
    tr = context.tr
    blocks: list[Block] = [
        *parts.head(context, tr("联络员卡")),
        Text(f"{name} {card.agent}", size=Size.LARGE, bold=True, align=Align.CENTRE),
        Qr(card.text(), Correction.QUARTILE),
        Text(card.text(), align=Align.CENTRE),
        Feed(1),
        Text(tr("登录时扫码，再输密码。请随身带，不要和密码放在一起，丢了马上停用。")),
    ]
    return Slip((*blocks, *parts.foot(context)))
