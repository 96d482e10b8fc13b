"""Papers of the guide: the whole item, and the one-page checklist with boxes to tick at home."""

from __future__ import annotations

from collections.abc import Sequence

from devices.printer.document import Block, Pair, Rule, Size, Slip, Text
from kiosk.context import Context
from kiosk.i18n import Translator
from kiosk.receipts import parts
from kiosk.receipts.item_code import item_code
from kiosk.values import fee_words, limit_words, material_need, material_note
from sync.model.catalogue import Material, Necessity, ServiceItem


def checklist_slip(context: Context, item: ServiceItem) -> Slip:
    """材料清单: what to bring, each with a box, tall, so that it can be ticked at home without glasses."""
    tr = context.tr
    blocks: list[Block] = [*parts.head(context, tr("材料清单")), _name(item), Rule()]
    for material in item.materials:
        certain = material.necessity is Necessity.REQUIRED and material.needed_when is None
        need = "" if certain else tr("（{need}）", need=material_need(tr, material, foreseen=True))
        blocks.append(Text(f"□ {material.name}{need}", size=Size.TALL, bold=certain))
        blocks.append(parts.hanging(material_note(context, material, tr("；"))))
    if not item.materials:
        blocks.append(Text(tr("不用带材料"), size=Size.TALL))
    blocks += [Rule(), Text(tr("没写在上面的材料不用带。")), parts.telephone(tr("咨询"), item.consult_phone)]
    return Slip((*blocks, *item_code(context, item), *parts.foot(context)))


def guide_slip(context: Context, item: ServiceItem) -> Slip:
    """办事指南: conditions, materials, steps, fees, telephones."""
    tr = context.tr
    promised = tr("当场办好") if item.on_the_spot else limit_words(tr, item.promised_limit) or tr("没有另外承诺")
    sections = (
        (tr("什么人能办"), list(item.conditions)),
        (tr("要带什么"), [_to_bring(context, material) for material in item.materials] or [tr("不用带材料")]),
        (tr("怎么办"), _steps(tr, item)),
        (tr("收费"), [f"{fee.name} {fee_words(context, fee)}" for fee in item.fees] or [tr("不收费")]),
        (tr("依据"), list(item.basis)),
    )
    blocks: list[Block] = [
        *parts.head(context, tr("办事指南")),
        _name(item),
        Rule(),
        Pair(tr("多久办好"), promised, bold=True),
        Pair(tr("法定时限"), limit_words(tr, item.legal_limit) or tr("没有规定")),
        Pair(tr("要跑几次"), tr("{count} 次", count=item.visits)),
        Pair(tr("办好给什么"), item.result),
    ]
    for heading, lines in sections:
        blocks += [Rule(), parts.heading(heading)]
        blocks += _numbered(lines)
    blocks += [
        Rule(),
        parts.telephone(tr("咨询"), item.consult_phone),
        Pair(tr("地点"), item.place),
        Pair(tr("时间"), item.hours),
        Pair(tr("投诉"), item.complaint_phone),
    ]
    return Slip((*blocks, *item_code(context, item), *parts.foot(context)))


def _numbered(lines: Sequence[str]) -> list[Block]:
    """Return lines with their numbers, which stand free; a single one has none."""
    if len(lines) == 1:
        return [Text(lines[0])]
    return [Pair(f"{at}.", line) for at, line in enumerate(lines, start=1)]


def _to_bring(context: Context, material: Material) -> str:
    tr = context.tr
    need = material_need(tr, material, foreseen=True)
    note = material_note(context, material, tr("；"))
    return tr("{material}（{need}；{note}）", material=material.name, need=need, note=note)


def _steps(tr: Translator, item: ServiceItem) -> list[str]:
    """Return the steps in order; one that is reached by an answer only begins with that answer: 不齐：开告知单."""
    lines = []
    for step in item.steps:
        ways_in = [way.when for each in item.steps for way in each.ways if way.to == step.code]
        answers = [answer for answer in ways_in if answer]
        only_by_answer = answers and len(answers) == len(ways_in)
        lines.append(
            tr("{answer}：{step}", answer=" / ".join(answers), step=step.title) if only_by_answer else step.title
        )
    return lines


def _name(item: ServiceItem) -> Text:
    return Text(item.name, size=Size.TALL, bold=True)
