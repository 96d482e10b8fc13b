"""The blocks of a page as elements: one method a kind of block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from kiosk.intents import Sign
from kiosk.pages import (
    Actions,
    BigNumber,
    Block,
    Checks,
    CheckView,
    Facts,
    Fields,
    FieldView,
    FlowChart,
    Notice,
    OptionView,
    Rows,
    RowView,
    SignatureView,
    Trace,
    Words,
)
from kiosk.screens.actions import Emit, button, emitter
from kiosk.theme import BAD, BLUE_SOFT, INK, INK_SOFT, Layout, Role
from kiosk.views import Translate
from kiosk.widgets import flowchart, words
from kiosk.widgets import rows as lines
from kiosk.widgets.choices import CheckRow, Option
from kiosk.widgets.columns import Beside, Questions, Signing
from kiosk.widgets.element import Element
from kiosk.widgets.flowchart import BoxShape, FlowBox, Way
from kiosk.widgets.inset import Wrap
from kiosk.widgets.layout import Card, Column, Grid, Hairline, Space
from kiosk.widgets.look import Look
from kiosk.widgets.signature import SignaturePad
from kiosk.widgets.words import Event, Text, Timeline

Question = Callable[[FieldView], Element]
"""Draws one question; the screen does, as it knows which one is written in."""


class BlockMaker:
    """Makes the elements of one page, and remembers where what can be wrong stands."""

    def __init__(self, look: Look, tr: Translate, emit: Emit, question: Question) -> None:
        """`emit` is told what is touched."""
        self.look = look
        self.tr = tr
        self.emit = emit
        self.question = question
        self.places: dict[str, Element] = {}  # by target id; those of notices by their text

    def elements(self, blocks: Sequence[Block]) -> list[Element]:
        """Return the elements of a page's blocks. A notice and the buttons after it are one; so are numbers."""
        made: list[Element] = []
        for kind, run in groupby(blocks, type):
            same = list(run)
            if kind is BigNumber and len(same) > 1:
                made.append(self._numbers(same))
            else:
                made += self._joined(same, made)
        return made

    def _joined(self, same: list[Block], made: list[Element]) -> Iterator[Element]:
        for block in same:
            before = made[-1] if made else None
            if isinstance(block, Actions) and isinstance(before, lines.Notice) and not block.heading:
                made.pop()
                self.places[before.text] = Beside(self.look, before, self._buttons(block))
                yield self.places[before.text]
            else:
                yield self._element(block)

    def _element(self, block: Block) -> Element:
        match block:
            case Words(text, heading, soft):
                role, colour = (Role.SMALL, INK_SOFT) if soft else (Role.BODY, INK)
                return self._under(heading, [Text(self.look, text, role, colour=colour)])
            case Notice(level, text, room):
                self.places[text] = lines.Notice(self.look, level, text, room)
                return self.places[text]
            case Facts(pairs, heading):
                return self._under(heading, [words.Facts(self.look, pairs)])
            case Rows():
                return self._rows(block)
            case Checks(rows, heading):
                return self._under(heading, [self._ruled([self._check(row) for row in rows])])
            case FlowChart():
                return self._flow_chart(block)
            case Trace(entries, heading):
                events = [Event(entry.when, entry.text, entry.note, entry.level) for entry in entries]
                return self._under(heading, [Timeline(self.look, events)])
            case BigNumber(caption, text):
                return self._number(caption, text)
            case SignatureView():
                return self._signature(block)
            case Actions(_, heading):
                return self._under(heading, [Wrap(self.look, self._buttons(block))])
            case Fields(fields, heading):
                columns = 2 if self.look.metrics.layout is Layout.LARGE else 1
                return self._under(heading, [Questions(self.look, [self._asked(field) for field in fields], columns)])

    def _under(self, heading: str, parts: list[Element]) -> Element:
        if not heading:
            return parts[0] if len(parts) == 1 else Column(self.look, parts, self.look.metrics.space.s)
        role = Role.HEADING if self.look.metrics.layout is Layout.LARGE else Role.BODY
        return Column(self.look, [Text(self.look, heading, role, bold=True), *parts], self.look.metrics.space.s)

    def _asked(self, field: FieldView) -> Element:
        element = self.places[field.target_id] = self.question(field)
        return element

    def _rows(self, block: Rows) -> Element:
        if not block.rows:
            return self._under(block.heading, [Text(self.look, block.empty, Role.BODY, colour=INK_SOFT)])
        last = len(block.rows) - 1
        rows: list[Element] = [self._row(row, divided=at < last) for at, row in enumerate(block.rows)]
        return self._under(block.heading, [Column(self.look, rows, 0)])

    def _row(self, row: RowView, *, divided: bool) -> Element:
        return lines.ListRow(
            self.look,
            row.target_id,
            row.title,
            subtitle=row.subtitle,
            trailing=row.trailing,
            level=row.light.level if row.light else None,
            light=row.light.text if row.light else "",
            action=emitter(self.emit, row.intent) if row.intent is not None else None,
            divided=divided,
        )

    def _ruled(self, rows: list[Element]) -> Element:
        ruled: list[Element] = []
        for at, row in enumerate(rows):
            ruled += [Hairline(self.look), row] if at else [row]
        return Column(self.look, ruled, 0)

    def _check(self, row: CheckView) -> Element:
        options = self.options(row.options)
        element = CheckRow(self.look, row.title, row.note, options, badge=row.badge, error=row.error)
        self.places[row.target_id] = element
        return element

    def options(self, views: Sequence[OptionView]) -> list[Option]:
        """Return what can be chosen."""
        return [
            Option(view.target_id, view.text, view.chosen, emitter(self.emit, view.intent), view.enabled)
            for view in views
        ]

    def _flow_chart(self, block: FlowChart) -> Element:
        boxes = [
            FlowBox(box.title, box.note, BoxShape(box.shape), tuple(Way(to, label) for label, to in box.ways))
            for box in block.boxes
        ]
        return self._under(block.heading, [flowchart.FlowChart(self.look, boxes)])

    def _number(self, caption: str, text: str) -> Element:
        parts: list[Element] = [
            Text(self.look, caption, Role.SMALL, colour=INK_SOFT),
            Text(self.look, text, Role.DISPLAY),
        ]
        column = Column(self.look, parts, 0)
        return Card(self.look, column, padding=self.look.metrics.space.l, bed=BLUE_SOFT)

    def _numbers(self, blocks: Sequence[Block]) -> Element:
        cards = [self._number(block.caption, block.text) for block in blocks if isinstance(block, BigNumber)]
        half = (self.look.metrics.width - 2 * self.look.metrics.margin) // 3
        columns = 2 if all(card.natural_width() <= half for card in cards) else 1
        return Grid(self.look, cards, columns)

    def _signature(self, block: SignatureView) -> Element:
        def signed(strokes: tuple[tuple[int, ...], ...]) -> None:
            self.emit(Sign(block.field, strokes))

        pad = SignaturePad(
            self.look,
            block.target_id,
            self.tr("在这里签名"),
            signed,
            strokes=block.strokes,
            error=bool(block.error),
        )
        side: list[Element] = [Text(self.look, block.caption, Role.BODY, bold=True)]
        if block.error:
            side.append(Text(self.look, block.error, Role.SMALL, colour=BAD, bold=True))
        side += [Space(self.look).grow(), button(self.look, block.clear, self.emit)]
        signing = Signing(self.look, pad, Column(self.look, side, self.look.metrics.space.s))
        self.places[block.target_id] = signing
        return signing

    def _buttons(self, block: Actions) -> list[Element]:
        return [button(self.look, action, self.emit) for action in block.actions]
