"""The agent's desk: cases with their lights, the chosen one beside them, and what can be done with it now."""

from __future__ import annotations

from kiosk import doubles
from kiosk.context import Presenter
from kiosk.deadlines import SETTLED, light_of, when_words
from kiosk.intents import Choose, Do, Open, Scanned
from kiosk.own_views import CaseDetailView, CaseRowView, DeskView
from kiosk.pages import ActionView, LightView, OptionView, Trace, Weight
from kiosk.presenters.application import take_up
from kiosk.presenters.guide import apply_for
from kiosk.presenters.rating import invite
from kiosk.presenters.scanned import choose_case
from kiosk.presenters.story import tell
from kiosk.projections.cases import CaseRow
from kiosk.projections.drafts import DraftRow
from kiosk.projections.papers import GIVEN
from kiosk.session import AgentAtDesk
from kiosk.values import state_words
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number
from sync.model.facts import Role, Stage
from sync.model.moment import stamp
from sync.model.transitions import ENDS, UNDECIDED, Status

PROMISED = UNDECIDED - {Status.AWAITING_MATERIALS}
FILTERS: dict[str, frozenset[Status]] = {
    "due": UNDECIDED | {Status.DECIDED, Status.READY},
    "applicant": frozenset({Status.AWAITING_MATERIALS, Status.SUPPLEMENT_REQUIRED, Status.READY}),
    "county": frozenset({Status.TAKEN_IN, Status.ACCEPTED, Status.SUSPENDED, Status.DECIDED}),
    "over": ENDS | {Status.DELIVERED},
    "drafts": frozenset(),
}


class DeskPresenter(Presenter):
    """Shows the list and the chosen case."""

    def view(self) -> DeskView:
        """Return the desk as it stands."""
        tr = self.tr
        agent = self._agent
        rows = self._rows()
        drafts = self.context.desk.drafts.of_agent(agent.id) if agent.filter == "drafts" else []
        shown = tuple(self._row(row) for row in rows) + tuple(self._draft_row(draft) for draft in drafts)
        names = {
            "due": tr("在办"),
            "applicant": tr("等申请人"),
            "county": tr("等县里"),
            "over": tr("已办结"),
            "drafts": tr("没填完"),
        }
        return DeskView(
            menu=(
                OptionView("menu.cases", tr("我的办件"), chosen=True, intent=Do("cases")),
                OptionView("menu.new", tr("新代办"), chosen=False, intent=Open("new")),
                OptionView("menu.find", tr("找办件"), chosen=False, intent=Open("find")),
                *self._stick_entry(),
                OptionView("menu.self_test", tr("设备自检"), chosen=False, intent=Open("self_test")),
                OptionView("menu.access", tr("联络员和卡"), chosen=False, intent=Open("access")),
            ),
            away=(ActionView("leave", tr("交班"), Do("leave")), ActionView("lock", tr("锁屏"), Do("lock"))),
            title=tr("我的办件 · {count}", count=len(shown)),
            filters=tuple(
                OptionView(f"filter.{code}", name, chosen=code == agent.filter, intent=Choose("filter", code))
                for code, name in names.items()
            ),
            rows=shown,
            empty=tr("这里没有办件。点“新代办”开始。"),
            detail=self._detail(),
        )

    def handle(self, intent: Intent) -> str | None:
        """Choose, filter, or go and do something."""
        agent, session = self._agent, self.context.session
        match intent:
            case Choose("filter", code) if code in FILTERS:
                agent.filter, agent.chosen = code, None
                return "stay"
            case Open("case", number):
                agent.chosen = number
                return "stay"
            case Scanned(text):
                # A receipt chooses its case, what names an item begins an application for it.
                return "stay" if choose_case(self.context, text) else apply_for(self, text)
            case Open("new"):
                session.application = None
                return "new"
            case Open("find"):
                session.focus = "find"
                return "find"
            case Open("stick"):
                return "stick"
            case Open("access"):
                return "access"
            case Open("self_test"):
                self.context.self_test.forget()
                return "self_test"
            case Open("draft", draft_id):
                draft = self.context.desk.drafts.get(draft_id)
                return self._resume(draft) if draft is not None and draft.agent == agent.id else None
            case Open("draft_of_old_item", draft_id):
                agent.chosen = draft_id
                return "stay"
            case Do("discard_draft", draft_id):
                self.context.desk.discard_draft(draft_id)
                agent.chosen = None
                return "stay"
            case Open("waiting", number):
                return self._resume(self.context.desk.drafts.of_case(number))
            case Do("cases"):
                agent.chosen = None
                return "stay"
            case Do("lock"):
                return "lock"
            case Do("leave"):
                return "leave"
            case Open("rate", number):
                session.case_no = number
                invite(self.context, number, Stage.DELIVERED if self._delivered(number) else Stage.TAKEN_IN)
                return "rating"
            case Open(what, number) if what in ("deliver", "supplement", "withdraw", "delay", "finish", "slip"):
                session.case_no = number
                return what
        return None

    def told(self, event: object) -> str | None:
        """Show what has come from the county."""
        return "stay" if isinstance(event, frozenset) else None

    def _stick_entry(self) -> tuple[OptionView, ...]:
        if not self.context.stick_room.fitted:
            return ()
        return (OptionView("menu.stick", self.tr("U 盘带送"), chosen=False, intent=Open("stick")),)

    @property
    def _agent(self) -> AgentAtDesk:
        agent = self.context.session.agent
        if agent is None:
            raise PermissionError("the desk is locked")
        return agent

    def _rows(self) -> list[CaseRow]:
        wanted = FILTERS[self._agent.filter]
        over = self._agent.filter == "over"
        found = self.context.desk.cases.rows(over=over)
        if over:
            found += [row for row in self.context.desk.cases.rows(over=False) if row.status in wanted]
        return [row for row in found if row.status in wanted]

    def _row(self, row: CaseRow) -> CaseRowView:
        number = parse_case_number(row.case_no).short_grouped()
        promised_on = row.promised_on if row.status in PROMISED else None
        due = self.tr("承诺 {day}", day=promised_on.strftime("%m-%d")) if promised_on else ""
        return CaseRowView(
            target_id=f"case.{row.case_no}",
            light=light_of(self.context, row),
            title=self.context.item_name(row.item_code),
            subtitle=f"{number} · {row.name_masked}" if row.name_masked else number,
            state=state_words(self.context, row),
            due=due,
            action=self._action_words(row),
            chosen=row.case_no == self._agent.chosen,
            intent=Open("case", row.case_no),
        )

    def _draft_row(self, draft: DraftRow) -> CaseRowView:
        tr = self.tr
        known = self.context.packs.item(draft.item_code) is not None
        return CaseRowView(
            target_id=f"draft.{draft.id}",
            light=LightView(Level.NEUTRAL, tr("没填完")),
            title=self.context.item_name(draft.item_code),
            subtitle=tr("存于 {time}", time=stamp(draft.saved_ms)),
            state=tr("草稿在本机"),
            due="",
            action=tr("接着填") if known else tr("不能再办"),
            chosen=draft.id == self._agent.chosen,
            intent=Open("draft" if known else "draft_of_old_item", draft.id),
        )

    def _action_words(self, row: CaseRow) -> str:
        tr = self.tr
        words = {
            Status.READY: tr("送达"),
            Status.SUPPLEMENT_REQUIRED: tr("补材料"),
            Status.AWAITING_MATERIALS: tr("接着办"),
        }
        return words.get(row.status, "")

    def _delivered(self, number: str) -> bool:
        return self.context.desk.cases.case(number).status in (Status.DELIVERED, Status.CLOSED)

    def _resume(self, draft: DraftRow | None) -> str | None:
        """Go on where a draft was left; behind its form nobody is asked any more whether the matter is a double."""
        outcome = take_up(self.context, draft)
        application = self.context.session.application
        if application is None or application.place not in ("marks", "review"):
            return outcome
        return "double" if doubles.find(self.context, application) else outcome

    def _detail(self) -> CaseDetailView | None:
        number = self._agent.chosen
        row = self.context.desk.cases.row(number) if number else None
        if row is None:
            return self._old_draft(number) if number and self._agent.filter == "drafts" else None
        tr = self.tr
        case = self.context.desk.cases.case(row.case_no)
        name = self.context.item_name(row.item_code)
        label, when = when_words(self.context, case)
        rated = any(rating.state == GIVEN for rating in self.context.desk.papers.ratings(row.case_no))
        return CaseDetailView(
            light=light_of(self.context, row),
            title=f"{name} · {row.name_masked}" if row.name_masked else name,
            number=parse_case_number(row.case_no).grouped(),
            because=f"{label} {when}" if case.status in SETTLED else when,
            facts=(
                (tr("状态"), state_words(self.context, row)),
                (tr("评价"), tr("已评") if rated else tr("未评")),
            ),
            trace=Trace(tell(self.context, row.case_no)),
            actions=self._actions(row),
        )

    def _old_draft(self, draft_id: str) -> CaseDetailView | None:
        """Show a draft whose item has left the catalogue: it can only be thrown away, and says so."""
        tr = self.tr
        draft = self.context.desk.drafts.get(draft_id)
        if draft is None or draft.agent != self._agent.id:
            return None
        discard = ActionView("do.discard", tr("丢掉这份草稿"), Do("discard_draft", draft.id), Weight.DANGER)
        return CaseDetailView(
            light=LightView(Level.NEUTRAL, tr("没填完")),
            title=self.context.item_name(draft.item_code),
            number="",
            because=tr("这个事项已经不在目录里，草稿不能接着填。请换一个事项重新申请。"),
            facts=((tr("存于"), stamp(draft.saved_ms)),),
            trace=Trace(()),
            actions=(discard,),
        )

    def _actions(self, row: CaseRow) -> tuple[ActionView, ...]:
        """What can be done now, the most likely first and as the main one."""
        tr = self.tr
        offers: list[tuple[str, str]] = []
        if row.status is Status.READY:
            offers.append(("deliver", tr("送达结果")))
        if row.status is Status.SUPPLEMENT_REQUIRED:
            offers.append(("supplement", tr("收补充材料")))
        if row.status is Status.AWAITING_MATERIALS and self.context.desk.drafts.of_case(row.case_no):
            offers.append(("waiting", tr("材料齐了，接着办")))
        if row.status is Status.TAKEN_IN and row.role is Role.DIRECT:
            offers.append(("finish", tr("马上办理")))
        if row.status in PROMISED and row.promised_on is not None:
            offers.append(("delay", tr("向申请人说明延期")))
        if row.status in (Status.DELIVERED, Status.CLOSED):
            offers.append(("rate", tr("请申请人评价")))
        offers.append(("slip", tr("补打单据")))
        if row.status in UNDECIDED:
            offers.append(("withdraw", tr("申请人要撤回")))
        return tuple(
            ActionView(
                f"do.{what}",
                text,
                Open(what, row.case_no),
                Weight.MAIN if at == 0 and what != "slip" else Weight.DANGER if what == "withdraw" else Weight.PLAIN,
            )
            for at, (what, text) in enumerate(offers)
        )
