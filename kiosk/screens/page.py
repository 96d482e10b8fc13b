"""A place made of blocks: read, checked, filled in or signed."""

from __future__ import annotations

from collections.abc import Iterator

from kivy.uix.widget import Widget
from msgspec.structs import replace

from kiosk.input.entry import ALL_MODES
from kiosk.input.keys import Mode
from kiosk.intents import Focus
from kiosk.pages import AsideView, Checks, Control, Fields, FieldView, Notice, PageView, Rows, RowView, SignatureView
from kiosk.screens import Screen, ScreenContext, Writing
from kiosk.screens.actions import button
from kiosk.screens.blocks import BlockMaker
from kiosk.screens.steps import steps_rail
from kiosk.theme import INK_SOFT, Layout, Role
from kiosk.views import Level
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.choices import ChoiceGroup
from kiosk.widgets.element import Element
from kiosk.widgets.fields import Field
from kiosk.widgets.inset import Inset
from kiosk.widgets.layout import Card, Column
from kiosk.widgets.listing import ListCard
from kiosk.widgets.page import Page
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.sheet import Blocks, Head, Sheet
from kiosk.widgets.words import Text

_TYPED = (Control.TEXT, Control.DIGITS, Control.LETTERS)
_MODES = {Control.TEXT: ALL_MODES, Control.DIGITS: (Mode.DIGITS,), Control.LETTERS: (Mode.ENGLISH, Mode.DIGITS)}


class PageScreen(Screen):
    """Draws a `PageView`."""

    name = "page"

    def __init__(self, context: ScreenContext) -> None:
        """Make an empty screen."""
        super().__init__(context)
        self._maker = BlockMaker(self.look, self.tr, self.focus, self._question)
        self._sheet: Sheet | None = None
        self._writing: Writing | None = None
        self._offset = 0  # where the page was before a question took its place

    def render(self, view: PageView) -> None:
        """Show `view`, and of it what has just been found wrong, is asked for now, or was written in last."""
        again = self.body is not None and self.view is not None and self.view.place == view.place
        known = _wrong(self.view) if again else []
        before = self._sheet if again else None
        if before is not None or not again:
            self._offset = before.scroll.offset if before is not None else 0
        super().render(view)
        if self._sheet is None:
            return
        if again and before is None:
            self._sheet.scroll.scroll_to(self._offset)
        now = _wrong(view)
        news = [target for target in now if target not in known] or [target for target in known if target not in now]
        if news and news[0] in self._maker.places:
            self._sheet.scroll.bring_into_view(self._maker.places[_in_view(view, news[0])])

    def build(self, view: PageView) -> Element:
        """Return the page; on a small screen only the question that is written in, while there is one."""
        focused = next((field for field in _fields(view) if field.focused and field.control in _TYPED), None)
        writing = self._writing = self._write(view, focused) if focused is not None else None
        self._maker = BlockMaker(self.look, self.tr, self.focus, self._question)
        self._sheet = None
        panel = writing.panel if writing is not None else None
        if focused is not None and self.look.metrics.layout is Layout.SMALL:
            question = self._seeking(view, focused) if focused.seeks else self._alone(view, focused)
            return Page(self.look, question, panel=panel, keep_id=f"{view.place}.question")
        metrics = self.look.metrics
        alone = metrics.layout is Layout.LARGE and not view.steps and view.aside is None
        blocks = Blocks(self.look, self._maker.elements(view.blocks), metrics.height // 2 if alone else None)
        head: Element = Head(self.look, view.title, self._hint(view))
        if writing is not None:
            # The keys leave little room: the head scrolls with the rest.
            self._sheet = Sheet(self.look, None, Column(self.look, [head, blocks]), view.place, narrow=False)
        else:
            self._sheet = Sheet(self.look, head, blocks, view.place, narrow=alone)
        return Page(
            self.look,
            self._sheet,
            steps=steps_rail(self.look, view.steps) if view.steps else None,
            asides=self._asides(view.aside) if view.aside else (),
            bottom=self._bottom(view),
            panel=panel,
        )

    def on_parent(self, screen: Screen, parent: Widget | None) -> None:
        """Drop what is drawn when another screen is shown: the next visit to a place begins at its top."""
        super().on_parent(screen, parent)
        if parent is None and self.body is not None:
            self.remove_widget(self.body)
            self.body = None

    def _hint(self, view: PageView) -> str:
        if view.aside is None or self.look.metrics.layout is Layout.LARGE:
            return view.hint
        return " · ".join(part for part in (view.aside.title, *view.aside.lines[:1], view.hint) if part)

    def _asides(self, view: AsideView) -> tuple[Element, ...]:
        """The whole card, and one that says only what is being done, for a long name under many steps."""
        return self._aside(view, view.lines), self._aside(view, ())

    def _aside(self, view: AsideView, said: tuple[str, ...]) -> Element:
        lines: list[Element] = [
            Text(self.look, view.caption, Role.SMALL, colour=INK_SOFT),
            Text(self.look, view.title, Role.BODY, bold=True),
            *(Text(self.look, line, Role.SMALL, colour=INK_SOFT) for line in said),
        ]
        return Card(self.look, Column(self.look, lines, 0), padding=self.look.metrics.space.l)

    def _bottom(self, view: PageView) -> BottomBar | None:
        buttons = [
            button(self.look, action, self.focus) for action in (*view.others, *([view.main] if view.main else []))
        ]
        back = button(self.look, view.back, self.focus) if view.back else None
        if back is None and not buttons:
            return None
        return BottomBar(self.look, back=back, note=view.saved, main=buttons)

    # Writing

    def _write(self, view: PageView, field: FieldView) -> Writing:
        typed = [each for each in _fields(view) if each.control in _TYPED]
        return self.write(
            field.field,
            field.text,
            modes=_MODES[field.control],
            extras=tuple(field.extra_key),
            length_max=field.length_max,
            done=self.tr("完成") if field is typed[-1] else self.tr("下一项"),
        )

    def _alone(self, view: PageView, field: FieldView) -> Element:
        """The one question that is written in, with where in the form it stands."""
        typed = [each for each in _fields(view) if each.control in _TYPED]
        place = f"{view.title} {typed.index(field) + 1}/{len(typed)}"
        what = f"{view.aside.title} · {place}" if view.aside else place
        parts: list[Element] = [
            Text(self.look, what, Role.SMALL, colour=INK_SOFT, lines_max=1),
            Head(self.look, self._label(field), field.hint, role=Role.HEADING),
            self._field(field, label=""),
        ]
        return Column(self.look, parts, self.look.metrics.space.s)

    def _seeking(self, view: PageView, field: FieldView) -> Element:
        """The field, and under it what it finds, a line each: the keys leave room for no more."""
        found = [block for block in view.blocks if isinstance(block, Rows)]
        lines = [replace(block, rows=tuple(_on_one_line(row) for row in block.rows)) for block in found]
        column = Inset(self.look, Column(self.look, self._maker.elements(lines), 0), self.look.metrics.space.l, 0)
        listed = Scroll(self.look, column, f"{view.place}.found")
        parts: list[Element] = [self._field(field, label=""), ListCard(self.look, listed).grow()]
        return Column(self.look, parts, self.look.metrics.space.s)

    def _question(self, field: FieldView) -> Element:
        if field.control in _TYPED:
            return self._field(field, label=self._label(field))
        options = self._maker.options(field.options)
        several = field.control is Control.TICKS
        return ChoiceGroup(self.look, self._label(field), options, several=several, error=field.error)

    def _field(self, field: FieldView, *, label: str) -> Field:
        value = self._writing.entry if field.focused and self._writing is not None else field.text

        def touched(caret: int) -> None:
            if field.focused:
                self.place_caret(caret)
            else:
                self.focus(Focus(field.field))

        return Field(
            self.look,
            field.target_id,
            label,
            value,
            touched,
            hint=field.hint,
            error=field.error,
            focused=field.focused,
            said=self._label(field),
        )

    def _label(self, field: FieldView) -> str:
        return self.tr("{label}（可不填）", label=field.label) if field.optional else field.label


def _fields(view: PageView) -> Iterator[FieldView]:
    for block in view.blocks:
        if isinstance(block, Fields):
            yield from block.fields


def _on_one_line(row: RowView) -> RowView:
    return replace(row, subtitle="", trailing=row.subtitle)


def _in_view(view: PageView, news: str) -> str:
    """Return what stands in view after news: what a notice says never moves the field away that is written in."""
    fields = list(_fields(view))
    written = [field.target_id for field in fields if field.focused]
    return written[0] if written and news not in [field.target_id for field in fields] else news


def _wrong(view: PageView) -> list[str]:
    """Return the places that need a look: what is wrong, what is asked for, what warns."""
    targets: list[str] = []
    for block in view.blocks:
        match block:
            case Fields(fields):
                targets += [field.target_id for field in fields if field.error or field.focused]
            case Checks(rows):
                targets += [row.target_id for row in rows if row.error]
            case SignatureView(target_id=target, error=error) if error:
                targets.append(target)
            # One whose words change while somebody writes elsewhere does not pull the page to itself.
            case Notice(level, text, lines=1) if level in (Level.WARN, Level.BAD):
                targets.append(text)
    return targets
