"""The service guide: browse by theme, department or role, search by words and pinyin; and 选事项 for the agent."""

from __future__ import annotations

from kiosk import applying
from kiosk.context import Presenter
from kiosk.flow import PICK
from kiosk.i18n import EN
from kiosk.intents import Back, Choose, Done, Focus, Open, Scanned, Seek, Typed
from kiosk.own_views import GuideView
from kiosk.pages import Control, FieldView, OptionView, Rows, RowView, StepView
from kiosk.presenters import frames
from kiosk.presenters.scanned import CodeKind, code_of, open_in_public
from kiosk.session import Looking
from kiosk.views import Intent
from sync.model.catalogue import ServiceItem
from sync.model.facts import Role
from sync.model.search import search_items

SEARCH = "search"
WAYS = ("theme", "department", "role")


class GuidePresenter(Presenter):
    """Finds items for villagers."""

    def view(self) -> GuideView:
        """Return the items of the chosen group, or what the words find."""
        tr = self.tr
        looking = self._looking
        names = {"theme": tr("按事情"), "department": tr("按部门"), "role": tr("按办法")}
        groups = self._groups()
        chosen = looking.group or (groups[0][0] if groups else "")
        return GuideView(
            title=self._title(),
            search=self._search_field(),
            ways=tuple(
                OptionView(f"way.{way}", names[way], way == looking.way and not looking.words, Choose("way", way))
                for way in WAYS
            ),
            groups=tuple(
                OptionView(f"group.{code}", name, code == chosen and not looking.words, Choose("group", code))
                for code, name in groups
            ),
            items=Rows(
                tuple(self._row(item) for item in self._items(chosen)),
                empty=tr("没有找到。换个说法试一试，或者叫联络员帮忙。"),
            ),
            back=frames.back(tr, self._back_words()),
            steps=self._steps(),
        )

    def handle(self, intent: Intent) -> str | None:
        """Browse, search, or open an item."""
        looking, session = self._looking, self.context.session
        match intent:
            case Back():
                session.focus = ""
                session.looking = Looking()
                return "back"
            case Choose("way", way) if way in WAYS:
                looking.way, looking.group, looking.words = way, "", ""
            case Choose("group", code):
                looking.group, looking.words = code, ""
            case Focus(code):
                session.focus = code
            case Typed(_, text):
                looking.words = looking.seeking = text
            case Seek(text) if text != looking.seeking:
                looking.seeking = text
            case Done():
                looking.seeking, session.focus = "", ""
            case Open("item", code) if self.context.packs.item(code) is not None:
                session.focus = ""
                return self._open(code)
            case Scanned(text):
                return self._scanned(text)
            case _:
                return None
        return "stay"

    @property
    def _looking(self) -> Looking:
        return self.context.session.looking

    def _title(self) -> str:
        return self.tr("办事指南")

    def _back_words(self) -> str:
        return self.tr("回首页")

    def _steps(self) -> tuple[StepView, ...]:
        return ()

    def _offered(self) -> tuple[ServiceItem, ...]:
        """Return the items that can be found here."""
        today = self.context.today
        return tuple(item for item in self.context.packs.catalogue.items if item.effective <= today)

    def _open(self, code: str) -> str:
        self._looking.item_code = code
        return "item"

    def _scanned(self, text: str) -> str | None:
        return open_in_public(self.context, text)

    def _search_field(self) -> FieldView:
        session = self.context.session
        return FieldView(
            target_id="search",
            field=SEARCH,
            label="",
            control=Control.TEXT,
            text=self._looking.words,
            hint=self.tr("输入您要办的事，比如“老人补贴”"),
            focused=session.focus == SEARCH,
            length_max=20,
        )

    def _groups(self) -> list[tuple[str, str]]:
        packs, english = self.context.packs, self.context.session.language == EN
        offered = self._offered()
        match self._looking.way:
            case "department":
                used = {item.department for item in offered}
                return [(each.code, each.short_name) for each in packs.profile.departments if each.code in used]
            case "role":
                used_roles = {item.role for item in offered}
                return [
                    (words.role.value, words.name_en if english and words.name_en else words.name)
                    for words in packs.catalogue.roles
                    if words.role in used_roles
                ]
        used = {item.theme for item in offered}
        return [
            (theme.code, theme.name_en if english and theme.name_en else theme.name)
            for theme in packs.catalogue.themes
            if theme.code in used
        ]

    def _items(self, group: str) -> tuple[ServiceItem, ...]:
        offered = self._offered()
        words = self._looking.seeking.strip() or self._looking.words.strip()
        if words:
            return tuple(hit.item for hit in search_items(offered, words))
        match self._looking.way:
            case "department":
                return tuple(item for item in offered if item.department == group)
            case "role":
                return tuple(item for item in offered if item.role.value == group)
        return tuple(item for item in offered if item.theme == group)

    def _row(self, item: ServiceItem) -> RowView:
        words = self.context.packs.catalogue.words(item.role)
        english = self.context.session.language == EN
        name = self.context.name_of(item)
        fee = self.tr("不收费") if item.free else self.tr("收费")
        department = self.context.packs.department(item.department)
        subtitle = " · ".join(part for part in (department.short_name if department else "", fee) if part)
        role = words.name_en if english and words.name_en else words.name
        return RowView(f"item.{item.code}", name, subtitle, trailing=role, intent=Open("item", item.code))


class PickPresenter(GuidePresenter):
    """选事项: the first step of an application."""

    def _title(self) -> str:
        return self.tr("要代办什么事？")

    def _back_words(self) -> str:
        return self.tr("回办件")

    def _steps(self) -> tuple[StepView, ...]:
        return frames.steps(self.tr, PICK)

    def _offered(self) -> tuple[ServiceItem, ...]:
        return tuple(item for item in super()._offered() if item.role is not Role.TELL)

    def _open(self, code: str) -> str:
        begin_application(self, code)
        return "picked"

    def _scanned(self, text: str) -> str | None:
        return apply_for(self, text)


def apply_for(presenter: Presenter, text: str) -> str | None:
    """Begin an application for the item whose code was scanned; None for any other code, and for what is only told."""
    code = code_of(presenter.context, text)
    item = presenter.context.packs.item(code.text) if code.kind is CodeKind.ITEM else None
    if item is None or item.role is Role.TELL or item.effective > presenter.context.today:
        return None
    begin_application(presenter, item.code)
    return "picked"


def begin_application(presenter: Presenter, code: str) -> None:
    """Put a new application for an item into the session and keep it as a draft."""
    context = presenter.context
    session = context.session
    session.application = applying.begin(context, context.packs.catalogue.item(code))
    session.errors, session.focus, session.said = {}, "", None
    session.looking = Looking()
    applying.save(context, session.application)
