"""`python -m tests.campaign.desk_writer DATA SEED`: a kiosk without a window that writes until it is killed.

It takes in cases, each of which is withdrawn again. The journal, the desk and everything below are those of the
kiosk's program, on an enrolled terminal's directory. Each record is said on standard output as soon as the desk has
reported it: its number and hash.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path
from random import Random

from kiosk.__main__ import _acknowledged, _checkpoint
from kiosk.commands import WithdrawCase
from kiosk.desk import SYSTEM, Actor, Desk
from sync.clock import SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.county_day import CountyDay
from sync.model.facts import TerminalStarted
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.campaign.village import estate
from tests.campaign.village.story import _new_case
from tests.demo_desk import desk_key, opened, readers
from tests.kiosk.journeys import SIGNATURE

PAUSE_S = 0.03
"""After each record: the numbers of a day, 8,999 cases, last for more than ten minutes."""
FOLD_EVERY = 10


def main(data: Path, seed: int) -> None:
    """Write until killed."""
    rng, clock = Random(seed), SystemClock()
    config = TerminalConfig.load(data)
    signer = FileSigner.load(data / config.record_key)
    county = TransportReader(data / "transport.db")
    journal = Journal.open_or_create(
        data / "journal.db", signer, readers(data), clock,
        acknowledged=_acknowledged(county, signer), checkpoint=lambda: _checkpoint(county),
    )  # fmt: skip
    desk = Desk(
        journal,
        county,
        desk_key(data).recipient,
        lambda: CountyDay(clock.wall_ms()),
        config.region,
        int(config.terminal_number),
    )
    desk.note(TerminalStarted(version="campaign", recovered=True), SYSTEM)
    desk.unlock(opened(data))
    for count in itertools.count():
        performed = desk.perform(_new_case(rng), Actor("A01"), estate.library().calendar)
        _report(journal, performed.seq)
        withdrawn = WithdrawCase("不想办了", SIGNATURE)
        performed = desk.perform(withdrawn, Actor("A01"), estate.library().calendar, performed.case.number)
        _report(journal, performed.seq)
        if count % FOLD_EVERY == 0:
            desk.fold_inbox()


def _report(journal: Journal, seq: int) -> None:
    written = journal.record(seq)
    print(seq, written.hash.hex() if written else "", flush=True)
    time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
