"""Content keys for whoever may read: found in the records that tell them, opened once, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from sync.model.facts import ContentKeySealed
from sync.model.plain import FactDoesNotFit
from sync.reading import NO_KEYS, fact_of
from sync.record import Record, RecordRefused
from sync.sealing import ContentKey, Opener, SealBroken, told_key

KEYS_KEPT = 4096

RecordAt = Callable[[bytes, int], Record | None]
"""Finds the record of a chain with a seq."""


class Keyring:
    """Opens content keys with the private keys that are here, and remembers them."""

    def __init__(self, openers: Sequence[Opener]) -> None:
        self._openers = tuple(openers)
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
        return told_key(told, header.chain, header.seq, self._openers)


class KeysAmong:
    """`sync.reading.Keys` over some records, with the memory of a keyring."""

    def __init__(self, keyring: Keyring, record_at: RecordAt) -> None:
        self._keyring = keyring
        self._record_at = record_at

    def key(self, chain: bytes, number: int, /) -> ContentKey | None:
        """See `sync.reading.Keys.key`."""
        return self._keyring.key(chain, number, self._record_at)
