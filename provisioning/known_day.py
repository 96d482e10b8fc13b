"""What time it is at this terminal: its clock against what its files prove to have passed, as the kiosk goes by it."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from pathlib import Path

from provisioning.enrol import terminal_trust
from sync.clock import Clock
from sync.journal import JournalReader, JournalRefused
from sync.known_day import KnownDay, Sealed
from sync.model.calendar_pack import CalendarPack
from sync.model.county_day import CountyDay
from sync.pack_shelf import PackShelf
from sync.packs import PackKind, PackRefused
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader


def county_day(data: Path, config: TerminalConfig, clock: Clock) -> CountyDay:
    """Read it; what cannot be read proves nothing. The screen may run meanwhile. Raises Refused."""
    sealed = _sealed(PackShelf(data / "packs", terminal_trust(data, config)))
    with ExitStack() as opened:
        county = opened.enter_context(closing(TransportReader(data / "transport.db")))
        journal: JournalReader | None = None
        with suppress(JournalRefused):
            journal = opened.enter_context(closing(JournalReader.open(data / "journal.db")))
        return KnownDay(clock, journal, county, lambda: sealed).now()


def _sealed(shelf: PackShelf) -> Sealed:
    """Return what the packs in use say of the time, without those that cannot be read."""
    issued_ms, until = 0, None
    for kind in PackKind:
        with suppress(PackRefused, OSError):
            pack = shelf.load(kind)
            issued_ms = max(issued_ms, pack.issued_ms)
            until = pack.content.last_day if isinstance(pack.content, CalendarPack) else until
    return Sealed(issued_ms, until)
