"""Randomness of the product, drawn from the seed: keys of contents and attachments, and the ephemeral keys of HPKE.

What is sealed here is opened by the product's own HPKE. Only where the random bytes come from is another place than in
the programs, so that the same seed writes the same bytes. Beside it stands a watch over nonces: no content key may
ever meet one seq with two bodies.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk import documents
from sync import sealing
from sync.bundle import envelope
from sync.sealing import ContentKey, Recipient
from tests.campaign.village.exchange import exchanged

_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"


class NonceMetTwoBodies(AssertionError):
    """One content key and one seq sealed two different bodies: whoever holds both learns from them."""


def seal(recipient: Recipient, plaintext: bytes, context: bytes, ephemeral: bytes) -> bytes:
    """HPKE (RFC 9180, 6.1), base mode, with the 32 bytes of the ephemeral private key given."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    encapsulated = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(recipient.public_key))
    secret = _expand(
        _extract(_KEM, b"", b"eae_prk", shared),
        _KEM, b"shared_secret", encapsulated + recipient.public_key, 32,
    )  # fmt: skip
    schedule = b"\x00" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", context)
    scheduled = _extract(_SUITE, secret, b"secret", b"")
    key, nonce = (
        _expand(scheduled, _SUITE, label, schedule, length) for label, length in ((b"key", 32), (b"base_nonce", 12))
    )
    return encapsulated + AESGCM(key).encrypt(nonce, plaintext, b"")


@contextmanager
def drawn_from(rng: Random) -> Iterator[None]:
    """Let the product draw from `rng`, and watch what it seals. Raises NonceMetTwoBodies."""
    sealed: dict[tuple[bytes, int], bytes] = {}
    really_seal = ContentKey.seal

    def fresh(chain: bytes, number: int) -> ContentKey:
        return ContentKey(chain, number, rng.randbytes(sealing.CONTENT_KEY_BYTES))

    def watched(key: ContentKey, body: bytes, seq: int) -> bytes:
        if sealed.setdefault((key.secret, seq), body) != body:
            raise NonceMetTwoBodies(f"record {seq} under content key {key.number}")
        return really_seal(key, body, seq)

    def seal_to(recipient: Recipient, plaintext: bytes, context: bytes) -> bytes:
        return seal(recipient, plaintext, context, rng.randbytes(32))

    with (
        exchanged(documents, "os", SimpleNamespace(urandom=rng.randbytes)),
        exchanged(sealing, "seal_to", seal_to),
        exchanged(envelope, "seal_to", seal_to),
        exchanged(envelope, "os", SimpleNamespace(urandom=rng.randbytes)),
        exchanged(ContentKey, "fresh", staticmethod(fresh)),
        exchanged(ContentKey, "seal", watched),
    ):
        yield


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def _expand(secret: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    # One block of SHA-256 is enough for every length that is asked for.
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(secret, labelled + b"\x01", hashlib.sha256)[:length]
