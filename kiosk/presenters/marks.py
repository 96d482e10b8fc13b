"""认材料: the agent's own mark on every material. An obligatory one without a mark stops the flow and says which."""

from __future__ import annotations

from kiosk import applying
from kiosk.flow import MARKS
from kiosk.intents import Back, Choose, Next, Open
from kiosk.pages import ActionView, Block, Checks, CheckView, Notice, OptionView, PageView, Words
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter
from kiosk.values import material_note
from kiosk.views import Intent, Level
from sync.model.catalogue import Material, Necessity
from sync.model.facts import MaterialState


class MarksPresenter(ApplicationPresenter):
    """Asks how each material that this application needs was met."""

    def view(self) -> PageView:
        """Return the materials with their marks."""
        tr = self.tr
        needed = self._needed()
        blocks: list[Block] = []
        stopping = [material for material in needed if material.code in self.context.session.errors]
        if stopping:
            blocks.append(Notice(Level.WARN, tr("请先看过“{name}”，再往下走。", name=stopping[0].name)))
        if needed:
            blocks.append(Checks(tuple(self._row(material) for material in needed)))
        else:
            blocks.append(Words(tr("这件事不用交材料。")))
        return PageView(
            place=MARKS,
            title=tr("认材料"),
            hint=tr("看过原件，或者收下复印件，都点一下"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, MARKS),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            main=frames.main(tr("下一步：核对签名")),
            others=(self._documents(),) if needed else (),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Mark a material, or go on."""
        session = self.context.session
        match intent:
            case Back():
                session.errors = {}
                return "back"
            case Open("documents"):
                session.errors = {}
                return "documents"
            case Choose(material, state):
                self.application.marks[material] = MaterialState(state)
                session.errors.pop(material, None)
                applying.save(self.context, self.application)
                return "stay"
            case Next():
                session.errors = {material.code: lambda tr: tr("还没有认") for material in self._unmet()}
                if session.errors:
                    return "stay"
                self.application.place = "review"
                applying.save(self.context, self.application)
                return "next"
        return None

    def _documents(self) -> ActionView:
        count = len(self.application.attachments)
        text = self.tr("照片、扫描件（{count}）", count=count) if count else self.tr("添加照片、扫描件")
        return ActionView("documents", text, Open("documents"))

    def _needed(self) -> tuple[Material, ...]:
        return applying.needed_materials(self.context, self.item, self.application)

    def _unmet(self) -> list[Material]:
        return [
            material
            for material in self._needed()
            if material.necessity is not Necessity.OPTIONAL
            and self.application.marks.get(material.code, MaterialState.MISSING) is MaterialState.MISSING
        ]

    def _row(self, material: Material) -> CheckView:
        tr = self.tr
        states = [(MaterialState.ORIGINAL_SEEN, tr("原件已看")), (MaterialState.COPY_TAKEN, tr("复印件已收"))]
        if material.necessity is Necessity.DEFERRABLE:
            days = material.deferrable_days or 0
            states.append((MaterialState.PROMISED, tr("容缺，{days} 个工作日内补", days=days)))
        if material.necessity is Necessity.OPTIONAL:
            states.append((MaterialState.MISSING, tr("没带")))
        marked = self.application.marks.get(material.code)
        return CheckView(
            target_id=f"mark.{material.code}",
            title=material.name,
            note=material_note(self.context, material),
            badge=tr("可以不带") if material.necessity is Necessity.OPTIONAL else tr("必须"),
            error=self.context.error(material.code),
            options=tuple(
                OptionView(
                    f"mark.{material.code}.{state.value}", text, marked is state, Choose(material.code, state.value)
                )
                for state, text in states
            ),
        )
