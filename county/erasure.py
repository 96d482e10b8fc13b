"""Erasing bodies whose time is over: at the county, and by its signed word at the gateway and the terminal.

A case is over when it has ended and nothing of it has come for as long as its item says (`retention_years`), or the
profile for items that say nothing (`retention_natural_days`).
Then the bodies of all its records go, with the attachments that they name, and with the last body of a content key the
key. Headers stay, so that every chain verifies as before and the case still folds: what happened and when remains, to
whom does not.

No body goes before BACKUP_WINDOW_MS have passed since it came: until then a county put back from a backup may need
it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import astuple

from county.attachments import AttachmentVault, sweep
from county.casefile import read_case_file
from county.library import Library
from county.pen import Pen, PointNotGranted
from county.projection import project
from county.store.attachments import AttachmentTable
from county.store.cases import CaseTable
from county.store.database import Database
from county.store.ledger import KnownChain, Ledger, StoredRecord
from sync.clock import Clock
from sync.model.case import fold
from sync.model.facts import AttachmentAdded, BodiesErased, Kind
from sync.model.moment import local_date
from sync.model.plain import FactDoesNotFit, field_of
from sync.protocol.recovery import BACKUP_WINDOW_MS

_PAGE_RECORDS = 500
_ACTOR = "system"


class Erased(Struct, frozen=True):
    """What was erased: cases, bodies of their records, attachments, content keys; and cases that wait for a key."""

    cases: int = 0
    bodies: int = 0
    attachments: int = 0
    keys: int = 0
    refused: int = 0


class Eraser:
    """Erases what is over.

    Args:
        database: the store.
        vault: of attachments.
        library: gives the packs in force.
        pen: writes the word about it.
        clock: of this program.
        written: called when records wait to be sent.
    """

    def __init__(
        self,
        database: Database,
        vault: AttachmentVault,
        library: Callable[[], Library],
        pen: Pen,
        clock: Clock,
        written: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._library = library
        self._pen = pen
        self._clock = clock
        self._written = written

    def run(self) -> Erased:
        """Erase everything whose time is over; durable, and gone from the files here, when this returns.

        Raises OSError: bytes of attachments may still lie here; run it again.
        """
        library = self._library()
        now_ms = self._clock.wall_ms()
        done = Erased()
        with self._database.reading() as connection:
            ledger = Ledger(connection)
            numbers = (
                [] if ledger.catching_up() else [n for n in ledger.case_numbers() if _over(ledger, n, library, now_ms)]
            )
        for number in numbers:
            one = self._case(number, library)
            done = Erased(*map(sum, zip(astuple(done), astuple(one), strict=True)))
        sweep(self._database, self._vault)
        if done.cases:
            self._database.wipe()
            self._written()
        return done

    def _case(self, number: str, library: Library) -> Erased:
        bodies = attachments = keys = 0
        try:
            with self._pen.answer_keys.whole(), self._database.writing() as connection:
                ledger = Ledger(connection)
                places: dict[bytes, list[StoredRecord]] = defaultdict(list)
                for stored in ledger.of_case(number):
                    places[stored.record.header.chain].append(stored)
                for chain, held in places.items():
                    known = ledger.chain(chain)
                    if known is None:
                        continue
                    seqs = [each.record.header.seq for each in held if each.record.body]
                    bodies += len(seqs)
                    self._erase(ledger, known, seqs)
                    attachments += self._erase_attachments(ledger, number, held)
                    numbers = {each.record.header.content_key for each in held} - {None}
                    idle = [each for each in sorted(filter(None, numbers)) if _idle(ledger, chain, each)]
                    keys += len(idle)
                    self._erase(ledger, known, idle)
                keyring = self._database.keyring.among(ledger.record_at)
                CaseTable(connection).write(project(read_case_file(number, ledger.of_case(number), keyring), library))
        except PointNotGranted:
            # Without a key for the chain nobody else could be told: rather all of it later than half of it now.
            return Erased(refused=1)
        return Erased(1, bodies, attachments, keys)

    def _erase(self, ledger: Ledger, chain: KnownChain, seqs: list[int]) -> None:
        for first, last in _ranges(seqs):
            told = BodiesErased(chain=chain.chain, first_seq=first, last_seq=last)
            self._pen.write(ledger, chain.region, chain.terminal, told, _ACTOR)
            ledger.erase_bodies(chain.chain, first, last)

    def _erase_attachments(self, ledger: Ledger, number: str, held: Iterable[StoredRecord]) -> int:
        table, now_ms = AttachmentTable(ledger.connection), self._clock.wall_ms()
        named = (_attachment(each) for each in held)
        return sum(table.erase(digest, number, now_ms) for digest in named if digest is not None)


def _attachment(stored: StoredRecord) -> bytes | None:
    """The digest of the attachment that a record names."""
    header = stored.record.header
    if header.kind != Kind.ATTACHMENT_ADDED:
        return None
    try:
        digest: bytes = field_of(AttachmentAdded, "digest", header.plain)
    except FactDoesNotFit:
        return None
    return digest


def _over(ledger: Ledger, number: str, library: Library, now_ms: int) -> bool:
    """Whether a case has ended, has not been touched for as long as it is to be kept, and still has bodies."""
    records = ledger.of_case(number)
    touched_ms = max(each.received_ms for each in records)
    if touched_ms + BACKUP_WINDOW_MS > now_ms or not any(each.record.body for each in records):
        return False
    case = fold(number, [each.envelope for each in records])
    return case.over and local_date(now_ms) > library.kept_until(case.item_code, local_date(touched_ms))


def _idle(ledger: Ledger, chain: bytes, number: int) -> bool:
    """Whether a content key is still there, another one has followed it, and nothing is left that it opens."""
    told = ledger.record_at(chain, number)
    if told is None or told.header.kind != Kind.CONTENT_KEY_SEALED or not told.body:
        return False
    for stored in _behind(ledger, chain, number):
        header = stored.record.header
        if header.kind == Kind.CONTENT_KEY_SEALED:
            return True
        if header.content_key == number and stored.record.body:
            return False
    return False


def _behind(ledger: Ledger, chain: bytes, seq: int) -> Iterator[StoredRecord]:
    while page := ledger.of_chain(chain, seq, _PAGE_RECORDS):
        yield from page
        seq = page[-1].record.header.seq


def _ranges(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as runs without gaps: (first, last)."""
    runs: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if runs and runs[-1][1] == seq - 1:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return runs
