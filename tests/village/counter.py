"""The counter of an enrolled service point: the kiosk as its program puts it together, without the window."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from devices.config import parse_devices
from devices.hub import Hub
from kiosk.__main__ import _checkpoint, _core, _desk_key, _Parts
from kiosk.assets import Assets
from kiosk.core import Core
from kiosk.doorbell import Doorbell
from kiosk.i18n import Translator
from kiosk.own_views import DeskView
from kiosk.pages import PageView
from kiosk.projections.cases import CaseRow
from kiosk.views import Intent
from sync.clock import Clock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.record import chain_id
from sync.terminal import TerminalConfig, readers_of
from sync.transport.reader import TransportReader
from tests.kiosk.point import Seen

DEVICES_S = 20.0
LOOK_S = 0.05


class NeverCame(AssertionError):
    """What was waited for did not come to be; the message names it."""


@dataclass
class Counter:
    """The kiosk on a terminal's data directory. `reopen` is a restart of the program on the same files.

    `meanwhile` is called again and again while anybody waits: whoever kills programs breaks in there.
    """

    data: Path
    clock: Clock
    meanwhile: Callable[[], None] = lambda: None
    seen: Seen = field(default_factory=Seen, init=False)

    def __post_init__(self) -> None:
        """Open everything as the program does, and show the home screen."""
        assets = Assets.from_environment({})
        self.config = TerminalConfig.load(self.data)
        signer = FileSigner.load(self.data / self.config.record_key)
        self.county = TransportReader(self.data / "transport.db")
        acknowledged = self.county.acknowledgement(chain_id(signer.public_key))
        desk_key = _desk_key(self.data, self.config)
        self.journal = Journal.open_or_create(
            self.data / "journal.db", signer, readers_of(self.data, self.config, desk_key), self.clock,
            acknowledged=acknowledged.link if acknowledged else None, checkpoint=lambda: _checkpoint(self.county),
        )  # fmt: skip
        self.doorbell = Doorbell()
        self.devices = parse_devices(self.config.devices or {}, self.data)
        self.hub = Hub(self.devices, assets.regular_font, time.monotonic, notify=self.doorbell.ring)
        self.tr = Translator(assets.locale_dir)
        asked = Namespace(data=self.data, documents=self.data / "sticks")
        parts = _Parts(asked, self.config, self.clock, desk_key, self.journal, self.county, self.hub, self.tr)
        self.core: Core
        self.core, note_start = _core(parts)
        self.hub.start()
        self.core.start(self.seen)
        note_start()

    def close(self) -> None:
        """Let go of the files, as a power cut would after its last commit."""
        self.hub.close()
        self.journal.close()
        self.county.close()

    def reopen(self) -> Counter:
        """Start the program again on the same files."""
        self.close()
        return Counter(self.data, self.clock, self.meanwhile)

    def do(self, *intents: Intent) -> None:
        """Touch one thing after the other."""
        for intent in intents:
            self.core.handle(intent)
            self.core.tick()

    def until(self, so: Callable[[], object], what: str, patience_s: float = 60.0) -> None:
        """Let the kiosk tick until something is so. Raises NeverCame."""
        end_s = time.monotonic() + patience_s
        while True:
            self.core.tick()
            if so():
                return
            if time.monotonic() > end_s:
                raise NeverCame(f"{what}; the strip says {self.strip}, and the screen {self.seen.screen}")
            self.meanwhile()
            time.sleep(LOOK_S)

    def until_on_the_strip(self, text: str, patience_s: float = 60.0) -> None:
        """Wait until the strip says something."""
        self.until(lambda: text in " ".join(self.strip), f"{text!r} on the strip", patience_s)

    def until_devices_work(self) -> None:
        """Wait until the printer has answered and the pad is there; it says nothing before it is asked."""
        self.until_on_the_strip("打印机 正常", DEVICES_S)
        self.until_on_the_strip("评价器 情况不明", DEVICES_S)

    @property
    def strip(self) -> tuple[str, ...]:
        """What the strip says, from left to right."""
        status = self.seen.status
        return tuple(entry.text for entry in (*status.left, *status.right)) if status is not None else ()

    @property
    def page(self) -> PageView:
        """The page that is shown."""
        assert isinstance(self.seen.view, PageView), f"{self.seen.screen} is shown"
        return self.seen.view

    @property
    def desk(self) -> DeskView:
        """The desk that is shown."""
        assert isinstance(self.seen.view, DeskView), f"{self.seen.screen} is shown"
        return self.seen.view

    def row(self, case_no: str) -> CaseRow:
        """A case as the desk's list has it."""
        visit = self.core._visit
        assert visit is not None
        row = visit.context.desk.cases.row(case_no)
        assert row is not None, f"{case_no} is unknown at the desk"
        return row

    @property
    def case_no(self) -> str:
        """The case that the visitor is about."""
        visit = self.core._visit
        assert visit is not None
        return visit.context.session.case_no or ""

    @property
    def place(self) -> str:
        """Where the visitor is."""
        visit = self.core._visit
        assert visit is not None
        return visit.place
