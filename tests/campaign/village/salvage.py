"""The disk of a terminal whose place another has: a technician carries over what it had written, late.

What lies beyond the end of its chain is a late tail: it waits at the county for a supervisor, is accepted or refused
with a reason, and is not lost either way. The technician's tool is the real one, and may be broken off at any request.
"""

from __future__ import annotations

from pathlib import Path

from county.review import ReviewDesk
from provisioning import carry_over
from provisioning.gateway_link import GatewayRefuses
from provisioning.speech import Refused
from sync.keys import Trust
from sync.protocol.segment import decode_segment
from sync.terminal import TerminalConfig
from tests.campaign.village import estate
from tests.campaign.village.disk import Process
from tests.campaign.village.exchange import exchanged
from tests.campaign.village.network import NoAnswer
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World


def old_disk(world: World) -> None:
    """Somebody has an old disk on a bench, and a line."""
    old = _old(world)
    if old:
        terminal = world.rng.choice(old)
        world.note(f"carry over {terminal.short}: {_carried(world, terminal)}")


def bring_all(world: World) -> bool:
    """Late, when the line has carried everything: every old disk is carried over. Whether there was one."""
    for terminal in _old(world):
        came = _carried(world, terminal)
        assert came.isdecimal(), f"{terminal.short} cannot be carried over: {came}"
    return bool(_old(world))


def check_tails(world: World) -> None:
    """Each record that an old disk had reported is in its chain, or in a tail. Raises AssertionError."""
    for terminal in () if world.restored else _old(world):
        _check_one(world, terminal)


def _old(world: World) -> list[Terminal]:
    """The old disks of which anything can come: not those of terminals that a gateway put back does not know."""
    old = world.replaced - world.forgotten
    return [each for each in world.terminals if each.gone and each.chain in old and each.started]


class _Link:
    """What the tool asks; see `provisioning.gateway_link.GatewayLink`."""

    def __init__(self, world: World, terminal: Terminal) -> None:
        self._network = world.network
        self._process = Process("bench", world.disk)
        self._terminal = terminal

    def get(self, path: str) -> bytes:
        """See `GatewayLink.get`."""
        return self._asked("GET", path, b"")

    def post(self, path: str, body: bytes) -> bytes:
        """See `GatewayLink.post`."""
        return self._asked("POST", path, body)

    def _asked(self, method: str, path: str, body: bytes) -> bytes:
        try:
            came = self._network.exchange(self._process, self._terminal.name, method, path, (body,))
        except NoAnswer as cause:
            raise Refused("没有回答", str(cause)) from cause
        if came.reply.status != 200:
            raise GatewayRefuses(came.reply.refusal, came.reply.status, "")
        if not came.whole:
            raise Refused("回答不完整", "half an answer")
        return came.reply.body


def _carried(world: World, terminal: Terminal) -> str:
    """Run the tool; returns how many records have come of it, or why it was broken off."""

    def link(_data: Path, _config: TerminalConfig) -> _Link:
        return _Link(world, terminal)

    def trust(_data: Path, _config: TerminalConfig) -> Trust:
        return estate.trust()

    with world.disk.looking():
        terminal.config.save(terminal.directory)
    with exchanged(carry_over, "terminal_link", link), exchanged(carry_over, "terminal_trust", trust):
        try:
            done = carry_over.carry_over(terminal.directory)
        except Refused as refused:
            return str(refused)
    world.count("records carried over from old disks", done.put_by)
    return f"{done.taken + done.put_by}"


def _check_one(world: World, terminal: Terminal) -> None:
    county = world.county
    held = [each.hash for each in county.records(terminal.chain)]
    assert held[: len(terminal.said)] == terminal.said[: len(held)], f"the county has another chain of {terminal.short}"
    with world.disk.acting(county.process):
        review = ReviewDesk(county.database, estate.library, county.pen, world.clock, county.courier.nudge)
        tails = [tail for tail, _ in review.all() if tail.chain == terminal.chain]
    known = set(range(1, len(held) + 1))
    for tail in tails:
        known |= set(range(tail.first_seq, tail.last_seq + 1))
        records = decode_segment(tail.segment).open(terminal.signer.public_key) if tail.segment else ()
        for record in records:
            seq = record.header.seq
            assert seq > len(terminal.said) or record.hash == terminal.said[seq - 1], f"record {seq} is another one"
        world.count(f"late tails {'waiting' if tail.accepted is None else 'accepted' if tail.accepted else 'refused'}")
    lost = [seq for seq in range(1, len(terminal.said) + 1) if seq not in known]
    assert not lost, f"records {lost} of the old disk of {terminal.short} are nowhere"
