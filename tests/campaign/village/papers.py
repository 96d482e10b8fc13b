"""Papers that people bring: sealed on the desk's shelf, carried last, whole at the county, and gone with their case.

The desk's documents, both shelves, the last lane, the gateway's uploads and the county's fetcher are the product's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from county.attachments import AttachmentUnreadable
from county.store.attachments import AttachmentState, AttachmentTable
from county.store.ledger import Ledger
from kiosk.documents import DocumentFile, DocumentRefused
from sync.attachments.media import MediaType
from sync.model.facts import AttachmentAdded, Kind, from_plain
from sync.model.plain import field_of
from sync.protocol.recovery import BACKUP_WINDOW_MS
from sync.reading import open_body
from sync.record import Record
from sync.transport.outgoing import OutgoingState

if TYPE_CHECKING:
    from tests.campaign.village.terminal import Terminal
    from tests.campaign.village.world import World

PAPER_BYTES = (200, 200, 3_000, 20_000, 66_000, 140_000)
"""Less than a slice, several slices, more than one chunk that is sealed by itself."""
ROOM_BYTES = 1 << 30
SHELF_BYTES = (ROOM_BYTES, ROOM_BYTES, 150_000)
GATEWAY_BYTES = (ROOM_BYTES, ROOM_BYTES, 100_000)
"""The room for attachments of a terminal on its own disk, and at the gateway: enough, or soon used up."""
_MAGIC = b"\xff\xd8\xff"


class Papers:
    """What lies on the desk to be taken in; see `kiosk.documents.DocumentSource`."""

    def __init__(self) -> None:
        self._content = b""

    def lay(self, content: bytes) -> None:
        """Lay one paper down."""
        self._content = content

    def files(self) -> tuple[DocumentFile, ...]:
        """See `DocumentSource.files`."""
        return (DocumentFile("paper", "户口簿.jpg", len(self._content), MediaType.JPEG),)

    def read(self, file_id: str) -> bytes:
        """See `DocumentSource.read`."""
        return self._content


def brought(world: World, terminal: Terminal) -> tuple[AttachmentAdded, ...]:
    """Take in the papers that somebody has brought with an application, as far as there is room for them."""
    taken: list[AttachmentAdded] = []
    for _ in range(world.rng.choice((0, 0, 0, 1, 1, 2))):
        try:
            taken.append(take(world, terminal, world.rng.choice(PAPER_BYTES)))
        except DocumentRefused as refused:
            world.count(f"papers refused: {refused.code}")
    return tuple(taken)


def take(world: World, terminal: Terminal, size: int) -> AttachmentAdded:
    """Take one paper of about that size in. Raises DocumentRefused, Killed."""
    content = _MAGIC + world.rng.randbytes(size)
    terminal.papers.lay(content)
    added = terminal.documents.take("paper", "户口簿.jpg", "hukou")
    terminal.brought[added.digest] = content
    return added


def named_by(records: list[Record]) -> dict[bytes, Record]:
    """The records that name attachments, by the digest of each."""
    named = [each for each in records if each.header.kind == Kind.ATTACHMENT_ADDED]
    return {field_of(AttachmentAdded, "digest", each.header.plain): each for each in named}


def check_now(world: World) -> None:
    """What must hold of attachments at any moment. Raises AssertionError."""
    gateway = world.gateway
    held: dict[tuple[bytes, bytes], int] = {}
    if gateway.process.alive and world.is_free(gateway.process):
        rows = gateway.uploads()
        held = {(each.chain, each.digest): each.offset for each in rows}
        for terminal in world.terminals:
            used = sum(each.offset for each in rows if each.chain == terminal.chain)
            assert used <= gateway.quota_bytes, f"{terminal.short} has {used} bytes of attachments at the gateway"
    for terminal in world.living:
        if terminal.kiosk.alive and world.is_free(terminal.kiosk):
            used = terminal.shelf.used_bytes()
            assert used <= terminal.shelf_bytes, f"{terminal.short} has {used} bytes on its shelf"
        if not terminal.sync.alive or not world.is_free(terminal.sync):
            continue
        for state in (OutgoingState.MISSING, OutgoingState.DAMAGED):
            assert not terminal.transport.outgoing(state, 1), f"{terminal.short}: an attachment is {state}"
        if held and not world.restored:
            for each in terminal.transport.outgoing(OutgoingState.WAITING, 1 << 20):
                if (each.sent or 0) > held.get((each.chain, each.digest), 0):
                    # The county's word may have come between, which the terminal has not heard yet.
                    record = gateway.records(each.chain)[each.seq - 1]
                    where = f"attachment {each.seq} of {terminal.short}"
                    assert record.body is None, f"the gateway has fewer bytes of {where} than it has said"


def make_room(world: World) -> None:
    """Whoever runs the gateway and the points has read that a terminal has no room, and gives more."""
    for terminal in world.terminals:
        terminal.shelf_bytes = terminal.shelf._quota_bytes = ROOM_BYTES
    if world.gateway.quota_bytes < ROOM_BYTES:
        world.gateway.quota_bytes = ROOM_BYTES
        world.end(world.gateway.process)


def waiting(world: World) -> str:
    """Say which attachment is not yet where it belongs; nothing when every one is."""
    with world.disk.acting(world.county.process), world.county.database.reading() as connection:
        table = AttachmentTable(connection)
        if table.to_release(world.clock.wall_ms() - BACKUP_WINDOW_MS, 1):
            return "the county has not given up at the gateway what it need not keep there"
        for terminal in world.living:
            left = terminal.transport.outgoing(OutgoingState.WAITING, 1)
            if left:
                return f"attachment {left[0].seq} of {terminal.short} has not arrived"
            for digest, record in named_by(terminal.written()).items():
                case_no = record.header.case_no or ""
                # Of a gateway put back without the root's word nobody knows what it has lost besides records.
                if not world.unsigned and table.of_case(case_no).get(digest) is AttachmentState.ON_ITS_WAY:
                    return f"the county has not fetched attachment {record.header.seq} of {terminal.short}"
    return ""


def _check_gone(world: World, terminal: Terminal, digest: bytes, where: str) -> None:
    """Nobody has a byte of it left; a machine that is gone is not asked."""
    held = {each.digest: each.offset for each in world.gateway.uploads()}
    assert not held.get(digest), f"the gateway still has {held.get(digest)} bytes of {where}"
    for path in (world.county.vault.path(digest), world.county.attachments / f"{digest.hex()}.part"):
        assert not path.exists(), f"the county still has {where}"
    if not terminal.gone:
        assert not terminal.shelf.path(digest).exists(), f"{terminal.short} still has {where}"


def check_end(world: World) -> None:
    """Every attachment that a case of a living terminal names is at the county, once, whole, and opens. Or is erased.

    Raises AssertionError.
    """
    county, here = world.county, set[bytes]()
    with world.disk.acting(county.process), county.database.reading() as connection:
        ledger, table = Ledger(connection), AttachmentTable(connection)
        keys = county.database.keyring.among(ledger.record_at)
        for terminal in world.terminals:
            records = [each.record for each in ledger.of_chain(terminal.chain, 0, 1 << 30)]
            named = named_by(records)
            if not terminal.gone:
                assert len(named) == len([each for each in records if each.header.kind == Kind.ATTACHMENT_ADDED])
            for digest, record in named.items():
                state = table.of_case(record.header.case_no or "").get(digest)
                where = f"attachment {record.header.seq} of {terminal.short}"
                assert state is not None, f"the county does not know {where}"
                if state is AttachmentState.HERE:
                    here.add(digest)
                if not record.body:
                    world.count("attachments erased")
                    assert state is AttachmentState.ERASED, f"{where} is {state}, and its body was erased"
                    _check_gone(world, terminal, digest, where)
                    continue
                if (terminal.gone or world.unsigned) and state is AttachmentState.ON_ITS_WAY:
                    continue
                fact = from_plain(record.header.kind, record.header.plain, open_body(record, keys))
                assert isinstance(fact, AttachmentAdded)
                try:
                    opened = county.vault.opened(fact)
                except AttachmentUnreadable as unreadable:
                    raise AssertionError(f"{where}: {unreadable}") from unreadable
                assert opened == terminal.brought[digest], f"{where} is not what was brought"
                world.count("attachments")
                world.count("bytes of attachments", len(opened))
    lying = {bytes.fromhex(each.name) for each in county.attachments.glob("*") if not each.suffix}
    assert lying == here, "the county's vault holds something else than it says"
