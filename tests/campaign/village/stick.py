"""The USB road: people with sticks between the terminals and the township, and what sticks suffer on the way.

A stick is a directory. What is on it is carried late or never, copied, damaged, carried twice, and mixed with what the
line brings. The real sync process writes and reads it; the township's page is played by one exchange with the gateway.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sync.bundle.report import REPORT_BYTES_MAX, Taken, decode_report
from sync.errand import Errand, What
from sync.peer_name import PeerName, PeerRole
from sync.protocol.frame import LENGTH_BYTES, decode_length
from sync.transport.said import StickFault, StickStage, stick_said
from tests.campaign.village import estate
from tests.campaign.village.network import NoAnswer
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World

TOWNSHIP = PeerName(estate.COUNTY, PeerRole.IMPORT)
STICKS = 3
FILES_MOST = 6
"""So many bundles lie on a stick at most; the oldest is thrown away."""
_UP, _DOWN = "sunpoint-up", "sunpoint-down"
_OF_THE_DAY = {
    StickFault.GONE,
    StickFault.NO_KEY,
    StickFault.NOTHING_HERE,
    StickFault.DISK_REFUSED,
    StickFault.JOURNAL_UNREADABLE,
}
"""What may be said of a stick in an honest village that nobody has damaged."""


def write_stick(world: World) -> None:
    """An agent puts a stick in and lets the queue be written to it."""
    if world.living:
        _do(world, world.rng.choice(world.living), _one(world), What.EXPORT)


def read_stick(world: World) -> None:
    """An agent puts a stick in and lets the county's answers be read from it, whosever they are."""
    if world.living:
        _do(world, world.rng.choice(world.living), _one(world), What.IMPORT)


def carry_stick(world: World) -> None:
    """Somebody brings a stick to the township, whose page hands what is on it to the gateway."""
    _carry(world, _one(world))


def journey(world: World) -> None:
    """An agent writes a stick, goes to the township with it, and mostly comes back."""
    if not world.living:
        return
    terminal, stick = world.rng.choice(world.living), _one(world)
    _do(world, terminal, stick, What.EXPORT)
    _carry(world, stick)
    if not terminal.gone and world.rng.random() < 0.8:
        _do(world, terminal, stick, What.IMPORT)


def cut_off(world: World) -> None:
    """A terminal has no line at all, until the next one is cut off or the story ends: a stick is all it has."""
    world.network.cut_off.clear()
    if world.living:
        world.network.cut_off.add(world.rng.choice(world.living).name)


def lose_stick(world: World) -> None:
    """A stick falls out of a pocket; an empty one takes its place."""
    stick = _one(world)
    for file in _bundles(stick):
        file.unlink()
    world.note(f"lost {stick.name}")


def copy_stick(world: World) -> None:
    """Everything on a stick is copied to another one; what lies there by the same name is gone."""
    source, target = _one(world), _one(world)
    if source != target:
        for file in _bundles(source):
            _put(world, target / file.name, file.read_bytes())
        world.note(f"copied {source.name} to {target.name}")


def damage_stick(world: World) -> None:
    """A stick gives another bit than was written, or a file ends too early."""
    stick, rng = _one(world), world.rng
    files = _bundles(stick)
    if not files:
        return
    file = rng.choice(files)
    content = bytearray(file.read_bytes())
    place = rng.randrange(len(content)) if content else 0
    if not content or rng.random() < 0.3:
        del content[place:]
    else:
        content[place] ^= 1 << rng.randrange(8)
    world.damaged.add(hashlib.sha256(content).digest())
    _put(world, file, bytes(content))
    world.note(f"damaged {file.name} on {stick.name} at {place}")


def bring_all(world: World) -> None:
    """Late, when the line has carried everything: every stick that there is comes to the township and to each point."""
    for number in range(STICKS):
        stick = world.directory / f"stick-{number}"
        _carry(world, stick)
        if _bundles(stick, _DOWN):
            for terminal in world.living:
                _do(world, terminal, stick, What.IMPORT, between=False)


def _carry(world: World, stick: Path) -> None:
    for file in _bundles(stick, _UP):
        if file.exists():
            world.note(f"carry {stick.name} {_handed_in(world, stick, file)}")


def _do(world: World, terminal: Terminal, stick: Path, what: What, *, between: bool | None = None) -> None:
    """Leave an errand and let the sync process find it: at once, or between two exchanges with the gateway."""
    if not terminal.sync.alive or not world.is_free(terminal.sync):
        return
    if between is None:
        between = world.rng.random() < 0.3
    errand = Errand(world.rng.randbytes(8).hex(), what, str(stick))
    with world.disk.looking():
        errand.leave(terminal.directory)
    # Another act may damage the stick while it is read.
    spoilt = len(world.damaged)
    world.attempt(f"{what} {terminal.short}", terminal.sync, terminal.round if between else terminal.look)
    for file in _bundles(stick, _UP):
        if what is What.EXPORT and terminal.up_name == file.name:
            _dated(world, file)
    if not terminal.sync.alive:
        return
    with world.disk.looking(), world.disk.acting(terminal.sync):
        said = stick_said(terminal.transport)
    if said is None or said.errand != errand.id or said.stage is StickStage.WORKING:
        return
    world.note(f"{what} {terminal.short} {stick.name}: {said.fault or ''} {said.first_seq} {said.last_seq} {said.news}")
    world.count(f"sticks {'written' if what is What.EXPORT else 'read'}", said.fault is None)
    world.count("answers by stick", said.news)
    may_be = {None, *_OF_THE_DAY}
    if len(world.damaged) > spoilt or any(_is_damaged(world, each.read_bytes()) for each in _bundles(stick)):
        may_be.add(StickFault.DAMAGED)
    if world.restored:
        may_be.add(StickFault.DISAGREES)
    assert said.fault in may_be, f"{terminal.short} says of a stick: {said.fault}: {said.sentence}"


def _handed_in(world: World, stick: Path, file: Path) -> str:
    """Let the township's page bring a bundle to the gateway, and put the answer beside it; returns what came of it."""
    content = file.read_bytes()
    is_damaged = _is_damaged(world, content)
    if not content:
        return "an empty file"
    try:
        came = world.network.exchange(world.township, TOWNSHIP, "POST", "/v1/bundles", (content,))
    except NoAnswer as cause:
        return str(cause)
    if not came.whole:
        return "half an answer"
    if is_damaged or came.reply.status != 200:
        # Told by the status alone: a bundle is taken whole or not at all.
        assert is_damaged, f"a whole bundle was refused: {came.reply.status} {came.reply.refusal}"
        assert came.reply.status in (400, 413), f"a damaged bundle was answered with {came.reply.status}"
        world.count("damaged bundles refused")
        return came.reply.refusal
    body = came.reply.body
    end = LENGTH_BYTES + decode_length(body[:LENGTH_BYTES], REPORT_BYTES_MAX)
    report = decode_report(body[LENGTH_BYTES:end])
    for each in report.chains:
        may_be = {Taken.ALL, *((Taken.GAP, Taken.UNKNOWN) if world.restored else ())}
        if each.chain in world.replaced:
            may_be.add(Taken.REVOKED)
            world.count("bundles of terminals that were replaced", each.taken is Taken.REVOKED)
        assert each.taken in may_be, f"the gateway says of a bundle: {each.taken}: {each.reason}"
        world.count("records by stick", each.fresh)
    if len(body) > end:
        world.answers_on_sticks += 1
        _put(world, stick / f"{_DOWN} ({world.answers_on_sticks}).sun", body[end:])
        for old in sorted(_bundles(stick, _DOWN), key=lambda each: each.stat().st_mtime_ns)[:-FILES_MOST]:
            old.unlink()
    return " ".join(f"{each.fresh} new {each.known} known" for each in report.chains)


def _one(world: World) -> Path:
    stick = world.directory / f"stick-{world.rng.randrange(STICKS)}"
    stick.mkdir(exist_ok=True)
    return stick


def _bundles(stick: Path, prefix: str = "") -> list[Path]:
    return sorted(stick.glob(f"{prefix}*.sun"))


def _is_damaged(world: World, content: bytes) -> bool:
    """Told by the content: a file may be written anew by a program that was killed over it and started again."""
    return hashlib.sha256(content).digest() in world.damaged


def _put(world: World, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    _dated(world, file)


def _dated(world: World, file: Path) -> None:
    """Give a file a date of its own: what is read first must not hang on how fast this machine is."""
    world.dated_files += 1
    os.utime(file, ns=(world.dated_files, world.dated_files))
