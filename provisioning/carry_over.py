"""`carry-over`: what a dead terminal had written and not sent, from its disk to the county.

The disk is read on another machine; the records go up under the dead terminal's own TLS key, and nothing is written to
the disk. While the terminal is not revoked its records count like any. Those of a terminal that was revoked the county
keeps apart until a supervisor has looked at them. No record key is used: what is on the disk was signed when written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from provisioning.enrol import terminal_link, terminal_trust
from provisioning.gateway_link import GatewayLink, GatewayRefuses
from provisioning.speech import Refused
from sync.client.queue import sound_from
from sync.journal import JournalReader, JournalRefused
from sync.keys import Trust
from sync.protocol.acknowledgement import AnswerRefused, verify_answer
from sync.protocol.frame import encode_frame
from sync.protocol.segment import Segment, cut
from sync.record import Record
from sync.terminal import TerminalConfig, TerminalConfigRefused
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

POST_BYTES = 64 * 1024
_PAGE_RECORDS = 200
_REVOKED = "revoked"


class Carried(Struct, frozen=True):
    """How many records the county has taken, and how many it has put by for somebody to look at."""

    taken: int
    put_by: int


def carry_over(data: Path) -> Carried:
    """Send what the county does not have. May be repeated; what has arrived is not stored twice. Raises Refused."""
    try:
        config = TerminalConfig.load(data)
        journal = JournalReader.open(data / "journal.db")
    except (TerminalConfigRefused, JournalRefused) as cause:
        raise Refused("这块硬盘不能用来补传", f"nothing can be carried over: {cause}") from cause
    link, trust = terminal_link(data, config), terminal_trust(data, config)
    try:
        return _sent(link, trust, journal, _stored(link, trust, journal.chain, data))
    except (JournalRefused, AnswerRefused) as cause:
        raise Refused("补传没有做完，可以再做一次", f"not all was carried over: {cause}") from cause
    finally:
        journal.close()


def _sent(link: GatewayLink, trust: Trust, journal: JournalReader, after: int) -> Carried:
    """Send what is behind a seq. Raises Refused, JournalRefused, AnswerRefused."""
    taken = put_by = 0
    post_bytes = POST_BYTES
    while post := next(_posts(journal, after, post_bytes), None):
        stream, last = post
        try:
            stored = verify_answer(link.post("/v1/segments", stream), trust).link.seq
            if stored <= after:
                raise Refused("补传没有做完，可以再做一次", f"the county has {stored} records and takes no more")
            taken += stored - after
            after = stored
        except GatewayRefuses as refused:
            if refused.code != _REVOKED:
                raise
            if post_bytes:
                # The answer does not say how far the gateway has read: of one segment it has read all.
                post_bytes = 0
                continue
            put_by += last - after
            after = last
    return Carried(taken, put_by)


def _stored(link: GatewayLink, trust: Trust, chain: bytes, data: Path) -> int:
    """Return up to where the county has the chain: as it says, or as the disk says of a terminal that was revoked."""
    try:
        return verify_answer(link.get(f"/v1/head/{chain.hex()}"), trust).link.seq
    except GatewayRefuses as refused:
        if refused.code != _REVOKED:
            raise
    county = TransportReader(data / "transport.db")
    try:
        held = county.acknowledgement(chain)
    except TransportRefused:
        held = None  # from the beginning: what the county has is counted as a repeat
    finally:
        county.close()
    return held.link.seq if held else 0


def _posts(journal: JournalReader, after: int, post_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bodies of requests of some more than `post_bytes`, one segment at least, with the last seq of each."""
    frames: list[bytes] = []
    last = after
    for segment in _segments(journal, after):
        frames.append(encode_frame(segment.encode()))
        last = segment.last_seq
        if sum(map(len, frames)) >= post_bytes:
            yield b"".join(frames), last
            frames = []
    if frames:
        yield b"".join(frames), last


def _segments(journal: JournalReader, after: int) -> Iterator[Segment]:
    def records() -> Iterator[Record]:
        seq, read = after, sound_from(journal, after)
        while page := read(seq, _PAGE_RECORDS):
            yield from page
            seq = page[-1].header.seq

    return cut(records())
