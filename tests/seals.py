"""Who may read what tests write: three readers with keys of their own, the same in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.journal import JournalReader
from sync.keyring import Keyring
from sync.reading import Keys
from sync.record import Record
from sync.sealing import ContentKey, KeyOpener


def opener(name: str) -> KeyOpener:
    """The throw-away reading key of a name."""
    return KeyOpener(X25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


OPENING, ESCROW, DESK = opener("opening"), opener("escrow"), opener("desk")
READERS = (OPENING.recipient, ESCROW.recipient, DESK.recipient)


class KnownKey:
    """`Keys` of whoever knows one content key, however it came about."""

    def __init__(self, secret: bytes = bytes(32)) -> None:
        self._secret = secret

    def key(self, chain: bytes, number: int, /) -> ContentKey:
        return ContentKey(chain, number, self._secret)


KNOWN = KnownKey()


def known_key(chain: bytes, number: int = 1) -> ContentKey:
    """A content key that `KNOWN` opens, for records made without a journal."""
    return KNOWN.key(chain, number)


def keys_in(records: Iterable[Record], reader: KeyOpener = OPENING) -> Keys:
    """What a reader learns from some records."""
    held = {(each.header.chain, each.header.seq): each for each in records}
    return Keyring([reader]).among(lambda chain, seq: held.get((chain, seq)))


def keys_of(journal: JournalReader, reader: KeyOpener = OPENING) -> Keys:
    """What a reader learns from a journal."""
    return Keyring([reader]).among(lambda chain, seq: journal.record(seq) if chain == journal.chain else None)
