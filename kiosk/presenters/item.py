"""One item of the guide with everything that is published about it (行政许可法第三十条 and the usual 实施清单)."""

from __future__ import annotations

from devices.ports import JobEnded, Outcome
from kiosk.context import Context, Presenter
from kiosk.flow import ITEM
from kiosk.i18n import EN, Translator
from kiosk.intents import Back, Do, Next, Scanned
from kiosk.pages import ActionView, Block, BoxView, Facts, FlowChart, Notice, PageView, Rows, RowView, Words
from kiosk.presenters import frames
from kiosk.presenters.guide import begin_application
from kiosk.presenters.scanned import open_in_public
from kiosk.receipts import checklist_slip, guide_slip
from kiosk.values import fee_words, limit_words, material_need, material_note, shown
from kiosk.views import Intent, Level
from sync.model.answers import sample_answers
from sync.model.catalogue import ServiceItem
from sync.model.facts import Role, SlipKind


class ItemPresenter(Presenter):
    """Shows an item as it was when the page was opened; prints its guide and its checklist."""

    def __init__(self, context: Context) -> None:
        """Take the item that was chosen: a new catalogue may come into use, without it, while it is read."""
        super().__init__(context)
        self._item: ServiceItem = context.packs.catalogue.item(context.session.looking.item_code)

    def view(self) -> PageView:
        """Return everything published about the item."""
        tr, item = self.tr, self._item
        english = self.context.session.language == EN
        role = self.context.packs.catalogue.words(item.role)
        blocks: list[Block] = []
        if self.context.said:
            blocks.append(Notice(self.context.session.said_level, self.context.said))
        blocks += [
            self._materials(),
            Facts(self._glance(), heading=tr("一眼看清")),
            Words("\n".join(item.conditions), heading=tr("什么人能办")),
            FlowChart(self._boxes(), heading=tr("怎么办")),
            Facts(self._fees(), heading=tr("收费")),
            *self._special(),
            Words("\n".join(item.basis), heading=tr("依据"), soft=True),
            *self._sample(),
            *(Words(each.answer, heading=each.question) for each in item.questions),
        ]
        return PageView(
            place=ITEM,
            title=self.context.name_of(item),
            hint=role.meaning_en if english and role.meaning_en else role.meaning,
            blocks=tuple(blocks),
            back=frames.back(tr, tr("回指南")),
            main=self._main(),
            others=(
                ActionView("print_checklist", tr("打印材料清单"), Do("print_checklist"), icon="printer"),
                ActionView("print_guide", tr("打印指南"), Do("print_guide"), icon="printer"),
            ),
        )

    def handle(self, intent: Intent) -> str | None:
        """Print, ask for the agent, or begin an application."""
        context, item = self.context, self._item
        match intent:
            case Back():
                context.session.said = None
                return "back"
            case Next():
                context.session.said = None
                if context.session.agent is None or item.role is Role.TELL:
                    return "ask"
                if context.packs.item(item.code) is None:
                    return "stay"
                begin_application(self, item.code)
                return "apply"
            case Scanned(text):
                return open_in_public(context, text)
            case Do("print_checklist"):
                self._print(SlipKind.CHECKLIST)
                return "stay"
            case Do("print_guide"):
                self._print(SlipKind.GUIDE)
                return "stay"
        return None

    def told(self, event: object) -> str | None:
        """Say how the paper ended that was asked for here."""
        if not isinstance(event, JobEnded) or event.job_id != str(self.context.session.looking.paper_seq):
            return None
        outcome = event.outcome
        session = self.context.session
        session.said = lambda tr: _ended_words(tr, outcome)
        session.said_level = Level.GOOD if outcome is Outcome.PRINTED else Level.WARN
        return "stay"

    def _main(self) -> ActionView:
        if self.context.session.agent is not None and self._item.role is not Role.TELL:
            return frames.main(self.tr("开始代办"))
        return frames.main(self.tr("请人代办") if self._item.role is not Role.TELL else self.tr("问问联络员"))

    def _print(self, kind: SlipKind) -> None:
        """Print one after the other: whoever stands here could otherwise empty the roll by touching again and again."""
        context, item, looking = self.context, self._item, self.context.session.looking
        before = context.print_room.state(looking.paper_seq) if looking.paper_seq is not None else None
        if before is not None and before.result is None:
            return
        draw = checklist_slip if kind is SlipKind.CHECKLIST else guide_slip
        # Nobody at the desk is asked about these: what stands still ends, and another can be had.
        looking.paper_seq = context.print_room.issue(
            kind, None, context.actor, lambda _: draw(context, item), hold_s=0.0
        )
        context.session.said, context.session.said_level = lambda tr: tr("正在打印……"), Level.NEUTRAL

    def _glance(self) -> tuple[tuple[str, str], ...]:
        tr, item = self.tr, self._item
        department = self.context.packs.department(item.department)
        promised = limit_words(tr, item.promised_limit) or tr("没有另外承诺")
        return (
            (tr("谁来办"), department.name if department else item.department),
            (tr("多久办好"), tr("当场办好") if item.on_the_spot else promised),
            (tr("法定时限"), limit_words(tr, item.legal_limit) or tr("没有规定")),
            (tr("数量限制"), item.quantity),
            (tr("要跑几次"), tr("{count} 次", count=item.visits)),
            (tr("办好给什么"), item.result),
            (tr("地点"), item.place),
            (tr("时间"), item.hours),
            (tr("咨询电话"), item.consult_phone),
            (tr("投诉电话"), item.complaint_phone),
        )

    def _materials(self) -> Block:
        tr = self.tr
        rows = tuple(
            RowView(
                f"material.{each.code}",
                each.name,
                material_note(self.context, each),
                trailing=material_need(tr, each, foreseen=True),
            )
            for each in self._item.materials
        )
        return Rows(rows, heading=tr("要带什么"), empty=tr("不用带材料"))

    def _boxes(self) -> tuple[BoxView, ...]:
        steps = self._item.steps
        places = {step.code: at for at, step in enumerate(steps)}
        return tuple(
            BoxView(
                title=step.title,
                note=" · ".join(part for part in (step.who, step.limit) if part),
                shape=step.kind.value,
                ways=tuple((way.when or "", places[way.to]) for way in step.ways),
            )
            for step in steps
        )

    def _fees(self) -> tuple[tuple[str, str], ...]:
        if self._item.free:
            return ((self.tr("不收费"), self.tr("代办也不收费")),)
        return tuple((fee.name, fee_words(self.context, fee)) for fee in self._item.fees)

    def _special(self) -> list[Block]:
        tr = self.tr
        rows = tuple(
            (step.name, f"{limit_words(tr, step.limit)} · {tr('算在时限内') if step.counted else tr('不算在时限内')}")
            for step in self._item.special_steps
        )
        return [Facts(rows, heading=tr("特殊环节"))] if rows else []

    def _sample(self) -> list[Block]:
        form = self._item.form
        if form is None:
            return []
        samples = sample_answers(form)
        rows = tuple(
            (form.field(code).label, shown(self.context, form.field(code), held)) for code, held in samples.items()
        )
        return [Facts(rows, heading=self.tr("填表样子"))] if rows else []


def _ended_words(tr: Translator, outcome: Outcome) -> str:
    match outcome:
        case Outcome.PRINTED:
            return tr("已打印")
        case Outcome.NOT_STARTED:
            return tr("没有打印，请叫联络员看看打印机")
        case Outcome.UNKNOWN:
            return tr("请看看打出来没有。没打出来或没打全，请叫联络员看看打印机")
