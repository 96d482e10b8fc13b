"""Attacks on attachments: by whoever holds the desk's disk, the line, the gateway or the county's disk.

A chunk is changed, or is another's, or stands elsewhere; the end is missing, or more follows; or the whole is another
attachment. Nothing of it may ever be shown at the county in the place of what was brought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from county.attachments import AttachmentUnreadable
from county.store.attachments import AttachmentState, AttachmentTable
from kiosk.commands import TakeInCase
from sync.attachments.sealed import CHUNK_BYTES, TAG_BYTES
from sync.client.line import Answer, Carrier
from sync.model.facts import AttachmentAdded
from sync.protocol import tus
from sync.transport.outgoing import OutgoingState
from tests.campaign.attacks.scene import Scene
from tests.campaign.village import estate, papers, story
from tests.campaign.village.gateway import UPLOAD

SIZES = (3_000, 70_000, 140_000)
_SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


def changed_at_the_desk(scene: Scene) -> None:
    """The sealed file at the terminal is changed before it was sent."""
    added, other = case_with_paper(scene), case_with_paper(scene)
    shelf = scene.victim.shelf
    mine, others = (shelf.path(each.digest).read_bytes() for each in (added, other))
    shelf.path(added.digest).write_bytes(_changed(scene, mine, others))
    scene.carry()
    if scene.victim.transport.outgoing(OutgoingState.DAMAGED, 1):
        scene.notices.add("line: attachment damaged")
    _check_not_taken(scene, added)
    _check_shown(scene, other)


def changed_at_the_gateway(scene: Scene) -> None:
    """The gateway's operator changes what has arrived before the county has fetched it."""
    added, other = case_with_paper(scene), case_with_paper(scene)
    scene.round(scene.victim)
    gateway = scene.world.gateway
    scene.world.end(gateway.process)
    with scene.editing(gateway.attachments_file) as connection:
        query = "SELECT content FROM upload_pieces WHERE digest = ? ORDER BY start"
        mine, others = (
            b"".join(content for (content,) in connection.execute(query, (each.digest,))) for each in (added, other)
        )
        connection.execute("DELETE FROM upload_pieces WHERE digest = ?", (added.digest,))
        connection.execute(
            "INSERT INTO upload_pieces VALUES (?, ?, 0, ?)",
            (scene.victim.chain, added.digest, _changed(scene, mine, others, cut_to_size=True)),
        )
    gateway.start()
    scene.carry()
    with scene.world.county.database.reading() as connection:
        if added.digest not in {each.digest for each in AttachmentTable(connection).wanted(9)}:
            scene.notices.add("county: attachment not taken")
    _check_not_taken(scene, added)
    _check_shown(scene, other)


def changed_at_the_county(scene: Scene) -> None:
    """The sealed file at the county is changed after it was fetched."""
    added, other = case_with_paper(scene), case_with_paper(scene)
    scene.carry()
    vault = scene.world.county.vault
    assert vault.opened(added) == scene.victim.brought[added.digest]
    mine, others = (vault.path(each.digest).read_bytes() for each in (added, other))
    vault.path(added.digest).write_bytes(_changed(scene, mine, others))
    try:
        vault.opened(added)
    except AttachmentUnreadable:
        scene.notices.add("county: attachment not opened")
    _check_shown(scene, other)


def exchanged_on_the_line(scene: Scene) -> None:
    """Whoever holds the line and the terminal's TLS key brings other bytes in the place of those that are sent."""
    added, other = case_with_paper(scene), case_with_paper(scene)
    shelf = scene.victim.shelf
    mine, others = (shelf.path(each.digest).read_bytes() for each in (added, other))
    lane = scene.victim.lanes.attachments
    content = _changed(scene, mine, others, cut_to_size=True) + scene.rng.randbytes(len(mine))
    lane._line = ExchangingLine(lane._line, added.digest, content)
    scene.carry()
    if lane._begun_anew.get(added.digest):
        scene.notices.add("gateway: attachment thrown away")
    _check_shown(scene, other)
    # With the first honest line after it, the right bytes arrive.
    scene.victim.sync.end()
    scene.victim.start_sync(scene.rng)
    scene.carry()
    _check_shown(scene, added)


def brought_by_another(scene: Scene) -> None:
    """Another terminal uploads what a record of the victim's names, or names no record of its own."""
    added = case_with_paper(scene)
    scene.victim.lanes.records.run()
    gateway, rng = scene.world.gateway, scene.rng
    held = {each.header.seq for each in papers.named_by(scene.victim.written()).values()}
    chain = rng.choice((scene.victim.chain, scene.other.chain))
    seq = max(held) if chain == scene.victim.chain else rng.randrange(1, 1 << 20)
    size = rng.choice((added.size, added.size + 1))
    named = {tus.RESUMABLE: tus.VERSION, tus.LENGTH: str(size), tus.METADATA: tus.Named(chain, seq).encode()}
    begun = gateway.handle(scene.other.name, "POST", tus.ROOT, headers=named)
    sent = {tus.RESUMABLE: tus.VERSION, tus.OFFSET: "0", "Content-Type": tus.CONTENT_TYPE}
    more = gateway.handle(scene.other.name, UPLOAD, tus.location(scene.victim.chain, added.digest), headers=sent)
    if 400 <= begun.status < 500 and 400 <= more.status < 500:
        scene.notices.add("refused: attachment")
    assert added.digest not in {each.digest for each in gateway.uploads()}, "an upload was begun by another"
    scene.carry()
    _check_shown(scene, added)


class ExchangingLine:
    """A line on which the bytes of one attachment are others."""

    def __init__(self, line: Carrier, digest: bytes, content: bytes) -> None:
        self._line = line
        self._digest = digest.hex()
        self._content = content

    def close(self) -> None:
        """See `Line.close`."""

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        """See `Line.ask`."""
        return self._line.ask(path, bytes_max, headers)

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        """See `Line.send`."""
        return self._line.send(path, frames, bytes_max)

    def exchange(
        self, method: str, path: str, bytes_max: int, headers: Mapping[str, str], body: Iterator[bytes] | None = None
    ) -> Answer:
        """See `Line.exchange`."""
        if method == UPLOAD and path.endswith(self._digest):
            begin, length = int(headers[tus.OFFSET]), sum(map(len, body or ()))
            body = iter((self._content[begin : begin + length],))
        return self._line.exchange(method, path, bytes_max, headers, body)


def case_with_paper(scene: Scene) -> AttachmentAdded:
    """Let the victim take in a case with a paper."""
    scene.world.advance(1_000)
    victim, command = scene.victim, story._new_case(scene.rng)
    while not isinstance(command, TakeInCase):
        command = story._new_case(scene.rng)
    with scene.world.disk.acting(victim.kiosk):
        added = papers.take(scene.world, victim, scene.rng.choice(SIZES))
        victim.desk.perform(replace(command, attachments=(added,)), story.AGENT, estate.library().calendar)
    return added


def _changed(scene: Scene, sealed: bytes, other: bytes, *, cut_to_size: bool = False) -> bytes:
    """The attachment with a change; with parts of another one, or wholly another."""
    rng, place = scene.rng, scene.rng.randrange(len(sealed))
    chunks = [sealed[at : at + _SEALED_CHUNK_BYTES] for at in range(0, len(sealed), _SEALED_CHUNK_BYTES)]
    others = [other[at : at + _SEALED_CHUNK_BYTES] for at in range(0, len(other), _SEALED_CHUNK_BYTES)]
    ways = [
        sealed[:place] + bytes((sealed[place] ^ rng.randrange(1, 256),)) + sealed[place + 1 :],
        sealed[:place],
        b"".join(chunks[:-1]),
        sealed + rng.randbytes(rng.randrange(1, 40)),
        sealed + chunks[-1],
        b"".join((*chunks[:-1], others[-1])),
        b"".join((*others[:1], *chunks[1:])),
        b"".join(reversed(chunks)),
        other,
    ]
    # The record says how long it is: nobody asks for what follows.
    end = len(sealed) if cut_to_size else None
    return rng.choice([each for each in ways if each[:end] != sealed])


def _check_not_taken(scene: Scene, added: AttachmentAdded) -> None:
    """The county says that it has not come, and has nothing to show."""
    with scene.world.county.database.reading() as connection:
        numbers = AttachmentTable(connection)
        states = {
            state for number in scene.victim.statuses() for digest, state in numbers.of_case(number).items()
            if digest == added.digest
        }  # fmt: skip
    assert states == {AttachmentState.ON_ITS_WAY}, f"what was changed is {states}"
    assert not scene.world.county.vault.path(added.digest).exists(), "the county keeps what was changed"


def _check_shown(scene: Scene, added: AttachmentAdded) -> None:
    assert scene.world.county.vault.opened(added) == scene.victim.brought[added.digest]
