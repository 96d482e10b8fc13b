"""Writers of what lies beside the records, and what must be there after a power cut: papers, the mirror, sticks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

from msgspec import Struct

from sync.attachments.sealed import Sealed, seal
from sync.attachments.shelf import AttachmentShelf
from sync.bundle.envelope import Direction, open_stream, seal_stream
from sync.bundle.items import UP_BYTES_MAX, Item, ItemKind, read_items
from sync.bundle.stick import bundles, write_file
from sync.gateway.store.attachments import AttachmentStore, NoSuchUpload
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.mirror import ACKNOWLEDGED, About, MirrorWriter, read_segments, segment_files
from sync.protocol.segment import Segment, cut
from sync.record import Record
from tests.campaign.power.trace import REPORT
from tests.campaign.village import chance, estate
from tests.county.village import NOON_MS
from tests.sync.village import chain_of

Report = Callable[[str], None]
CHAIN = b"terminal"
PAPERS = 24
PIECE_BYTES = 9_000
ROOM_BYTES = 1 << 30
STICK_FILE = "sunpoint-up-990101102203-01.sun"
MISSED_SEGMENT = 12
"""The second medium was not there when this one was written: what follows begins a file of its own."""


class Carried(Struct, frozen=True):
    """A writer, and what says whether a directory that a cut left is as it was reported.

    `check` gets the last line that was reported under each word. Raises AssertionError, or whatever the product says.
    """

    write: Callable[[Path, Report], None]
    check: Callable[[Path, Sequence[str]], None]


@cache
def paper(number: int) -> Sealed:
    """A sealed attachment of less than a sector, or of more than one chunk."""
    rng = Random(f"paper {number}")
    return seal(rng.randbytes(rng.choice((200, 5_000, 70_000))), rng.randbytes(32))


def _put_papers(directory: Path, report: Report) -> None:
    """A kiosk puts papers down, some of them twice, and takes some away again."""
    shelf = AttachmentShelf(directory, ROOM_BYTES, free_bytes_least=0)
    for number in range(PAPERS):
        shelf.put(paper(number))
        if number % 3 == 0:
            shelf.put(paper(number))
        report(f"put {number}")
        if number % 4 == 3:
            report(f"taken {number - 2}")
            shelf.remove(paper(number - 2).digest)


def _check_papers(directory: Path, reported: Sequence[str]) -> None:
    shelf = AttachmentShelf(directory, ROOM_BYTES, free_bytes_least=0)
    said = [line.split() for line in reported]
    taken = {int(number) for word, number in said if word == "taken"}
    for number in {int(number) for word, number in said if word == "put"} - taken:
        assert shelf.path(paper(number).digest).read_bytes() == paper(number).content, f"paper {number} is not there"
    named = {paper(number).digest for number in range(PAPERS)}
    shelf.sweep(named)
    for each in shelf._entries():
        assert hashlib.sha256(each.read_bytes()).hexdigest() == each.name, f"{each.name} is there and not whole"
    shelf.put(paper(PAPERS))
    assert shelf.sweep(named) == 1, "an unfinished paper stays for good"


def _take_uploads(directory: Path, report: Report) -> None:
    """A gateway takes papers in, piece by piece, two at a time; some turn out to be others than was said."""
    store = AttachmentStore(SqliteBase(directory / "attachments.db"))
    for first in range(0, PAPERS, 2):
        left = dict.fromkeys((first, first + 1), 0)
        for number in left:
            store.begin(CHAIN, paper(number).digest, len(paper(number).content), NOON_MS, ROOM_BYTES)
        while left:
            for number, held in tuple(left.items()):
                piece = paper(number).content[held : held + PIECE_BYTES]
                upload = store.extend(CHAIN, paper(number).digest, held, piece)
                left[number] = upload.offset
                report(f"held {number} {upload.offset}")
                if upload.offset == upload.size:
                    assert store.settle(CHAIN, paper(number).digest).arrived
                    report(f"arrived {number}")
                    del left[number]
        if first == PAPERS // 2:
            store.close()
            store = AttachmentStore(SqliteBase(directory / "attachments.db"))
    store.close()


def _check_uploads(directory: Path, reported: Sequence[str]) -> None:
    store = AttachmentStore(SqliteBase(directory / "attachments.db"))
    try:
        said = [line.split() for line in reported]
        arrived = [int(line[1]) for line in said if line[0] == "arrived"]
        held = {int(line[1]): int(line[2]) for line in said if line[0] == "held"}
        listed = [each.digest for each in store.arrivals_after(0, PAPERS)]
        assert listed[: len(arrived)] == [paper(each).digest for each in arrived], "other arrivals than were told"
        for number, offset in held.items():
            sealed = paper(number)
            upload = store.upload(CHAIN, sealed.digest)
            assert upload.offset >= offset, f"{offset} bytes of paper {number} were reported, {upload.offset} are there"
            if not upload.arrived:
                if upload.offset < upload.size:
                    store.extend(CHAIN, sealed.digest, upload.offset, sealed.content[upload.offset :])
                assert store.settle(CHAIN, sealed.digest).arrived, f"paper {number} cannot be finished"
            assert store.content(sealed.digest, 0, upload.size) == sealed.content
        fresh = paper(PAPERS)
        try:
            store.upload(CHAIN, fresh.digest)
        except NoSuchUpload:
            store.begin(CHAIN, fresh.digest, len(fresh.content), NOON_MS, ROOM_BYTES)
    finally:
        store.close()


@cache
def segments() -> tuple[Segment, ...]:
    """What a terminal has written, cut up, the same in every process."""
    with chance.drawn_from(Random("power")):
        records: list[Record] = chain_of(estate.signer("record"), 120)
    return tuple(cut(records, records_max=3))


def _about() -> About:
    return About("urn:sunpoint:terminal", estate.COUNTY, estate.signer("record").public_key.hex())


def _write_mirror(directory: Path, report: Report) -> None:
    """A sync process mirrors what is written; the medium is away once, and the program is started again."""
    mirror = MirrorWriter(directory, _about())
    for number, segment in enumerate(segments()[:-1]):
        if number == MISSED_SEGMENT:
            mirror.close()
            mirror = MirrorWriter(directory, _about())
            continue
        mirror.append([segment], 0)
        report(f"{number}")
        mirror.keep_beside(ACKNOWLEDGED, b"%d " % segment.last_seq * 200)
    mirror.close()


def _check_mirror(directory: Path, reported: Sequence[str]) -> None:
    mirror = MirrorWriter(directory, _about())
    try:
        key = estate.signer("record").public_key
        held = {each.wire for _, path in segment_files(directory) for each in read_segments(path, key)}
        for number in map(int, reported):
            assert segments()[number].encode() in held, f"segment {number} was mirrored"
        assert held <= {each.encode() for each in segments()}
        beside = directory / ACKNOWLEDGED
        whole = {b"%d " % each.last_seq * 200 for each in segments()}
        assert not beside.exists() or beside.read_bytes() in whole, "the acknowledgement is there and not whole"
        mirror.append([segments()[-1]], 0)
        assert mirror.link is not None
        assert mirror.link.seq == segments()[-1].last_seq, "the mirror takes nothing more"
    finally:
        mirror.close()


def _write_stick(directory: Path, report: Report) -> None:
    """A sync process writes a bundle to a stick again and again, each with a segment more, in the place of the last."""
    for number in range(1, len(segments())):
        frames = (Item(ItemKind.SEGMENT, each.encode()).encode() for each in segments()[:number])
        reader = estate.stick_key().recipient
        write_file(directory, STICK_FILE, seal_stream(Direction.UP, estate.COUNTY, reader, frames))
        report(f"{number}")


def _check_stick(directory: Path, reported: Sequence[str]) -> None:
    last = int(reported[-1]) if reported else 0
    found = bundles(directory)
    assert len(found) == 1 if last else len(found) <= 1, "the bundle is not there"
    for path, _ in found:
        with path.open("rb") as file:
            pieces = open_stream(file.read, Direction.UP, estate.COUNTY, estate.stick_key(), UP_BYTES_MAX)
            brought = [item.content for item in read_items(pieces)]
        assert brought in [[each.encode() for each in segments()[:count]] for count in (last, last + 1)]
    write_file(directory, STICK_FILE, [b"another"])
    left = sorted(path.name for path in directory.iterdir() if path.name != REPORT)
    assert left == [STICK_FILE], f"{left} stay for good"


CARRIED = {
    "shelf": Carried(_put_papers, _check_papers),
    "uploads": Carried(_take_uploads, _check_uploads),
    "mirror": Carried(_write_mirror, _check_mirror),
    "stick": Carried(_write_stick, _check_stick),
}
