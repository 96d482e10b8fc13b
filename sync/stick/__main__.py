"""`python -m sync.stick export|import --data DIR --stick DIR [--clock FILE]`: the queue onto a stick, answers from one.

While the sync process runs it is asked to do it, because only one process writes transport.db; else it is done here.
Exit codes: 0 done, 1 not done, or not all of what the stick brought was good.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from sync import core_dumps
from sync.client.arrivals import Arrivals
from sync.client.errands import Errands
from sync.client.queue import Queue
from sync.client.stick_road import StickRoad
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock
from sync.errand import Errand, What
from sync.key_files import KeyFileRefused
from sync.lock import HeldElsewhere, ProcessLock
from sync.revocation_file import RevocationFile
from sync.terminal import TerminalConfig, TerminalConfigRefused, trust_of
from sync.transport.reader import TransportReader
from sync.transport.said import StickSaid, StickStage, stick_said
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

ASKED_S_MAX = 180.0
"""The sync process may be in the middle of an exchange, which ends after 60 s, and a slow stick takes its time."""
_POLL_S = 0.2


class NobodyAnswered(Exception):
    """The sync process runs, and has not done the errand in time."""


def run(data: Path, stick: Path, what: What, clock: Clock) -> StickSaid:
    """Do it, or have it done. Raises what is wrong with the data directory, HeldElsewhere, NobodyAnswered."""
    config = TerminalConfig.load(data)
    errand = Errand(os.urandom(8).hex(), what, str(stick.resolve()))
    try:
        return _here(data, config, errand, clock)
    except HeldElsewhere:
        return _asked(data, config, errand, clock)


def _here(data: Path, config: TerminalConfig, errand: Errand, clock: Clock) -> StickSaid:
    lock = ProcessLock(data / "client.lock")
    try:
        # The newest errand of all: the sync process must not find an older one there and do it again.
        errand.leave(data)
        transport = Transport.open_or_create(data / "transport.db")
        queue = Queue(data / "journal.db", transport)
        try:
            trust = trust_of(data, config)
            revocations = RevocationFile(data / config.revocations, trust)
            arrivals = Arrivals(
                queue, transport, trust, config.subject, data / "packs" / "incoming", clock, revocations
            )
            return Errands(data, StickRoad(data, config, arrivals, clock), queue, transport, clock).carry_out(errand)
        finally:
            queue.close()
            transport.close()
    finally:
        lock.release()


def _asked(data: Path, config: TerminalConfig, errand: Errand, clock: Clock) -> StickSaid:
    errand.leave(data)
    reader = TransportReader(data / "transport.db")
    until = time.monotonic() + ASKED_S_MAX
    try:
        while time.monotonic() < until:
            said = stick_said(reader)
            if said is not None and said.errand == errand.id and said.stage is not StickStage.WORKING:
                return said
            with suppress(HeldElsewhere):
                # It has ended, or was another one of this program: neither will see the errand.
                return _here(data, config, errand, clock)
            time.sleep(_POLL_S)
    finally:
        reader.close()
    raise NobodyAnswered(f"the sync process runs, and has not answered in {ASKED_S_MAX:.0f} s")


def main(arguments: list[str]) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m sync.stick", description=__doc__)
    parser.add_argument("what", choices=[each.value for each in What])
    parser.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    parser.add_argument("--stick", type=Path, required=True, help="directory where the stick is")
    parser.add_argument("--clock", type=Path, help="file that steers the domain clock")
    asked = parser.parse_args(arguments)
    core_dumps.refuse()
    logging.basicConfig(level=logging.WARNING)
    try:
        clock: Clock = SteeredClock(asked.clock) if asked.clock else SystemClock()
        said = run(asked.data, asked.stick, What(asked.what), clock)
    except (
        TerminalConfigRefused, KeyFileRefused, TransportRefused, SteeringUnreadable, NobodyAnswered, OSError,
    ) as refusal:  # fmt: skip
        print(f"nothing was done with the stick: {refusal}", file=sys.stderr)
        return 1
    if said.stage is StickStage.FAILED:
        print(f"{said.fault}: {said.sentence}", file=sys.stderr)
    if said.what == What.EXPORT and said.stage is StickStage.DONE:
        print(f"{said.records} records are on the stick, {said.left} did not fit; none of them is acknowledged by that")
    elif said.what == What.IMPORT:
        print(f"{said.news} records of the county and {said.packs} packs were new")
    print(f"the county is known to hold {said.acknowledged} records of this terminal")
    return 0 if said.stage is StickStage.DONE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
