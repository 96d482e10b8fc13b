"""`python -m tests.campaign.desk_writer DATA SEED`: a kiosk without a window that takes in cases until it is killed.

The journal, the desk and everything below are those of the kiosk's program, on an enrolled terminal's directory. Each
case is said on standard output as soon as the desk has reported it: its record's number and hash.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

from kiosk.__main__ import _acknowledged, _checkpoint
from kiosk.desk import SYSTEM, Actor, Desk
from sync.clock import SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import TerminalStarted
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.campaign.village import estate
from tests.campaign.village.story import _new_case
from tests.demo_desk import desk_key, opened, readers

PAUSE_S = 0.02
FOLD_EVERY = 20


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
    desk = Desk(journal, county, desk_key(data).recipient, clock, config.region, int(config.terminal_number))
    desk.note(TerminalStarted(version="campaign", recovered=True), SYSTEM)
    desk.unlock(opened(data))
    count = 0
    while True:
        performed = desk.perform(_new_case(rng), Actor("A01"), estate.library().calendar)
        written = journal.record(performed.seq)
        print(performed.seq, written.hash.hex() if written else "", flush=True)
        count += 1
        if count % FOLD_EVERY == 0:
            desk.fold_inbox()
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
