"""核对材料: what the applicant has brought. What is missing is told at once, all of it, on one slip."""

from __future__ import annotations

from kiosk import applying
from kiosk.attempt import attempt
from kiosk.commands import GiveNotice
from kiosk.flow import CHECKLIST
from kiosk.intents import Back, Choose, Do, Next
from kiosk.pages import ActionView, Checks, CheckView, Notice, OptionView, PageView, Weight
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter
from kiosk.presenters.papers import issue_after
from kiosk.values import material_need, material_note
from kiosk.views import Intent, Level
from sync.model.catalogue import Material, Necessity
from sync.model.facts import SlipKind


class ChecklistPresenter(ApplicationPresenter):
    """Asks for each material whether it is here."""

    def view(self) -> PageView:
        """Return the checklist; the main action depends on what is missing."""
        tr = self.tr
        missing = self._missing()
        blocks: list[Checks | Notice] = []
        if self.context.said:
            blocks.append(Notice(Level.BAD, self.context.said))
        if self.application.changed_form:
            blocks.append(Notice(Level.NOTICE, tr("这张表更新过，有几项请再填一次。")))
        blocks.append(Checks(tuple(self._row(material) for material in self.item.materials)))
        notice = ActionView("notice", tr("打印一次性告知单"), Do("notice"), Weight.MAIN)
        return PageView(
            place=CHECKLIST,
            title=tr("材料带齐了吗？"),
            hint=tr("一样一样看，没带的一次说清"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, CHECKLIST),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            main=notice if missing else frames.main(tr("下一步：填表")),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Mark a material, go on, or give notice."""
        self.context.session.said = None
        match intent:
            case Back():
                return "back"
            case Choose(material, here):
                self.application.has[material] = here == "here"
                applying.save(self.context, self.application)
                return "stay"
            case Next() if not self._missing():
                self.application.place = "form"
                applying.save(self.context, self.application)
                return "next"
            case Do("notice") if self._missing():
                return self._give_notice()
        return None

    def _missing(self) -> tuple[Material, ...]:
        """Return what the item always needs and the applicant has not brought."""
        return tuple(
            material
            for material in self.item.materials
            if material.necessity is Necessity.REQUIRED
            and material.needed_when is None
            and self.application.has.get(material.code) is False
        )

    def _give_notice(self) -> str:
        context = self.context
        applying.save(context, self.application)
        command = GiveNotice(self.item, None, tuple(material.name for material in self._missing()))
        done = attempt(context, command, self.application.case_no, self.application.draft_id)
        if done is None:
            return "stay"
        number = done.case.number
        self.application.case_no = context.session.case_no = number
        issue_after(context, SlipKind.ONE_TIME_NOTICE, number)
        return "notice"

    def _row(self, material: Material) -> CheckView:
        tr = self.tr
        has = self.application.has.get(material.code)
        return CheckView(
            target_id=f"material.{material.code}",
            title=material.name,
            note=material_note(self.context, material),
            badge=material_need(tr, material, foreseen=True),
            options=tuple(
                OptionView(
                    f"material.{material.code}.{value}", text, chosen=has is chosen, intent=Choose(material.code, value)
                )
                for value, text, chosen in (("here", tr("带了"), True), ("missing", tr("没带"), False))
            ),
        )
