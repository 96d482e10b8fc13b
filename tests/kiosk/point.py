"""A whole service point without a window: real journal, real packs, real desk; views are collected, not drawn.

Time stands on Monday 2026-11-23 14:32 until a test moves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from county.publishing.assembly import contents_of
from devices.config import DevicesConfig
from devices.hub import Hub
from devices.ports import Device, DeviceEvent, DeviceStatus
from devices.printer.dialogue import Patience
from kiosk import core as kiosk_core
from kiosk.assets import Assets
from kiosk.card_desk import CardDesk
from kiosk.context import Context
from kiosk.core import Core, Rooms
from kiosk.county_word import CountyWord
from kiosk.desk import Desk
from kiosk.desk_lock import DeskLock
from kiosk.documents import DocumentDesk, StickDocuments
from kiosk.i18n import Translator
from kiosk.line_words import clock_sentence, log_sentence
from kiosk.own_views import DeskView, ScreenView
from kiosk.packs import PointPacks
from kiosk.pages import Notice, PageView
from kiosk.paper_desk import PaperDesk
from kiosk.places import PLACES
from kiosk.printing import PrintRoom
from kiosk.query_guard import QueryGuard
from kiosk.rating import RatingDesk
from kiosk.self_check import SelfCheck
from kiosk.self_test_room import Around, Fitted, LineSaid, SelfTestRoom
from kiosk.session import Session
from kiosk.sign_in import SignIn
from kiosk.stick_room import StickRoom
from kiosk.theme import TextSize
from kiosk.views import Intent, OverlayView, StatusView, TopBarView
from kiosk.visit import Display, Visit
from sync.agent_card import AgentCard
from sync.agents import AGENTS_FILE, KnownAgent, write_agents
from sync.attachments.shelf import AttachmentShelf
from sync.clock import FixedClock
from sync.desk_key import DeskKey, Given, OpenDesk
from sync.desk_key_file import DeskKeyFile
from sync.journal import Journal
from sync.keys import FileSigner, Trust, terminal_subject
from sync.known_day import KnownDay
from sync.model.facts import DeskGift
from sync.model.moment import wall_ms_at
from sync.pack_shelf import PackShelf, PacksInUse
from sync.sealing import Recipient
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.devices.bench import PATIENCE_S, NeverHappened
from tests.kiosk.journeys import AGENT, CARD
from tests.seals import DESK, READERS

DEMO = Path(__file__).parents[2] / "county" / "publishing" / "demo" / "990101"
REGION = "990101102203"
MONDAY_AFTERNOON_MS = wall_ms_at(date(2026, 11, 23), 14, 32)
ISSUED_MS = wall_ms_at(date(2026, 11, 2), 9)
"""When the demo packs were sealed."""
SUBJECT = terminal_subject("990101", REGION, "01")
PIN, OTHER_PIN = AGENT.pin, "135790"
OTHER_CARD = AgentCard("B02", SUBJECT, bytes(range(16, 32)))


@cache
def demo_packs() -> PacksInUse:
    """The demo county's packs, read from their tables once."""
    contents = contents_of(DEMO)
    return PacksInUse(contents.catalogue, contents.profile, contents.calendar, {}, ISSUED_MS)


AGENTS = (KnownAgent("A01", "王建国"), KnownAgent("B02", "周晓梅"))


@cache
def demo_desk_key() -> DeskKey:
    """The desk key as both agents can open it; a PIN is slow on purpose, so once."""
    opened = OpenDesk(DESK)
    key = DeskKey.begin(SUBJECT, opened)
    key = key.gave(opened, "A01", PIN, CARD, Given(DeskGift.FIRST, MONDAY_AFTERNOON_MS - 1))
    return key.gave(opened, "B02", OTHER_PIN, OTHER_CARD, Given(DeskGift.AGENT, MONDAY_AFTERNOON_MS - 1))


def let_agents_in(data: Path) -> DeskKeyFile:
    """Do what a technician did for a terminal: its agents with their cards."""
    file = DeskKeyFile(data, SUBJECT)
    if not file.path.exists():
        file.path.parent.mkdir(exist_ok=True)
        write_agents(data / AGENTS_FILE, AGENTS)
        file.write(None, demo_desk_key())
    return file


@dataclass
class Seen:
    """A display that remembers what it was shown."""

    screen: str = ""
    view: ScreenView | None = None
    top: TopBarView | None = None
    status: StatusView | None = None
    overlay: OverlayView | None = None
    language: str = "zh-Hans"
    size: TextSize = TextSize.STANDARD
    shown: int = 0
    forgotten: int = 0

    def show(self, name: str, view: ScreenView) -> None:
        """Remember the view."""
        self.screen, self.view = name, view
        self.shown += 1

    def set_top_bar(self, view: TopBarView) -> None:
        """Remember the top bar."""
        self.top = view

    def set_status(self, view: StatusView) -> None:
        """Remember the strip."""
        self.status = view

    def set_overlay(self, view: OverlayView | None) -> None:
        """Remember the dialog."""
        self.overlay = view

    def set_language(self, code: str) -> None:
        """Remember the language."""
        self.language = code

    def set_text_size(self, text_size: TextSize) -> None:
        """Remember the size."""
        self.size = text_size

    def forget(self) -> None:
        """Forget what was shown."""
        self.screen, self.view, self.overlay = "", None, None
        self.forgotten += 1


@dataclass(frozen=True)
class _Hub:
    hub: Hub

    def statuses(self) -> dict[Device, DeviceStatus]:
        return self.hub.statuses()

    def drain(self) -> list[DeviceEvent]:
        return self.hub.events.drain()


def documents_in(directory: Path) -> DocumentDesk:
    """Takes files from `sticks` of a point's directory into its `attachments`."""
    return DocumentDesk(StickDocuments(directory / "sticks"), shelf_in(directory))


def shelf_in(directory: Path) -> AttachmentShelf:
    """Where sealed attachments lie below a directory."""
    return AttachmentShelf(directory / "attachments", free_bytes_least=0)


@dataclass
class Point:
    """A service point in a directory. `reopen` is a restart of the program on the same files."""

    directory: Path
    devices: DevicesConfig = field(default_factory=DevicesConfig)
    clock: FixedClock = field(default_factory=lambda: FixedClock(MONDAY_AFTERNOON_MS))
    packs: PacksInUse = field(default_factory=demo_packs)
    monotonic_s: Callable[[], float] | None = None
    stick: str | None = None
    mirror: str | None = None
    region: str = REGION
    terminal: str = "01"
    readers: tuple[Recipient, ...] = READERS
    patience: Patience | None = None

    def __post_init__(self) -> None:
        """Open everything and show the home screen."""
        self.directory.mkdir(parents=True, exist_ok=True)
        assets = Assets.from_environment({})
        key = self.directory / "record.pem"
        signer = FileSigner.load(key) if key.exists() else FileSigner.create(key)
        self.journal = Journal.open_or_create(self.directory / "journal.db", signer, self.readers, self.clock)
        self.county = TransportReader(self.directory / "transport.db")
        config = TerminalConfig(
            self.region, "柳溪村便民服务点", self.terminal, "990101", "https://localhost:1",
            stick=self.stick, mirror=self.mirror,
        )  # fmt: skip
        self.point_packs = PointPacks(self.packs, self.region)
        timings = self.packs.profile.timings
        self.desk_key_file = let_agents_in(self.directory)
        self.known_day = KnownDay(self.clock, self.journal, self.county, lambda: self.point_packs.sealed)
        number = int(self.terminal)
        self.desk = Desk(self.journal, self.county, DESK.recipient, self.known_day.now, self.region, number)
        self.lock = DeskLock(self.desk_key_file, self.desk, lambda desk: (*self.readers[:2], desk), self.clock)
        device_clock_s = self.monotonic_s or (lambda: self.clock.boot_ms() / 1000)
        self.hub = Hub(self.devices, assets.regular_font, device_clock_s, patience=self.patience)
        self.print_room = PrintRoom(self.desk, self.hub.printer)
        self.paper_desk = PaperDesk(self.desk, self.journal, self.county)
        self.rating_desk = RatingDesk(
            self.desk, self.hub.pad, timings.pad_window_s, lambda: self.point_packs.profile.pad_words
        )
        self.card_desk = CardDesk(self.hub.reader, lambda: self.hub.statuses()[Device.ID_READER])
        self.stick_room = StickRoom(self.directory, self.stick, self.mirror, self.county, self.desk, self.clock)
        agents, tries = self.directory / AGENTS_FILE, self.directory / "tries"
        sign_in = SignIn(agents, tries, self.lock, self.desk, self.clock, timings.pin_tries, timings.pin_wait_s)
        self.documents = documents_in(self.directory)
        self.tr = Translator(assets.locale_dir)
        self.seen = Seen()
        shelf = PackShelf(self.directory / "packs", Trust(signer.public_key, "990101"))
        parts = (self.journal, self.desk, self.point_packs, shelf, _Hub(self.hub), self.county)
        word = CountyWord(self.county, self.journal, shelf_in(self.directory), self.directory, config, lambda: 0)
        check = SelfCheck(self.county, self.desk)
        fitted = Fitted(self.hub.pad, self.hub.statuses, device_clock_s)
        around = Around(self.directory, self._line_said, self.known_day.now)
        self.self_test = SelfTestRoom(self.desk, self.print_room, fitted, around, self.clock)
        seen = (word, self.stick_room, check, self.self_test, self.known_day)
        rooms = Rooms(*parts, self.print_room, self.rating_desk, *seen)

        self.core: kiosk_core.Core = Core(
            rooms,
            lambda display: self._visit_on(display, config, sign_in),
            lambda line: log_sentence(self.tr, line.fault) or check.sentence(self.tr) or self._of_the_day(),
            self.clock,
        )
        self.hub.start()
        self.core.start(self.seen)

    def _line_said(self) -> LineSaid:
        return self.core.line_said()

    def _of_the_day(self) -> str:
        now = self.known_day.now()
        return clock_sentence(self.tr, now.standing) or self.point_packs.technician_line(self.tr, now.day)

    def _visit_on(self, display: Display, config: TerminalConfig, sign_in: SignIn) -> Visit:
        context = Context(
            session=Session(),
            desk=self.desk,
            packs=self.point_packs,
            terminal=config,
            sign_in=sign_in,
            print_room=self.print_room,
            paper_desk=self.paper_desk,
            rating_desk=self.rating_desk,
            card_desk=self.card_desk,
            documents=self.documents,
            stick_room=self.stick_room,
            self_test=self.self_test,
            tr=self.tr,
            clock=self.clock,
            known_day=self.known_day,
            query_guard=QueryGuard(self.clock),
            heard_ms=self.core.heard_ms,
            acknowledged=self.core.acknowledged,
            waiting=self.core.waiting,
            rating_channel=self.core.rating_channel,
        )
        self.visit = Visit(context, PLACES, display, self.core.truths)
        return self.visit

    def close(self) -> None:
        """Let go of the files, as a power cut would after its last commit."""
        self.hub.close()
        self.journal.close()
        self.county.close()

    def reopen(self) -> Point:
        """Start the program again on the same files."""
        self.close()
        rest = (self.monotonic_s, self.stick, self.mirror, self.region, self.terminal, self.readers)
        return Point(self.directory, self.devices, self.clock, self.packs, *rest)

    def do(self, *intents: Intent) -> None:
        """Touch one thing after the other, letting devices answer in between."""
        for intent in intents:
            self.core.handle(intent)
            self.core.tick()

    @property
    def place(self) -> str:
        """Where the visitor is."""
        return self.visit.place

    @property
    def session(self) -> Session:
        """The visitor's session."""
        return self.visit.context.session

    @property
    def page(self) -> PageView:
        """The page that is shown."""
        assert isinstance(self.seen.view, PageView)
        return self.seen.view

    @property
    def notices(self) -> list[str]:
        """The coloured sentences on the page; none on a screen that is no page."""
        view = self.seen.view
        return [block.text for block in view.blocks if isinstance(block, Notice)] if isinstance(view, PageView) else []

    @property
    def desk_view(self) -> DeskView:
        """The desk that is shown."""
        assert isinstance(self.seen.view, DeskView)
        return self.seen.view


class AtThePoint:
    """What tests share that stand at a point and wait for what its devices do."""

    point: Point

    def until(self, so: Callable[[], object], what: str) -> None:
        """Let the kiosk look at its devices until something is so. Raises NeverHappened."""
        end_s = time.monotonic() + PATIENCE_S
        while not so():
            if time.monotonic() > end_s:
                overlay = self.point.seen.overlay
                shown = (self.point.place, overlay.title if overlay is not None else "", *self.point.notices)
                raise NeverHappened(f"waited for {what}; shown is {shown}")
            self.point.core.tick()
            time.sleep(0.005)
