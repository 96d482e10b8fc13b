"""Attacks by whoever holds the line or the gateway, its keys included."""

from __future__ import annotations

from msgspec.structs import replace

from county.courier import FeedLine
from sync.keys import FileSigner, Purpose, Statement, sign_detached
from sync.model.facts import ActorClass, ShiftOpened
from sync.protocol.acknowledgement import Acknowledgement, encode_answer
from sync.protocol.checkpoint import Checkpoint, encode_checkpoint_answer
from sync.protocol.frame import encode_frame
from sync.protocol.relay import Marked, Relay
from sync.protocol.segment import Segment, cut, decode_segment
from sync.record import Link, Record, Stamp, chain_id, compose
from tests.campaign.attacks.scene import Scene, lie
from tests.campaign.village import estate
from tests.campaign.village.stream import Stream
from tests.county.village import NOON_MS


def log_rewritten(scene: Scene) -> None:
    """The log is begun anew without one head that it had, and goes on growing as if nothing had been."""
    gateway = scene.world.gateway
    with scene.world.disk.acting(gateway.process):
        leaves = gateway.store._writer.execute("SELECT chain, seq, hash FROM tree_leaves ORDER BY leaf").fetchall()
    held = scene.victim.transport.checkpoint()
    assert held is not None
    # One that was seen, and not the newest: that one would only be stated again in its place.
    dropped = scene.rng.randrange(min(held.size, len(leaves) - 1))
    scene.world.end(gateway.process)
    with scene.editing(gateway.file) as connection:
        for table in ("tree_leaves", "tree_nodes", "checkpoints"):
            connection.execute(f"DELETE FROM {table}")
        heads = connection.execute("SELECT chain, head_seq, head_hash FROM chains").fetchall()
        connection.execute("UPDATE chains SET head_seq = 0")
    gateway.start()
    for place, (chain, seq, digest) in enumerate(leaves):
        if place != dropped:
            _state(scene, chain, seq, digest)
    for chain, seq, digest in heads:
        _state(scene, chain, seq, digest)
    for _ in range(scene.rng.randrange(3)):
        scene.work(scene.other)
        scene.carry()
    scene.work(scene.victim)
    scene.carry()


def checkpoint_forks(scene: Scene) -> None:
    """Somebody who has the gateway's key states another tree, as large as the one that was seen, or larger."""
    held = scene.victim.transport.checkpoint()
    assert held is not None
    root = scene.rng.randbytes(32)
    larger = scene.rng.choice((0, 0, 1, 5))
    forged = Checkpoint(held.size + larger, root, held.at_ms + 1, held.epoch)
    proof = tuple(scene.rng.randbytes(32) for _ in range(scene.rng.randrange(4))) if larger else ()
    signed = forged.sign(estate.signer("acknowledge"))
    lie(scene.victim, "/v1/checkpoint", encode_checkpoint_answer(_statement(), signed, None, proof))
    scene.round(scene.victim)
    assert scene.victim.transport.checkpoint() == held, "the forged checkpoint has taken the place of the one held"
    assert len(scene.victim.transport.log_forks()) == 1, "there is no evidence"


def record_withheld(scene: Scene) -> None:
    """The gateway leaves some segment of the victim's out of what it hands on, and hands on what comes after it."""
    for _ in range(3):
        scene.work(scene.victim)
        scene.round(scene.victim)
    courier = scene.world.county.courier
    courier._line = _Withholding(courier._line, scene.victim.chain)
    scene.carry()


def row_dropped(scene: Scene) -> None:
    """The gateway's operator deletes a row of the victim's that the county has not read yet."""
    gateway = scene.world.gateway
    seen = len(scene.world.county.records(scene.victim.chain))
    for _ in range(3):
        scene.work(scene.victim)
        scene.round(scene.victim)
    held = len(gateway.records(scene.victim.chain))
    scene.world.end(gateway.process)
    with scene.editing(gateway.file) as connection:
        dropped = scene.rng.randrange(seen + 1, held + 1)
        connection.execute("DELETE FROM records WHERE chain = ? AND seq = ?", (scene.victim.chain, dropped))
    gateway.start()
    scene.work(scene.other)
    scene.carry()
    other = scene.world.county.records(scene.other.chain)
    assert len(other) == scene.other.journal.head().seq, "the other terminal was held up"


class _Withholding:
    """A feed out of which the first segment of a chain is missing."""

    def __init__(self, line: FeedLine, chain: bytes) -> None:
        self._line = line
        self._chain = chain
        self._withheld = 0

    def feed(self, after: int, read: Marked | None = None) -> list[Relay]:
        """See `FeedLine.feed`."""
        relays = self._line.feed(after, read)
        for relay in relays:
            if not self._withheld and decode_segment(relay.segment).after.chain == self._chain:
                self._withheld = relay.place
        return [relay for relay in relays if relay.place != self._withheld]

    def late(self, after: int) -> list[Relay]:
        """See `FeedLine.late`."""
        return self._line.late(after)


def unknown_key(scene: Scene) -> None:
    """Records that are well-formed and signed, by a key of one's own."""
    stranger = estate.signer(f"stranger {scene.rng.random()}")
    _push(scene, _records(scene, stranger, Link.start(chain_id(stranger.public_key))))


def wrong_signature(scene: Scene) -> None:
    """The records of the victim's own chain, changed, and signed by another key."""
    thief = estate.signer("thief")
    records = _records(scene, scene.victim.signer, scene.victim.journal.head())
    _push(scene, [replace(each, signature=sign_detached(thief, each.header_bytes)) for each in records])


def revoked_key(scene: Scene) -> None:
    """The county has revoked the terminal, which goes on writing and sending."""
    scene.world.gateway.store.revoke(scene.victim.name, scene.world.clock.wall_ms())
    held = len(scene.world.gateway.records(scene.victim.chain))
    scene.work(scene.victim)
    scene.carry()
    assert len(scene.world.gateway.records(scene.victim.chain)) == held, "records of a revoked key were stored"


def foreign_chain(scene: Scene) -> None:
    """A terminal sends a segment of another terminal's chain, well-formed and signed."""
    scene.work(scene.other)
    records = scene.other.journal.read(len(scene.world.gateway.records(scene.other.chain)), 1)
    _push(scene, records)


def changed_on_the_way(scene: Scene) -> None:
    """One byte of a segment is another one."""
    scene.work(scene.victim)
    records = scene.victim.journal.read(len(scene.world.gateway.records(scene.victim.chain)), 3)
    content = bytearray(next(cut(records)).encode())
    place = scene.rng.randrange(len(content))
    content[place] ^= scene.rng.randrange(1, 256)
    _send(scene, bytes(content))


def acknowledgement_forged(scene: Scene) -> None:
    """An answer about the right chain under a key of one's own, with or without a statement of one's own."""
    scene.work(scene.victim)
    thief = estate.signer("thief")
    said = Acknowledgement(scene.victim.journal.head(), scene.world.clock.wall_ms()).sign(thief)
    statement = _statement() if scene.rng.random() < 0.5 else _by_thief(thief)
    _answered(scene, encode_answer(statement, said))


def acknowledgement_swapped(scene: Scene) -> None:
    """A good answer of the gateway's to another terminal."""
    scene.work(scene.victim)
    head = scene.other.journal.head()
    said = Acknowledgement(head, scene.world.clock.wall_ms()).sign(estate.signer("acknowledge"))
    _answered(scene, encode_answer(_statement(), said))


def acknowledgement_replayed(scene: Scene) -> None:
    """A good answer of the gateway's to this terminal, of another day."""
    victim = scene.victim
    old = victim.journal.record(scene.rng.randrange(1, victim.journal.head().seq))
    assert old is not None
    scene.work(victim)
    said = Acknowledgement(old.link, scene.world.clock.wall_ms()).sign(estate.signer("acknowledge"))
    _answered(scene, encode_answer(_statement(), said))


def inbox_of_another(scene: Scene) -> None:
    """The county's answers to another terminal, as the gateway hands them to it."""
    while not scene.world.gateway.handle(scene.other.name, "GET", "/v1/inbox?after=0").body:
        scene.work(scene.other)
        scene.carry()
        scene.world.county.act()
        scene.carry()
    answers = scene.world.gateway.handle(scene.other.name, "GET", "/v1/inbox?after=0").body
    held = scene.victim.transport.inbox_link()
    lie(scene.victim, "/v1/inbox", answers)
    scene.round(scene.victim)
    assert scene.victim.transport.inbox_link() == held, "another terminal's answers were kept"


def _answered(scene: Scene, answer: bytes) -> None:
    """Let a lie answer the victim's upload: more than the truth must not be shown, and nothing may be lost by it."""
    victim = scene.victim
    truth = len(scene.world.gateway.records(victim.chain))
    lie(victim, "/v1/segments", answer)
    scene.round(victim)
    shown = victim.shown()
    assert shown is not None
    assert shown.link.seq <= truth, f"{shown.link.seq} is shown under a lie, the truth was {truth}"
    victim.sync.end()
    victim.start_sync(scene.rng)
    victim.round()
    shown = victim.shown()
    assert shown is not None
    assert shown.link == victim.journal.head(), "after the lie the truth is not shown again"


def _push(scene: Scene, records: list[Record]) -> None:
    _send(scene, Segment.of(records).encode())


def _send(scene: Scene, content: bytes) -> None:
    """Send one segment under the victim's certificate, and see what the gateway says and stores of it."""
    gateway = scene.world.gateway
    before = [each.standing.head for each in gateway.store.chains()]
    body = Stream([encode_frame(content)], None, lambda: None)
    reply = gateway.handle(scene.victim.name, "POST", "/v1/segments", body)
    if reply.status != 200:
        scene.notices.add(f"refused: {reply.refusal}")
    assert [each.standing.head for each in gateway.store.chains()] == before, "something of it was stored"


def _records(scene: Scene, signer: FileSigner, link: Link) -> list[Record]:
    """Some records that follow a link."""
    records = []
    for number in range(scene.rng.randrange(1, 4)):
        stamp = Stamp(NOON_MS + number, b"bootboot", number)
        record = compose(
            ShiftOpened(), after=link, stamp=stamp, signer=signer, actor="A01", actor_class=ActorClass.AGENT
        )
        records.append(record)
        link = record.link
    return records


def _state(scene: Scene, chain: bytes, seq: int, digest: bytes) -> None:
    """Let the gateway's own program make a leaf of a head that its operator dictates."""
    gateway = scene.world.gateway
    scene.world.advance(1)
    with scene.world.disk.acting(gateway.process):
        gateway.store._writer.execute(
            "UPDATE chains SET head_seq = ?, head_hash = ? WHERE chain = ?", (seq, digest, chain)
        )
        gateway.store.grow_tree(scene.world.clock.wall_ms())


def _statement() -> bytes:
    return estate.statement(Purpose.ACKNOWLEDGE, estate.signer("acknowledge").public_key, estate.GATEWAY.urn())


def _by_thief(thief: FileSigner) -> bytes:
    """A statement about the thief's key that the thief has signed."""
    held = Statement(Purpose.ACKNOWLEDGE, thief.public_key, estate.GATEWAY.urn(), estate.COUNTY, 0, estate.FOREVER_MS)
    return held.sign(thief)
