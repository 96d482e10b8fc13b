"""Whatever is said of an ID card, the questions below stay where they are: a finger is on its way to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from kivy.base import EventLoop

from devices.id_reader.card import read_text
from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.ports import Device, DeviceState
from devices.sim.cards import CARDS, chinese, number
from kiosk.i18n import LANGUAGES
from kiosk.input.engine import GooglePinyin
from kiosk.input.entry import TextEntry
from kiosk.intents import Do, SetLanguage
from kiosk.pages import PageView
from kiosk.screens import ScreenContext
from kiosk.screens.page import PageScreen
from kiosk.text.fonts import FontStack
from kiosk.theme import TextSize
from kiosk.widgets.element import walk
from kiosk.widgets.fields import Field
from tests.kiosk.card_counter import TO_THE_FORM, Counter, opened
from tests.kiosk.glass import look

LONG_EXPIRED = chinese(
    "李秀兰", "2", "01", number("990101", "19410512", 2), "青山县柳溪村", valid=("19850101", "20050101")
)
READABLE = (CARDS["citizen"].text, CARDS["expired"].text, LONG_EXPIRED)
SIZES = ((1920, 1080), (1024, 600), (1080, 1920))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A form with a reader, at a county that takes the card that expired and not one that did long before."""
    made = opened(tmp_path, expired_days_max=3650)
    yield made
    made.point.close()
    made.reader.close()


def everything_said(counter: Counter) -> Iterator[tuple[str, PageView]]:
    """What is said and the form after everything that can be heard of a reader, which is gone in the end."""
    point = counter.point
    heard: list[Callable[[str], CardTrouble | ReadingEnded | CardRead]] = [
        *(partial(CardTrouble, kind=kind) for kind in CardTroubleKind),
        *(partial(ReadingEnded, reason=end) for end in ReadingEnd),
        *(partial(CardRead, card=read_text(card)) for card in READABLE),
    ]
    for made in heard:
        point.do(Do("read_card", "applicant"))
        yield point.notices[0], point.page
        assert point.card_desk.reading is not None
        point.visit.tell(made(point.card_desk.reading.id))
        yield point.notices[0], point.page
    point.do(Do("read_card", "applicant"), Do("stop_card"))
    yield point.notices[0], point.page
    counter.reader.close()
    counter.until(lambda: point.hub.statuses()[Device.ID_READER].state is not DeviceState.READY, "the reader to go")
    yield point.notices[0], point.page


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_about_the_card_moves_the_questions(counter: Counter, fonts: FontStack, language: str) -> None:
    EventLoop.ensure_window()
    point = counter.point
    point.do(*TO_THE_FORM, SetLanguage(language))
    pages = dict(everything_said(counter))
    for size in SIZES:
        for text_size in TextSize:
            glass = look(fonts, *size, text_size)
            screen = PageScreen(ScreenContext(glass, point.tr, _nobody, TextEntry(GooglePinyin())))
            screen.size = size
            tops: dict[float, str] = {}
            for said, page in pages.items():
                screen.render(page)
                tops[next(each.top for each in walk(screen) if isinstance(each, Field))] = said
            assert len(tops) == 1, f"{size} {text_size}: {tops}"


def _nobody(_intent: object) -> None:
    """Nobody touches anything."""
