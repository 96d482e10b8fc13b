"""The agent signs in: who, a card that a scanner types, and a PIN of which only dots are seen."""

from __future__ import annotations

from kiosk.input.keys import Character, Command, Key
from kiosk.intents import Digit, Done, Keyed
from kiosk.own_views import SignInView
from kiosk.screens import Screen
from kiosk.screens.actions import button, emitter
from kiosk.theme import BAD, INK_SOFT, Layout, Role
from kiosk.views import Level
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.choices import ChoiceGroup, Option
from kiosk.widgets.element import Element
from kiosk.widgets.fields import PinDots
from kiosk.widgets.layout import Card, Column, Row, Space
from kiosk.widgets.page import Page
from kiosk.widgets.pin_pad import DELETE, PinPad
from kiosk.widgets.words import Light, Text


class SignInScreen(Screen):
    """Draws a `SignInView`."""

    name = "sign_in"

    def build(self, view: SignInView) -> Element:
        """Return who and how at the left, the keys at the right; below each other in portrait."""
        space = self.look.metrics.space
        pad = PinPad(self.look, self._pressed, enabled=view.wants_pin)
        words = Column(self.look, self._words(view), space.m)
        inside: Element
        if self.look.metrics.layout is Layout.PORTRAIT:
            inside = Column(self.look, [words, pad], space.xl)
        else:
            inside = Row(self.look, [words.grow(), pad], space.xxl)
        card = Card(self.look, inside, padding=space.xl if self._small else space.xxl)
        width = self.look.metrics.width - 2 * self.look.metrics.margin
        if self.look.metrics.layout is Layout.LARGE:
            width = width * 3 // 4
        centred = Row(
            self.look, [Space(self.look).grow(), card.wide(width), Space(self.look).grow()], 0, align="middle"
        )
        bottom = BottomBar(self.look, back=button(self.look, view.back, self.emit))
        return Page(self.look, centred, bottom=bottom)

    def press(self, key: Key) -> None:
        """Take a key of a real keyboard or of a scanner: what it belongs to is not for the screen to say."""
        if self.view is None or self.view.wait:
            return
        match key:
            case Character(text):
                self.emit(Keyed(text))
            case Command.BACKSPACE:
                self.emit(Digit(DELETE))
            case Command.DONE:
                self.emit(Done("card"))

    @property
    def _small(self) -> bool:
        return self.look.metrics.layout is Layout.SMALL

    def _pressed(self, key: str) -> None:
        if self.view is not None and self.view.wants_pin:
            self.emit(Digit(key))

    def _words(self, view: SignInView) -> list[Element]:
        agents = [
            Option(agent.target_id, agent.text, agent.chosen, emitter(self.emit, agent.intent), agent.enabled)
            for agent in view.agents
        ]
        said = view.wait or view.error
        return [
            Text(self.look, view.title, Role.TITLE),
            ChoiceGroup(self.look, "", agents),
            Space(self.look).grow(),
            *([Light(self.look, Level.GOOD, view.card)] if view.card else []),
            Text(self.look, view.caption, Role.BODY, colour=INK_SOFT),
            Row(self.look, [self._second(view), Space(self.look).grow()]),
            Text(self.look, said, Role.SMALL, colour=BAD, bold=True),
            Space(self.look).grow(),
        ]

    def _second(self, view: SignInView) -> Element:
        """The dots, or while the card is wanted the way for those who have no scanner."""
        if view.by_hand is None:
            return PinDots(self.look, view.dots, view.digits)
        return button(self.look, view.by_hand, self.emit)
