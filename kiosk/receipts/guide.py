"""Papers of the guide: the whole item, and the one-page checklist with boxes to tick at home."""

from __future__ import annotations

from devices.printer.document import Block, Pair, Rule, Slip, Text
from kiosk.context import Context
from kiosk.receipts import parts
from kiosk.receipts.item_code import item_code
from kiosk.values import material_note
from sync.model.catalogue import Necessity, ServiceItem


def checklist_slip(context: Context, item: ServiceItem) -> Slip:
    """材料清单: what to bring, each with a box."""
    tr = context.tr
    blocks: list[Block] = [*parts.head(context, tr("材料清单")), Text(item.name, bold=True), Rule()]
    for material in item.materials:
        optional = material.necessity is not Necessity.REQUIRED or material.needed_when is not None
        blocks.append(Text(f"□ {material.name}" + (tr("（看情况）") if optional else ""), bold=not optional))
        blocks.append(Text(f"  {material_note(context, material)}"))
    if not item.materials:
        blocks.append(Text(tr("不用带材料")))
    blocks += [Rule(), Pair(tr("咨询电话"), item.consult_phone), Pair(tr("时间"), item.hours)]
    return Slip((*blocks, *item_code(context, item), *parts.foot(context)))


def guide_slip(context: Context, item: ServiceItem) -> Slip:
    """办事指南: conditions, materials, steps, fees, telephones."""
    tr = context.tr
    fees = [f"{fee.name} {fee.amount_fen / 100:g} / {fee.per}" for fee in item.fees] or [tr("不收费")]
    sections = (
        (tr("什么人能办"), list(item.conditions)),
        (tr("要带什么"), [material.name for material in item.materials] or [tr("不用带材料")]),
        (tr("怎么办"), [step.title for step in item.steps]),
        (tr("收费"), fees),
        (tr("依据"), list(item.basis)),
    )
    blocks: list[Block] = [*parts.head(context, tr("办事指南")), Text(item.name, bold=True)]
    for heading, lines in sections:
        blocks += [Rule(), Text(heading, bold=True), *(Text(f"{at}. {line}") for at, line in enumerate(lines, start=1))]
    blocks += [
        Rule(),
        Pair(tr("地点"), item.place),
        Pair(tr("时间"), item.hours),
        Pair(tr("咨询电话"), item.consult_phone),
        Pair(tr("投诉电话"), item.complaint_phone),
    ]
    return Slip((*blocks, *item_code(context, item), *parts.foot(context)))
