"""The screen of a service point: `python -m kiosk --data DIR`.

The composition root: the only place that names concrete classes, opens files and reads the clock.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.font_file import FontUnusable
from devices.hub import Hub
from devices.ports import Device, DeviceEvent, DeviceStatus
from kiosk.assets import Assets
from kiosk.card_desk import CardDesk
from kiosk.context import Context
from kiosk.core import Core, Rooms
from kiosk.county_word import CountyWord
from kiosk.desk import SYSTEM, Desk
from kiosk.desk_lock import DeskLock
from kiosk.device_words import device_sentence
from kiosk.documents import STICKS, DocumentDesk, StickDocuments
from kiosk.doorbell import Doorbell
from kiosk.i18n import Translator
from kiosk.input.engine import GooglePinyin
from kiosk.line_words import clock_sentence, log_sentence
from kiosk.packs import PointPacks
from kiosk.paper_desk import PaperDesk
from kiosk.places import PLACES, load_places
from kiosk.printing import PrintRoom
from kiosk.query_guard import QueryGuard
from kiosk.rating import RatingDesk
from kiosk.self_check import SelfCheck
from kiosk.self_test_room import Around, Fitted, SelfTestRoom
from kiosk.session import Session
from kiosk.sign_in import SignIn
from kiosk.stick_room import StickRoom
from kiosk.succession import begin_chain
from kiosk.visit import Display, Visit
from kiosk.window import NoWindow, WindowOptions, prepare_kivy
from sync import core_dumps
from sync.agents import AGENTS_FILE, AgentsUnreadable
from sync.attachments.shelf import DIRECTORY, AttachmentShelf
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock
from sync.desk_key import DeskKeyRefused
from sync.desk_key_file import DeskKeyFile
from sync.journal import Journal, JournalOpenElsewhere, JournalRefused
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, StatementRefused
from sync.known_day import KnownDay
from sync.model.facts import TerminalStarted
from sync.pack_shelf import PackShelf
from sync.packs import PackRefused
from sync.protocol.recovery import BACKUP_WINDOW_MS
from sync.record import Link, chain_id
from sync.sealing import NotAReader, Recipient
from sync.succession import SuccessionMalformed
from sync.terminal import TerminalConfig, TerminalConfigRefused, readers_of, trust_of
from sync.transport.line_state import LineState
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

VERSION = "0.1.0"
REFUSED = 2
INTERRUPTED = 130  # as shells count it: 128 + SIGINT
SIDE_PX_MIN, SIDE_PX_MAX = 480, 7680


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the kiosk and return its exit code."""
    asked = _parser().parse_args(arguments)
    core_dumps.refuse()
    try:
        return _run(asked)
    except JournalOpenElsewhere:
        print("kiosk: the screen of this terminal runs already", file=sys.stderr)
        return REFUSED
    except (
        TerminalConfigRefused,
        KeyFileRefused,
        StatementRefused,
        NotAReader,
        AgentsUnreadable,
        PackRefused,
        DevicesConfigRefused,
        FontUnusable,
        JournalRefused,
        SuccessionMalformed,
        SteeringUnreadable,
        NoWindow,
        OSError,
    ) as refused:
        print(f"kiosk: {refused}", file=sys.stderr)
        print("kiosk: `python -m provisioning doctor` says what is wrong with this terminal", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(asked: argparse.Namespace) -> int:
    gc.disable()  # until the first screen stands: the shell takes over then
    data: Path = asked.data
    clock: Clock = SteeredClock(asked.clock) if asked.clock else SystemClock()
    assets = Assets.from_environment(os.environ)
    width_px, height_px = asked.size
    prepare_kivy(
        WindowOptions(
            width_px,
            height_px,
            asked.fullscreen,
            show_cursor=not asked.fullscreen,
            data=assets.kivy_data,
            pictures=False,
        )
    )
    config = TerminalConfig.load(data)
    doorbell = Doorbell()
    devices = parse_devices(config.devices or {}, data)
    hub = Hub(devices, assets.regular_font, time.monotonic, notify=doorbell.ring)
    tr = Translator(assets.locale_dir)
    signer = FileSigner.load(data / config.record_key)
    desk_key = _desk_key(data, config)
    county = TransportReader(data / "transport.db")
    journal = Journal.open_or_create(
        data / "journal.db",
        signer,
        readers_of(data, config, desk_key),
        clock,
        acknowledged=_acknowledged(county, signer),
        checkpoint=lambda: _checkpoint(county),
    )
    try:
        begin_chain(journal, data)
        core, note_start = _core(_Parts(asked, config, clock, desk_key, journal, county, hub, tr))
        from kiosk.app import run  # noqa: PLC0415 - Kivy reads its settings when it is first imported

        def shown(post: Callable[[Callable[[], None]], None]) -> None:
            note_start()
            doorbell.answer(post, core.hear_devices)
            hub.start()
            load_places()

        run(core, assets, tr, GooglePinyin(), shown, publish_to=asked.publish_state)
    finally:
        hub.close()
        journal.close()
        county.close()
    return 0


def _desk_key(data: Path, config: TerminalConfig) -> Recipient | None:
    """Return whom the desk's bodies are sealed to.

    A file that cannot be used locks the agents out, and says so to them; villagers are served all the same.
    """
    try:
        return DeskKeyFile(data, config.subject).read().recipient
    except DeskKeyRefused as refused:
        print(f"kiosk: {refused}; nobody can sign in", file=sys.stderr)
        return None


def _acknowledged(county: TransportReader, signer: FileSigner) -> Link | None:
    try:
        held = county.acknowledgement(chain_id(signer.public_key))
    except TransportRefused:
        return None
    return held.link if held is not None else None


def _checkpoint(county: TransportReader) -> bytes | None:
    """Return what the next record may name. A record without one is better than none."""
    try:
        held = county.checkpoint()
    except TransportRefused:
        return None
    return held.hash if held is not None else None


class _Parts(Struct, frozen=True):
    """What has been opened."""

    asked: argparse.Namespace
    config: TerminalConfig
    clock: Clock
    desk_key: Recipient | None
    journal: Journal
    county: TransportReader
    hub: Hub
    tr: Translator


class _Hub(Struct, frozen=True):
    """The hub as the core looks at it."""

    hub: Hub

    def statuses(self) -> dict[Device, DeviceStatus]:
        return self.hub.statuses()

    def drain(self) -> list[DeviceEvent]:
        return self.hub.events.drain()


def _core(parts: _Parts) -> tuple[Core, Callable[[], object]]:
    """Put the core together; beside it, what writes down that the program has started, once its first screen stands."""
    data: Path = parts.asked.data
    config, clock = parts.config, parts.clock
    trust = trust_of(data, config)
    shelf = PackShelf(data / "packs", trust)
    packs = PointPacks.of_shelf(shelf, config.region)
    timings = packs.profile.timings
    known_day = KnownDay(clock, parts.journal, parts.county, lambda: packs.sealed)
    number = int(config.terminal_number)
    desk = Desk(parts.journal, parts.county, parts.desk_key, known_day.now, config.region, number)
    lock = DeskLock(DeskKeyFile(data, config.subject), desk, lambda desk_key: readers_of(data, config, desk_key), clock)
    tries = data / "keys" / "tries"
    sign_in = SignIn(data / AGENTS_FILE, tries, lock, desk, clock, timings.pin_tries, timings.pin_wait_s)
    print_room = PrintRoom(desk, parts.hub.printer)
    rating_desk = RatingDesk(desk, parts.hub.pad, timings.pad_window_s, lambda: packs.profile.pad_words)
    papers_shelf = AttachmentShelf(data / DIRECTORY)
    card_desk = CardDesk(parts.hub.reader, lambda: parts.hub.statuses()[Device.ID_READER])
    documents = DocumentDesk(StickDocuments(parts.asked.documents), papers_shelf)
    stick_room = StickRoom(data, config.stick, config.mirror, parts.county, desk, clock)
    self_check = SelfCheck(parts.county, desk)
    test_room = _test_room(parts, desk, print_room, lambda: core, known_day)

    def make_visit(display: Display) -> Visit:
        context = Context(
            session=Session(),
            desk=desk,
            packs=packs,
            terminal=config,
            sign_in=sign_in,
            print_room=print_room,
            paper_desk=PaperDesk(desk, parts.journal, parts.county),
            rating_desk=rating_desk,
            card_desk=card_desk,
            documents=documents,
            stick_room=stick_room,
            self_test=test_room,
            tr=parts.tr,
            clock=clock,
            known_day=known_day,
            query_guard=QueryGuard(clock),
            heard_ms=core.heard_ms,
            acknowledged=core.acknowledged,
            waiting=core.waiting,
            rating_channel=core.rating_channel,
        )
        return Visit(context, PLACES, display, core.truths)

    def technician(line: LineState) -> str:
        # What the county's log is reproached with comes first: nobody else would ever notice.
        now = known_day.now()
        known = log_sentence(parts.tr, line.fault) or self_check.sentence(parts.tr)
        known = known or device_sentence(parts.tr, parts.hub.health())
        return known or clock_sentence(parts.tr, now.standing) or packs.technician_line(parts.tr, now.day)

    def acknowledged() -> int:
        held = parts.county.acknowledgement(parts.journal.chain)
        return held.link.seq if held is not None else 0

    word = CountyWord(parts.county, parts.journal, papers_shelf, data, config, acknowledged)
    seen = (parts.journal, desk, packs, shelf, _Hub(parts.hub), parts.county)
    rooms = Rooms(*seen, print_room, rating_desk, word, stick_room, self_check, test_room, known_day)
    core = Core(rooms, make_visit, technician, clock)
    return core, _start_noted(parts, desk, documents, known_day)


def _start_noted(parts: _Parts, desk: Desk, documents: DocumentDesk, known_day: KnownDay) -> Callable[[], object]:
    """Return what writes down that the program has started. What the last run left open is judged now."""
    started = TerminalStarted(version=VERSION, recovered=bool(desk.papers.unfinished()))

    def note_start() -> None:
        # A disk that takes nothing keeps nobody from reading; whoever wants to save something is told.
        with suppress(JournalRefused):
            desk.note(started, SYSTEM)
        # Attachments that nothing names are swept; what cannot be tidied now is tidied at another start.
        with suppress(TransportRefused, JournalRefused, OSError):
            documents.tidy(desk, parts.county.outgoing_kept_before(known_day.county_ms - BACKUP_WINDOW_MS))

    return note_start


def _test_room(
    parts: _Parts, desk: Desk, print_room: PrintRoom, core: Callable[[], Core], known_day: KnownDay
) -> SelfTestRoom:
    fitted = Fitted(parts.hub.pad, parts.hub.statuses, time.monotonic)
    around = Around(parts.asked.data, lambda: core().line_said(), known_day.now)
    return SelfTestRoom(desk, print_room, fitted, around, parts.clock)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (text.isascii() and len(text) <= 20 and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not like 1920x1080")
    size = int(width), int(height)
    if min(size) < SIDE_PX_MIN or max(size) > SIDE_PX_MAX:
        raise argparse.ArgumentTypeError(f"a window's sides have {SIDE_PX_MIN} to {SIDE_PX_MAX} pixels, not {text}")
    return size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk", description="The touch screen of a village service point.")
    parser.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    parser.add_argument("--size", type=_size, default=(1920, 1080), help="window, WIDTHxHEIGHT")
    parser.add_argument("--fullscreen", action="store_true", help="cover the whole screen, without a pointer")
    parser.add_argument("--publish-state", type=Path, help="tell what is on the screen in this file, for the tour")
    parser.add_argument("--documents", type=Path, default=STICKS, help="where sticks with photographs are mounted")
    parser.add_argument("--clock", type=Path, help="a steering file instead of the real time; marked on the screen")
    return parser


if __name__ == "__main__":
    sys.exit(main())
