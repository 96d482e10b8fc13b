"""Sealed bodies: who can read what a record says, beside who signed it.

A body is sealed with a *content key*, 32 random bytes, by AES-256-GCM: the nonce is the record's seq, its chain and seq
are authenticated with it. A content key is new at every start of the writer, every day, and after every append that
failed, so that no nonce ever meets two plaintexts.

The key itself travels in a record of its own on the same chain (`sync.model.facts.ContentKeySealed`), sealed by HPKE
(RFC 9180, base mode; DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) to each recipient, with the SHA-256 of the
key in the signed header: who opens a seal and finds another key has been told a lie. The number of a content key is the
seq of that record. HPKE as the library offers it takes no additional data, so the context is bound in its `info`.

Whoever carries records, the gateway above all, holds none of these keys.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from msgspec import Struct

from sync.key_files import KeyKind, create_key_file, read_key_file
from sync.model.facts import ContentKeySealed, Seal

CONTENT_KEY_BYTES = 32
SEAL_BYTES = 32 + CONTENT_KEY_BYTES + 16
"""Of a content key: the encapsulated key of HPKE, the key, the tag."""
TAG_BYTES = 16
"""By which a sealed body is longer than a compressed one."""
RECIPIENT_BYTES = 8

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_KEY_CONTEXT = b"sunpoint 1 content key"
_NONCE_BYTES = 12


class SealBroken(ValueError):
    """These bytes were not sealed with this key, or not for this place."""


class NotAReader(ValueError):
    """Nothing can be sealed to this key: it is no point of X25519 that shares a secret with anybody."""


class Recipient(Struct, frozen=True):
    """Somebody whom content keys are sealed to: an X25519 public key of 32 bytes. Raises NotAReader for another."""

    public_key: bytes

    def __post_init__(self) -> None:
        try:
            _HPKE.encrypt(b"", X25519PublicKey.from_public_bytes(self.public_key))
        except ValueError as cause:
            raise NotAReader(f"nothing can be sealed to this key: {cause}") from cause

    @property
    def id(self) -> bytes:
        """The first 8 bytes of the SHA-256 of the key, as in a chain's id."""
        return hashlib.sha256(self.public_key).digest()[:RECIPIENT_BYTES]


class Opener(Protocol):
    """Holds the private key of a recipient. A TPM, a card or an HSM can stand here."""

    @property
    def recipient(self) -> Recipient:
        """Whom one seals to."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed to the recipient in this context. Raises SealBroken."""


class KeyOpener:
    """An opener with its private key in memory."""

    def __init__(self, private_key: X25519PrivateKey) -> None:
        self._private_key = private_key
        self.recipient = Recipient(private_key.public_key().public_bytes_raw())

    @classmethod
    def fresh(cls) -> KeyOpener:
        """Make a new key, in memory only."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def create(cls, path: Path) -> KeyOpener:
        """Make a new key and write it durably, mode 0600. Raises FileExistsError: a key is never overwritten."""
        made = cls.fresh()
        create_key_file(path, KeyKind.X25519, made.secret())
        return made

    @classmethod
    def load(cls, path: Path) -> KeyOpener:
        """Read a key. Raises KeyFileRefused."""
        return cls(X25519PrivateKey.from_private_bytes(read_key_file(path, KeyKind.X25519)))

    def secret(self) -> bytes:
        """The raw private key, for escrow and for wrapping."""
        return self._private_key.private_bytes_raw()

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """See `Opener.open`."""
        try:
            return _HPKE.decrypt(sealed, self._private_key, context)
        except (InvalidTag, ValueError) as cause:
            raise SealBroken("sealed for somebody else, or not for this place") from cause


def seal_to(recipient: Recipient, plaintext: bytes, context: bytes) -> bytes:
    """Return `plaintext` sealed by HPKE, 48 bytes longer; it opens in the same context only."""
    return _HPKE.encrypt(plaintext, X25519PublicKey.from_public_bytes(recipient.public_key), context)


class ContentKey(Struct, frozen=True):
    """A content key of one chain. `number` is the seq of the record that carries it."""

    chain: bytes
    number: int
    secret: bytes

    @classmethod
    def fresh(cls, chain: bytes, number: int) -> ContentKey:
        """Make a new one at random."""
        return cls(chain, number, os.urandom(CONTENT_KEY_BYTES))

    def seal(self, body: bytes, seq: int) -> bytes:
        """Return the body of record `seq`, sealed. Each seq is sealed once: the nonce is made of nothing else."""
        return AESGCM(self.secret).encrypt(_nonce(seq), body, self._place(seq))

    def open(self, sealed: bytes, seq: int) -> bytes:
        """Return what `seal` was given. Raises SealBroken."""
        try:
            return AESGCM(self.secret).decrypt(_nonce(seq), sealed, self._place(seq))
        except InvalidTag as cause:
            raise SealBroken(f"the body of record {seq} was not sealed with this key") from cause

    def told_to(self, recipients: Sequence[Recipient]) -> ContentKeySealed:
        """Return the fact that tells this key to the recipients. Raises ValueError without any."""
        if not recipients:
            raise ValueError("a content key that nobody can open makes its bodies unreadable for ever")
        context = _key_context(self.chain, self.number)
        return ContentKeySealed(
            digest=hashlib.sha256(self.secret).digest(),
            seals=tuple(Seal(recipient=each.id, sealed=seal_to(each, self.secret, context)) for each in recipients),
        )

    def _place(self, seq: int) -> bytes:
        return self.chain + seq.to_bytes(8, "big")


class DayKey(Struct, frozen=True):
    """The content key that a writer seals with on one day, by the county's calendar."""

    key: ContentKey
    day: date


def told_key(told: ContentKeySealed, chain: bytes, number: int, openers: Iterable[Opener]) -> ContentKey | None:
    """Return the content key that a fact tells one of the openers; None when it is sealed to none of them.

    Raises SealBroken: the seal does not open, or holds another key than the others got.
    """
    by_id = {each.recipient.id: each for each in openers}
    for seal in told.seals:
        opener = by_id.get(seal.recipient)
        if opener is None:
            continue
        secret = opener.open(seal.sealed, _key_context(chain, number))
        if len(secret) != CONTENT_KEY_BYTES or hashlib.sha256(secret).digest() != told.digest:
            raise SealBroken(f"content key {number} is not the one that its record names")
        return ContentKey(chain, number, secret)
    return None


def _nonce(seq: int) -> bytes:
    return seq.to_bytes(_NONCE_BYTES, "big")


def _key_context(chain: bytes, number: int) -> bytes:
    return _KEY_CONTEXT + chain + number.to_bytes(8, "big")
