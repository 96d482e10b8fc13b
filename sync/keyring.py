"""Content keys for whoever may read: found in the records that tell them, opened once, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from sync.model.facts import ContentKeySealed, Seal
from sync.model.plain import FactDoesNotFit
from sync.reading import NO_KEYS, fact_of
from sync.record import Record, RecordRefused
from sync.sealing import ContentKey, Opener, SealBroken, told_key

KEYS_KEPT = 4096

RecordAt = Callable[[bytes, int], Record | None]
"""Finds the record of a chain with a seq."""


MoreSeals = Callable[[bytes, int], Sequence[Seal]]
"""Returns seals of a content key that its own record does not have, by chain and number."""


def _no_more_seals(_chain: bytes, _number: int) -> Sequence[Seal]:
    return ()


class Keyring:
    """Opens content keys with the private keys that are here, and remembers them.

    `more_seals` are asked when a record's own do not help: content keys that were sealed again for a new reader. They
    are held against the digest in the record like its own.
    """

    def __init__(self, openers: Sequence[Opener], more_seals: MoreSeals = _no_more_seals) -> None:
        self._openers = tuple(openers)
        self.more_seals = more_seals
        self._kept: OrderedDict[bytes, ContentKey] = OrderedDict()

    def hold(self, openers: Sequence[Opener]) -> None:
        """Open with these private keys from now on, and forget what the ones before have opened."""
        self._openers = tuple(openers)
        self._kept.clear()

    def among(self, record_at: RecordAt) -> KeysAmong:
        """Return the keys that the records found by `record_at` tell."""
        return KeysAmong(self, record_at)

    def key(self, chain: bytes, number: int, record_at: RecordAt) -> ContentKey | None:
        """Return a content key, None when nobody here may know it. Raises SealBroken."""
        record = record_at(chain, number)
        if record is None:
            return None
        # Not by its number alone: a transaction that failed may have told another key in this place.
        kept = self._kept.get(record.hash)
        if kept is None:
            kept = self._opened(record)
            if kept is not None:
                self._kept[record.hash] = kept
                if len(self._kept) > KEYS_KEPT:
                    self._kept.popitem(last=False)
        return kept

    def _opened(self, record: Record) -> ContentKey | None:
        header = record.header
        try:
            told = fact_of(record, NO_KEYS)
        except (RecordRefused, FactDoesNotFit) as cause:
            raise SealBroken(f"record {header.seq} tells no content key: {cause}") from cause
        if not isinstance(told, ContentKeySealed):
            raise SealBroken(f"record {header.seq} tells no content key")
        key = told_key(told, header.chain, header.seq, self._openers)
        if key is not None:
            return key
        more = replace(told, seals=tuple(self.more_seals(header.chain, header.seq)))
        return told_key(more, header.chain, header.seq, self._openers)


class KeysAmong:
    """`sync.reading.Keys` over some records, with the memory of a keyring."""

    def __init__(self, keyring: Keyring, record_at: RecordAt) -> None:
        self._keyring = keyring
        self._record_at = record_at

    def key(self, chain: bytes, number: int, /) -> ContentKey | None:
        """See `sync.reading.Keys.key`."""
        return self._keyring.key(chain, number, self._record_at)
