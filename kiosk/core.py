"""The kiosk behind its screens: carries touches to the visit, and what devices and county say to desk and visit.

Everything here runs in the window's thread. Devices and the sync process are only looked at, never waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.id_reader.events import CardRead, CardTrouble
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobEnded,
    JobHeld,
    KeyPressed,
    StrayKey,
    WindowEnded,
    WindowOpened,
)
from kiosk.bars import LineState, Truths
from kiosk.county_word import CountyWord
from kiosk.desk import SYSTEM, Desk
from kiosk.flow import DOCUMENTS, STICK
from kiosk.intents import Scanned
from kiosk.packs import PointPacks
from kiosk.printing import PrintRoom
from kiosk.rating import RatingDesk
from kiosk.self_check import SelfCheck
from kiosk.self_test_room import LineSaid, SelfTestRoom
from kiosk.stick_room import StickNews, StickRoom
from kiosk.views import Intent
from kiosk.visit import Display, Visit
from sync.clock import Clock
from sync.journal import Journal, JournalRefused
from sync.known_day import KnownDay
from sync.model.facts import Channel, PackInstalled, PackRefused
from sync.pack_shelf import INSTALLED, PackOutcome, PackShelf
from sync.packs import PackRefused as PackNotUsable
from sync.transport.line_state import LineState as Way
from sync.transport.outgoing import OutgoingLeft
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

LEARNED_A_TICK = 40
"""Cases; some milliseconds."""
FETCHED_SAID_MS = 10 * 60_000
"""How long the strip says that a case has come, unless a receipt is scanned before."""


class DeviceHub(Protocol):
    """The devices, as the kiosk looks at them."""

    def statuses(self) -> dict[Device, DeviceStatus]:
        """Return how every device is now."""

    def drain(self) -> list[DeviceEvent]:
        """Return what they have said since the last time."""


class Rooms(Struct, frozen=True):
    """What the core keeps going."""

    journal: Journal
    desk: Desk
    packs: PointPacks
    shelf: PackShelf
    hub: DeviceHub
    county: TransportReader
    print_room: PrintRoom
    rating_desk: RatingDesk
    county_word: CountyWord
    stick_room: StickRoom
    self_check: SelfCheck
    self_test: SelfTestRoom
    known_day: KnownDay


class Core:
    """Feeds one visit with what happens around it."""

    def __init__(
        self,
        rooms: Rooms,
        make_visit: Callable[[Display], Visit],
        technician: Callable[[Way], str],
        clock: Clock,
    ) -> None:
        """Keep `rooms` going; `technician` words what the technician must know, also of the line; "" for nothing."""
        self._rooms = rooms
        self._make_visit = make_visit
        self._technician = technician
        self._clock = clock
        self._way = Way()
        self._left = OutgoingLeft()
        self._line = LineState(0, None, rooms.journal.head().seq, None, connected=False)
        self._visit: Visit | None = None
        self._packs_may_have_come = False
        self._fetched_ms: int | None = None

    def start(self, display: Display) -> None:
        """Show the first screen on this display and carry its touches from now on."""
        with suppress(JournalRefused):  # a disk that takes nothing keeps nobody from the guide
            self._rooms.print_room.settle_last_run()
        with suppress(JournalRefused):
            self._rooms.rating_desk.settle_last_run()
        self._look_at_self_check()
        self._look_at_county()
        self._note_arrived()
        self._install_packs()
        self._visit = self._make_visit(display)
        self._visit.show()

    def handle(self, intent: Intent) -> None:
        """Do what was touched."""
        if isinstance(intent, Scanned):
            self._fetched_ms = None
        if self._visit is not None:
            self._visit.receive(intent)

    def touched(self) -> None:
        """Know that somebody is there."""
        if self._visit is not None:
            self._visit.touched()

    def tick(self) -> None:
        """Look at the devices, the county and the clock; called twice a second."""
        visit = self._visit
        if visit is None:
            return
        self.hear_devices()
        if self._county_changed():
            self._look_at_self_check()
            changed = self._look_at_county()
            visit.tell(changed)
            self._note_fetched(changed, visit)
            self._packs_may_have_come = True
        elif self._rooms.journal.head().seq != self._line.written:
            self._line = self._read_line()
        if self._wrote_ends():
            visit.show()
        self._look_at_stick(visit)
        if self._packs_may_have_come and visit.nobody_here:
            # Never under anybody's hands: an item that is being read or filled in must not vanish.
            self._install_packs()
            visit.show()
        self._learn()
        visit.tick()
        visit.show_bars()

    def hear_devices(self) -> None:
        """Take what the devices have said; called at every tick, and as soon as one has spoken."""
        visit = self._visit
        if visit is None:
            return
        events = self._rooms.hub.drain()
        for event in events:
            self._hear(event, visit)
        if events:
            visit.show_bars()

    def _wrote_ends(self) -> bool:
        """Write down what the disk did not take when it happened; whether that changes what is said of a paper."""
        with suppress(JournalRefused):
            self._rooms.rating_desk.write_ends()
            self._rooms.rating_desk.write_strays(self._clock.boot_ms())
            return self._rooms.print_room.write_ends()
        return False

    def _learn(self) -> None:
        """Let the desk, while it is open, learn a few more of the people it will be asked about when it is locked."""
        with suppress(JournalRefused):
            self._rooms.desk.learn(LEARNED_A_TICK)

    def _look_at_stick(self, visit: Visit) -> None:
        room = self._rooms.stick_room
        with suppress(JournalRefused):  # what was done is written down as soon as the disk takes it
            news = room.settle()
            # A stick is looked at only where it is shown: a broken one may answer slowly.
            if news or (visit.place in (STICK, DOCUMENTS) and room.moved()):
                visit.tell(StickNews())

    def _note_fetched(self, changed: frozenset[str], visit: Visit) -> None:
        """Remember for the strip that a case came which was known by its receipt only, unless it stands there now."""
        cases = self._rooms.desk.cases
        if any(cases.row(number) is None and number != visit.context.session.query.found for number in changed):
            self._fetched_ms = self._clock.boot_ms()

    def _fetched(self) -> bool:
        return self._fetched_ms is not None and self._clock.boot_ms() - self._fetched_ms < FETCHED_SAID_MS

    def _look_at_self_check(self) -> None:
        with suppress(JournalRefused, TransportRefused):  # looked at again when the sync process says more
            self._rooms.self_check.look()

    def _county_changed(self) -> bool:
        try:
            return self._rooms.county.changed()
        except TransportRefused:
            return False

    def _look_at_county(self) -> frozenset[str]:
        """Take in what the sync process has written down and return the cases that it is about.

        A damaged or locked file of the sync process is as no line: it makes itself anew, and nothing here is lost.
        """
        try:
            self._way = self._rooms.county.line()
            self._left = self._rooms.county.outgoing_left()
            changed = self._rooms.desk.fold_inbox()
            self._rooms.county_word.heed()
        except (TransportRefused, JournalRefused, OSError):
            self._way, changed = Way(), frozenset()
        self._line = self._read_line()
        return changed

    def acknowledged(self) -> int:
        """Return the last seq under the county's signature."""
        return self._line.acknowledged

    def line_said(self) -> LineSaid:
        """Return what a self-test judges the line by."""
        return LineSaid(self.heard_ms(), self._connected())

    def waiting(self) -> int:
        """Return how many records the county has not signed for."""
        return max(0, self._line.written - self._line.acknowledged)

    def heard_ms(self) -> int | None:
        """Return when the county was last heard, None: never."""
        return self._way.last_success_ms

    def rating_channel(self) -> Channel:
        """Return where to ask for a rating: the pad when it can be asked, else the screen."""
        pad = self._rooms.hub.statuses().get(Device.RATING_PAD)
        on_pad = pad is not None and pad.state in (DeviceState.READY, DeviceState.UNKNOWN)
        return Channel.PAD if on_pad else Channel.SCREEN

    def truths(self) -> Truths:
        """Return what the strip is made from."""
        statuses = self._rooms.hub.statuses()
        return Truths(
            line=replace(self._line, connected=self._connected()),
            printer=statuses[Device.RECEIPT_PRINTER],
            pad=statuses[Device.RATING_PAD],
            scanner=statuses[Device.CODE_SCANNER],
            reader=statuses[Device.ID_READER],
            clock_is_real=self._clock.real,
            technician=self._technician(self._way),
            attachments=self._left,
            mirror=self._rooms.stick_room.mirror(),
            fetched=self._fetched(),
        )

    def _read_line(self) -> LineState:
        """Put together what the county has signed, what is written here, and how the line is."""
        self._rooms.known_day.look()
        journal, county = self._rooms.journal, self._rooms.county
        try:
            acknowledged = county.acknowledgement(journal.chain)
        except TransportRefused:
            acknowledged = None
        seq = acknowledged.link.seq if acknowledged is not None else 0
        oldest = self._rooms.desk.own_record(seq + 1)
        return LineState(
            acknowledged=seq,
            at_ms=acknowledged.at_ms if acknowledged is not None else None,
            written=journal.head().seq,
            oldest_ms=oldest.header.wall_ms if oldest is not None else None,
            connected=self._connected(),
        )

    def _connected(self) -> bool:
        """Whether the sync process says that the line is good, and is there to say so."""
        return self._way.up and not self._way.overdue(self._clock.wall_ms())

    def _hear(self, event: DeviceEvent, visit: Visit) -> None:
        match event:
            case CodeScanned(text):
                self.handle(Scanned(text))
                return
            case ScanTrouble(fault):
                visit.scan_failed(fault)
                return
        try:
            match event:
                case JobHeld():
                    self._rooms.print_room.stands_still(event)
                case JobEnded():
                    self._rooms.print_room.ended(event)
                case WindowOpened():
                    self._rooms.self_test.opened(event)
                case KeyPressed():
                    # A key that the self-test has asked for is nobody's rating.
                    if not self._rooms.self_test.pressed(event) and not self._rooms.rating_desk.pressed(event):
                        return
                case WindowEnded():
                    if not self._rooms.self_test.ended(event):
                        self._rooms.rating_desk.ended(event, self._clock.boot_ms())
                case StrayKey():
                    self._rooms.rating_desk.stray(event, self._clock.boot_ms())
                case CardRead() | CardTrouble():
                    visit.touched()  # whoever lays a card down is there
        except JournalRefused:
            # The disk takes nothing: the event is not claimed to be kept, and whoever pressed a key is told.
            if isinstance(event, KeyPressed):
                visit.could_not_save()
            return
        visit.tell(event)

    def _install_packs(self) -> None:
        """Bring packs that have come into use; a disk that takes nothing leaves the old ones, until the next time."""
        try:
            outcomes = self._rooms.shelf.install_incoming()
            if any(outcome.code == INSTALLED for outcome in outcomes):
                self._rooms.packs.use(self._rooms.shelf.in_use())
            self._note_packs(outcomes)
        except (OSError, JournalRefused, PackNotUsable):
            return
        self._packs_may_have_come = False

    def _note_arrived(self) -> None:
        """Write down the packs without which the program could not begin; they are in use whether or not that works."""
        try:
            self._note_packs(self._rooms.packs.arrived)
        except JournalRefused:
            return

    def _note_packs(self, outcomes: tuple[PackOutcome, ...]) -> None:
        for outcome in outcomes:
            if outcome.refused:
                self._rooms.packs.refused = outcome
                self._rooms.desk.note(PackRefused(name=outcome.file, reason=outcome.code), SYSTEM)
            elif outcome.code == INSTALLED and outcome.kind is not None and outcome.version is not None:
                self._rooms.packs.refused = None
                self._rooms.desk.note(PackInstalled(name=outcome.kind.value, version=outcome.version), SYSTEM)
