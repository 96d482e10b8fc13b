"""`python -m sync.client --data DIR [--clock FILE] [--once]`: the sync process of a terminal."""

from __future__ import annotations

import argparse
import logging
import ssl
import sys
from pathlib import Path
from random import SystemRandom

from sync import core_dumps
from sync.attachments.shelf import DIRECTORY, AttachmentShelf
from sync.certificates import CertificateRefused
from sync.client.arrivals import Arrivals
from sync.client.attachments_lane import AttachmentsLane
from sync.client.auditing import Auditing
from sync.client.checkpoint_lane import CheckpointLane
from sync.client.client import Client, Lanes
from sync.client.errands import Errands
from sync.client.inbox_lane import InboxLane
from sync.client.interrupts import Interrupts
from sync.client.line import Line
from sync.client.mirroring import Mirroring
from sync.client.packs_lane import PacksLane
from sync.client.queue import Queue
from sync.client.records_lane import RecordsLane
from sync.client.revocations_lane import RevocationsLane
from sync.client.stick_key_lane import StickKeyLane
from sync.client.stick_road import StickRoad
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock
from sync.key_files import KeyFileRefused
from sync.lock import HeldElsewhere, ProcessLock
from sync.protocol.uploader import Backoff
from sync.revocation_file import RevocationFile
from sync.terminal import TerminalConfig, TerminalConfigRefused, trust_of
from sync.tls import client_context
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

FIRST_PAUSE_S = 1.0


def run(data: Path, clock: Clock, *, once: bool) -> int:
    """Carry records until told to stop, or until nothing is left to send at once.

    Returns 1 when `once` and the line was not good.

    Raises what is wrong with the data directory: TerminalConfigRefused, CertificateRefused, KeyFileRefused, OSError,
    TransportRefused.
    """
    config = TerminalConfig.load(data)
    root = data / config.root_certificate
    trust = trust_of(data, config)
    revocations = RevocationFile(data / config.revocations, trust)
    context = client_context(root, data / config.tls_certificate, data / config.tls_key, trust.revoked)
    interrupts = Interrupts()
    transport = Transport.open_or_create(data / "transport.db")
    line = Line(config.gateway_url, context, root, interrupts.exchange)
    queue = Queue(data / "journal.db", transport)
    arrivals = Arrivals(queue, transport, trust, config.subject, data / "packs" / "incoming", clock, revocations)
    road = StickRoad(data, config, arrivals, clock)
    errands = Errands(data, road, queue, transport, clock)
    records = RecordsLane(line, arrivals, clock, errands.look)
    lanes = Lanes(
        records,
        CheckpointLane(line, arrivals),
        InboxLane(line, arrivals),
        PacksLane(line, arrivals),
        StickKeyLane(line, road),
        RevocationsLane(line, arrivals),
        AttachmentsLane(line, arrivals, records, AttachmentShelf(data / DIRECTORY), clock),
    )
    backoff = Backoff(SystemRandom(), FIRST_PAUSE_S, config.retry_delay_s_max)
    client = Client(line, lanes, transport, backoff, clock, interrupts, errands, config.poll_s)
    mirroring = Mirroring(data, config, clock) if config.mirror is not None else None
    auditing = Auditing(data, data / config.record_key, clock)
    try:
        if not once:
            if mirroring is not None:
                mirroring.start()
            auditing.start()
            client.run()
            return 0
        if mirroring is not None:
            mirroring.look()
        while not client.round() and not interrupts.stopping:
            pass
        return 0 if client.fault is None else 1
    finally:
        auditing.close()
        if mirroring is not None:
            mirroring.close()
        queue.close()
        line.close()
        transport.close()


def main(arguments: list[str]) -> int:
    """Run the program; returns 1 with a sentence when something is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m sync.client", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    parser.add_argument("--clock", type=Path, help="file that steers the domain clock; TLS keeps real time")
    parser.add_argument("--once", action="store_true", help="send and fetch what there is, then end")
    asked = parser.parse_args(arguments)
    core_dumps.refuse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # urllib3 logs addresses and retries of its own.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        clock: Clock = SteeredClock(asked.clock) if asked.clock else SystemClock()
        TerminalConfig.load(asked.data)  # a directory of something else is left as it is, without a lock in it
        lock = ProcessLock(asked.data / "client.lock")
        try:
            return run(asked.data, clock, once=asked.once)
        finally:
            lock.release()
    except HeldElsewhere:
        print("the sync process of this terminal runs already", file=sys.stderr)
    except (
        TerminalConfigRefused, CertificateRefused, KeyFileRefused, SteeringUnreadable, TransportRefused, OSError,
        ssl.SSLError,
    ) as refusal:  # fmt: skip
        print(f"the sync process does not start: {refusal}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
