"""The county's reading keys: which open old records, sealing content keys again, telling terminals of new ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from county.pen import Pen, PointNotGranted
from county.store.database import Database
from county.store.ledger import KnownChain, Ledger
from county.store.resealed import keep_seal
from sync import county_config as files
from sync.keyring import Keyring
from sync.model.facts import Author, Kind, ReadersChanged, from_plain
from sync.model.plain import FactDoesNotFit
from sync.sealing import KeyOpener, Opener, SealBroken

_PAGE_RECORDS = 500
_ACTOR = "system"


class Again(Struct, frozen=True):
    """What became of the content keys: sealed again, readable already, and to be opened by nobody here."""

    sealed: int
    readable: int
    closed: int


def openers(data: Path) -> list[KeyOpener]:
    """Return the county's opening key and those that it replaced. Raises KeyFileRefused."""
    old = sorted((data / files.OLD_KEYS_DIRECTORY).glob("*.pem"))
    return [KeyOpener.load(path) for path in (data / files.OPENING_KEY, *old)]


def reseal(database: Database, held: Sequence[Opener], reader: Opener) -> Again:
    """Seal every content key that `held` opens to a reader who cannot open it yet; durable when this returns.

    The keys in `held` are not needed for these records any more. `reader` is at hand to see which it can open.
    """
    counted = [0, 0, 0]
    own = Keyring([reader], database.keyring.more_seals)
    theirs = Keyring(held, database.keyring.more_seals)
    with database.writing() as connection:
        ledger = Ledger(connection)
        for chain in ledger.chains():
            for number in _content_keys(ledger, chain):
                try:
                    if own.key(chain.chain, number, ledger.record_at) is not None:
                        counted[1] += 1
                        continue
                    key = theirs.key(chain.chain, number, ledger.record_at)
                except SealBroken:
                    key = None
                if key is None:
                    counted[2] += 1
                    continue
                keep_seal(connection, chain.chain, number, key.sealed_to(reader.recipient))
                counted[0] += 1
    return Again(*counted)


def _content_keys(ledger: Ledger, chain: KnownChain) -> list[int]:
    """Return the numbers of the content keys that a chain tells, and that were not erased."""
    return [
        each.record.header.seq
        for after in range(0, chain.head.seq, _PAGE_RECORDS)
        for each in ledger.of_chain(chain.chain, after, _PAGE_RECORDS)
        if each.record.header.kind == Kind.CONTENT_KEY_SEALED and each.record.body is not None
    ]


def tell_readers(database: Database, pen: Pen, opening: bytes, escrow: bytes) -> int:
    """Tell every terminal whom to seal to now, where it was not told yet; return how many that was.

    `opening` and `escrow` are the root's statements. Durable when this returns.
    """
    told = ReadersChanged(opening=opening, escrow=escrow)
    count = 0
    with database.reading() as connection:
        # Asked before every exchange, and nearly always there is nobody: no writer has to wait for that.
        if not _untold(Ledger(connection), told):
            return 0
    with pen.answer_keys.whole(), database.writing() as connection:
        ledger = Ledger(connection)
        for region, terminal in _untold(ledger, told):
            try:
                pen.write(ledger, region, terminal, told, _ACTOR)
            except PointNotGranted:
                continue
            count += 1
    return count


def _untold(ledger: Ledger, told: ReadersChanged) -> list[tuple[str, str]]:
    """Return the points with a chain whose terminal was told something else last; none while the county catches up."""
    if ledger.catching_up():
        return []
    known = {(each.region, each.terminal): each for each in ledger.chains(Author.COUNTY)}
    points = sorted({(each.region, each.terminal) for each in ledger.chains(Author.TERMINAL)})
    return [point for point in points if _last_told(ledger, known.get(point)) != told]


def _last_told(ledger: Ledger, chain: KnownChain | None) -> ReadersChanged | None:
    found = ledger.last_of_kind(chain.chain, Kind.READERS_CHANGED) if chain else None
    if found is None:
        return None
    try:
        told = from_plain(found.header.kind, found.header.plain, {})
    except FactDoesNotFit:
        return None
    return told if isinstance(told, ReadersChanged) else None
