"""核对签名: everything once more, then the signature on glass, then the one touch that takes the case in."""

from __future__ import annotations

from kiosk import applying, by_card
from kiosk.attempt import attempt
from kiosk.commands import TakeInCase
from kiosk.faults import field_sentence
from kiosk.flow import REVIEW
from kiosk.intents import Back, Do, Next, Open, Sign
from kiosk.pages import Block, Facts, Notice, PageView, Rows, RowView, Words
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter
from kiosk.presenters.papers import issue_after
from kiosk.values import material_state, shown
from kiosk.views import Intent, Level
from sync.case_key import CaseKey, last_four
from sync.model.facts import MaterialState, SlipKind
from sync.model.field_rules import FieldFault
from sync.model.form import FieldType, Form
from sync.model.profile import Words as CountyWords


class ReviewPresenter(ApplicationPresenter):
    """Shows what will be submitted and asks for the signature."""

    def view(self) -> PageView:
        """Return the summary; what is still wrong stands first and leads to its place."""
        tr = self.tr
        blocks: list[Block] = []
        if self.context.said:
            blocks.append(Notice(Level.BAD, self.context.said))
        faults = self._faults()
        if faults:
            rows = tuple(self._fault_row(fault) for fault in faults)
            blocks.append(Rows(rows, heading=tr("还差这几项，点一下去填")))
        blocks += self._answers()
        blocks.append(Facts(self._materials(), heading=tr("材料")))
        words = self.context.packs.profile.words
        for county_words in (CountyWords.MANDATE, CountyWords.TRUTH):
            if county_words in words:
                blocks.append(Words(words[county_words], soft=True))
        if self._form is not None and self._form.signature is not None:
            error = self.context.error("signature")
            caption = tr("请申请人在框里签名")
            blocks.append(frames.signature(tr, caption, self.application.signature, error))
        return PageView(
            place=REVIEW,
            title=tr("请核对一遍"),
            hint=tr("没有错就请申请人签名"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, REVIEW),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            main=frames.main(tr("提交，打印回执"), enabled=not faults),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Sign, jump to what is missing, or submit."""
        session = self.context.session
        match intent:
            case Back():
                return "back"
            case Open("field", code):
                session.focus = code
                return "form"
            case Sign(_, strokes):
                self.application.signature = strokes
                session.errors.pop("signature", None)
                return "stay"
            case Do("clear_signature"):
                self.application.signature = ()
                return "stay"
            case Next():
                return self._submit()
        return None

    @property
    def _form(self) -> Form | None:
        return self.item.form

    def _faults(self) -> tuple[FieldFault, ...]:
        return applying.faults(self.context, self._form, self.application) if self._form is not None else ()

    def _fault_row(self, fault: FieldFault) -> RowView:
        label = self._form.field(fault.field).label if self._form is not None else fault.field
        return RowView(
            target_id=f"fault.{fault.field}",
            title=field_sentence(self.tr, fault, label),
            trailing=self.tr("去填"),
            intent=Open("field", fault.field),
        )

    def _answers(self) -> list[Block]:
        if self._form is None:
            return []
        asked = applying.asked(self.context, self._form, self.application)
        given = applying.answers(self._form, self.application)
        return [
            Facts(
                tuple(
                    (field.label, shown(self.context, field, given.get(field.code)))
                    for field in section.fields
                    if field in asked and field.type is not FieldType.SIGNATURE
                ),
                heading=section.title,
            )
            for section in self._form.sections
        ]

    def _materials(self) -> tuple[tuple[str, str], ...]:
        needed = applying.needed_materials(self.context, self.item, self.application)
        marks = self.application.marks
        told = tuple(
            (each.name, material_state(self.tr, marks.get(each.code, MaterialState.MISSING))) for each in needed
        )
        count = len(self.application.attachments)
        return (*told, (self.tr("照片、扫描件"), self.tr("{count} 份", count=count))) if count else told

    def _submit(self) -> str:
        context, session = self.context, self.context.session
        if self._faults():
            return "stay"
        if self._form is not None and self._form.signature is not None and not self.application.signature:
            session.errors["signature"] = lambda tr: tr("请先签名")
            return "stay"
        done = attempt(context, self._command(), self.application.case_no, self.application.draft_id)
        if done is None:
            return "stay"
        number = done.case.number
        session.case_no = number
        session.application = None
        issue_after(context, SlipKind.RECEIPT, number)
        return "taken_in"

    def _command(self) -> TakeInCase:
        context = self.context
        needed = applying.needed_materials(context, self.item, self.application)
        form = self._form
        if form is None:
            raise ValueError(f"item {self.item.code} has no form")
        applicant = applying.applicant(form, self.application)
        return TakeInCase(
            item=self.item,
            urgency=self.application.urgency,
            applicant=applicant,
            values=applying.values(context, form, self.application),
            materials=applying.marks(context, needed, self.application),
            needed=frozenset(material.code for material in needed),
            signature=self.application.signature,
            agent_name=context.session.agent.name if context.session.agent is not None else "",
            promise_days=context.packs.profile.periods.promise_days,
            identity_from=by_card.identity_from(self.application),
            attachments=tuple(self.application.attachments),
            paper=CaseKey.fresh(last_four(applicant.identity_number)),
        )
