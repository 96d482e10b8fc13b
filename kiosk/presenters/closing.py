"""What can be done with a case after it was taken in: deliver, supplement, withdraw, explain a delay, finish here.

Each place asks for what the act needs, carries it out, and prints the slip that proves it.
"""

from __future__ import annotations

from datetime import date

from kiosk.commands import Command, DeliverResult, ExplainDelay, FinishHere, ReceiveSupplement, WithdrawCase
from kiosk.deadlines import promise_words
from kiosk.flow import DELAY, DELIVER, FINISH, SUPPLEMENT, WITHDRAW
from kiosk.intents import Choose
from kiosk.pages import (
    Block,
    Checks,
    CheckView,
    Control,
    Facts,
    Fields,
    FieldView,
    Notice,
    OptionView,
)
from kiosk.presenters.act import ActPresenter
from kiosk.views import Level
from sync.model import facts
from sync.model.facts import MaterialMark, MaterialState, Outcome, SlipKind


class DeliverPresenter(ActPresenter):
    """送达: hand the result over against a signature."""

    place = DELIVER
    slip = SlipKind.DELIVERY

    def _title(self) -> tuple[str, str, str]:
        return self.tr("送达结果"), self.tr("把结果交给申请人，请他签收"), self.tr("签收，打印送达单")

    def _blocks(self) -> list[Block]:
        tr = self.tr
        return [
            Facts(self._result(), heading=tr("县里的结果")),
            Fields((self._field("receiver", tr("签收人姓名"), tr("不是本人来领，写代领人")),)),
            self._signature(tr("请签收人在框里签名")),
        ]

    def _result(self) -> tuple[tuple[str, str], ...]:
        tr = self.tr
        rows: list[tuple[str, str]] = []
        for _, fact in self.context.desk.story(self._number):
            if isinstance(fact, facts.CaseDecided):
                outcome = tr("同意") if fact.outcome is Outcome.APPROVED else tr("不同意")
                rows += [(tr("决定"), outcome), (tr("理由"), fact.reasons)]
            elif isinstance(fact, facts.ResultReady):
                rows.append((tr("领取"), fact.result_name))
        return tuple(rows)

    def _command(self) -> Command | None:
        receiver = self._need("receiver", lambda tr: tr("请写签收人姓名"))
        signed = self._need_signature()
        if receiver is None or not signed:
            return None
        return DeliverResult(receiver, self.context.session.entry.signature)


class SupplementPresenter(ActPresenter):
    """补正: what the county asked for, one by one."""

    place = SUPPLEMENT
    slip = SlipKind.SUPPLEMENT

    def _title(self) -> tuple[str, str, str]:
        return self.tr("收补充材料"), self.tr("县里要的材料，一样一样认"), self.tr("收下，打印接收单")

    def _blocks(self) -> list[Block]:
        tr, entry = self.tr, self.context.session.entry
        demand = self._demand()
        states = ((MaterialState.ORIGINAL_SEEN, tr("原件已看")), (MaterialState.COPY_TAKEN, tr("复印件已收")))
        rows = tuple(
            CheckView(
                target_id=f"wanted.{at}",
                title=name,
                note="",
                error=self.context.error(str(at)),
                options=tuple(
                    OptionView(
                        f"wanted.{at}.{state.value}",
                        text,
                        entry.texts.get(str(at)) == state.value,
                        Choose(str(at), state.value),
                    )
                    for state, text in states
                ),
            )
            for at, name in enumerate(demand.wanted if demand else ())
        )
        blocks: list[Block] = [Checks(rows)]
        if demand and demand.note:
            blocks.insert(0, Notice(Level.NOTICE, demand.note))
        blocks.append(Fields((self._field("note", tr("要说明的话（可不填）")),)))
        return blocks

    def _command(self) -> Command | None:
        demand = self._demand()
        wanted = demand.wanted if demand else ()
        marks: list[MaterialMark] = []
        for at, name in enumerate(wanted):
            state = self._text(str(at))
            if state:
                marks.append(MaterialMark(material=name, state=MaterialState(state)))
            else:
                self.context.session.errors[str(at)] = lambda tr: tr("还没有认")
        if len(marks) < len(wanted):
            self.context.session.said = lambda tr: tr("要补的材料还没有齐")
            return None
        return ReceiveSupplement(tuple(marks), self._text("note"))

    def _demand(self) -> facts.SupplementRequired | None:
        told = [fact for _, fact in self.context.desk.story(self._number)]
        demands = [fact for fact in told if isinstance(fact, facts.SupplementRequired)]
        return demands[-1] if demands else None


class WithdrawPresenter(ActPresenter):
    """The applicant withdraws, with a signature."""

    place = WITHDRAW
    slip = SlipKind.WITHDRAWAL

    def _title(self) -> tuple[str, str, str]:
        return self.tr("申请人要撤回"), self.tr("撤回以后就不再办了，想办要重新申请"), self.tr("确认撤回，打印单据")

    def _blocks(self) -> list[Block]:
        tr = self.tr
        return [
            Fields((self._field("reason", tr("为什么撤回（可不填）")),)),
            self._signature(tr("请申请人在框里签名")),
        ]

    def _command(self) -> Command | None:
        if not self._need_signature():
            return None
        return WithdrawCase(self._text("reason"), self.context.session.entry.signature)


class DelayPresenter(ActPresenter):
    """Explain a delay to the applicant before the promise runs out."""

    place = DELAY
    slip = SlipKind.DELAY

    def _title(self) -> tuple[str, str, str]:
        return self.tr("向申请人说明延期"), self.tr("到期前说明，才算延期"), self.tr("说明好了，打印说明单")

    def _blocks(self) -> list[Block]:
        tr = self.tr
        return [
            Notice(Level.NOTICE, promise_words(self.context, self._case)),
            Fields(
                (
                    self._field("new_day", tr("改到哪天办好"), tr("按 年-月-日 填写，比如 2026-12-04"), digits=True),
                    self._field("reason", tr("为什么要延期")),
                )
            ),
        ]

    def _command(self) -> Command | None:
        reason = self._need("reason", lambda tr: tr("请写明理由"))
        typed = self._need("new_day", lambda tr: tr("请填新的日期"))
        if reason is None or typed is None:
            return None
        try:
            return ExplainDelay(date.fromisoformat(typed), reason)
        except ValueError:
            self.context.session.errors["new_day"] = lambda tr: tr("请按 年-月-日 填写，比如 1950-01-31")
            return None


class FinishPresenter(ActPresenter):
    """直办: the point itself handles the item and says what came of it."""

    place = FINISH
    slip = None

    def _title(self) -> tuple[str, str, str]:
        return self.tr("马上办理"), self.tr("这件事村里就能办"), self.tr("办好了")

    def _blocks(self) -> list[Block]:
        tr, entry = self.tr, self.context.session.entry
        chosen = entry.texts.get("outcome", Outcome.APPROVED.value)
        options = tuple(
            OptionView(f"outcome.{outcome.value}", text, chosen == outcome.value, Choose("outcome", outcome.value))
            for outcome, text in ((Outcome.APPROVED, tr("办成了")), (Outcome.REFUSED, tr("没办成")))
        )
        outcome = FieldView("field.outcome", "outcome", tr("结果"), Control.OPTIONS, options=options)
        return [Fields((outcome, self._field("reasons", tr("怎么办的，或者为什么没办成"))))]

    def _command(self) -> Command | None:
        reasons = self._need("reasons", lambda tr: tr("请写明理由"))
        if reasons is None:
            return None
        item = self.context.packs.item(self._case.item_code)
        agent = self.context.session.agent
        return FinishHere(
            outcome=Outcome(self.context.session.entry.texts.get("outcome", Outcome.APPROVED.value)),
            reasons=reasons,
            result_name=item.result if item is not None else "",
            handler=agent.name if agent is not None else "",
        )
