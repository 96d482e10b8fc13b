"""What RFCs say and the protocol uses: COSE_Sign1 (9052), HPKE (9180), Merkle trees (9162), Zstandard frames (8878)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from tests.second import cbor

PROTECTED = bytes.fromhex("a10127")
SIGN1_START = bytes.fromhex("d28443a10127a0")
SUITE = b"HPKE" + bytes.fromhex("002000010002")
KEM = b"KEM" + bytes.fromhex("0020")
WINDOW_BYTES_MAX = 1 << 20


class NotSigned(ValueError):
    """A signature does not hold."""


class NotProven(ValueError):
    """A proof about the tree does not hold."""


class NotCompressed(ValueError):
    """These are not bytes that a compressor of the protocol made."""


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of the digest."""
    return hashlib.sha256(data).digest()


# --- COSE_Sign1 ------------------------------------------------------------------------------------------------------


def _to_be_signed(payload: bytes) -> bytes:
    return cbor.encode(["Signature1", PROTECTED, b"", payload])


def sign_detached(key: Ed25519PrivateKey, payload: bytes) -> bytes:
    """Return the 64 bytes of the signature of a COSE_Sign1 whose payload is carried elsewhere."""
    return key.sign(_to_be_signed(payload))


def verify_detached(public_key: bytes, payload: bytes, signature: bytes) -> None:
    """NotSigned, unless the raw Ed25519 key signed the payload."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _to_be_signed(payload))
    except InvalidSignature as error:
        raise NotSigned("the signature is of another key or of other bytes") from error


def sign1(key: Ed25519PrivateKey, payload: bytes) -> bytes:
    """Return a whole COSE_Sign1 message."""
    return SIGN1_START + cbor.encode(payload) + cbor.encode(sign_detached(key, payload))


def payload_of(message: bytes) -> tuple[bytes, bytes]:
    """Return payload and signature of a COSE_Sign1 that nobody has verified; NotCanonical for anything else."""
    if not message.startswith(SIGN1_START):
        raise cbor.NotCanonical("no COSE_Sign1 of the protocol")
    payload, signature = cbor.decode(b"\x82" + message[len(SIGN1_START) :])
    if not isinstance(payload, bytes) or not isinstance(signature, bytes) or len(signature) != 64:
        raise cbor.NotCanonical("no COSE_Sign1 of the protocol")
    return payload, signature


def verify_sign1(public_key: bytes, message: bytes) -> bytes:
    """Return the payload that the raw Ed25519 key signed; NotSigned or NotCanonical."""
    payload, signature = payload_of(message)
    verify_detached(public_key, payload, signature)
    return payload


# --- HPKE, base mode: X25519, HKDF-SHA256, AES-256-GCM ---------------------------------------------------------------


def _extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    return HKDF.extract(hashes.SHA256(), salt or None, b"HPKE-v1" + suite + label + material)


def _expand(secret: bytes, suite: bytes, label: bytes, info: bytes, size: int) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(hashes.SHA256(), size, labelled).derive(secret)


def _hpke_key(shared: bytes, encapsulated: bytes, reader: bytes, info: bytes) -> tuple[AESGCM, bytes]:
    secret = _expand(_extract(b"", KEM, b"eae_prk", shared), KEM, b"shared_secret", encapsulated + reader, 32)
    context = b"\0" + _extract(b"", SUITE, b"psk_id_hash", b"") + _extract(b"", SUITE, b"info_hash", info)
    scheduled = _extract(secret, SUITE, b"secret", b"")
    key, nonce = _expand(scheduled, SUITE, b"key", context, 32), _expand(scheduled, SUITE, b"base_nonce", context, 12)
    return AESGCM(key), nonce


def hpke_seal(reader: bytes, info: bytes, text: bytes) -> bytes:
    """Seal to a raw X25519 public key, single shot: encapsulated key, then ciphertext with its tag."""
    ephemeral = X25519PrivateKey.generate()
    encapsulated = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(reader))
    key, nonce = _hpke_key(shared, encapsulated, reader, info)
    return encapsulated + key.encrypt(nonce, text, None)


def hpke_open(private_key: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Open what was sealed to this key; InvalidTag of `cryptography` if it was not."""
    encapsulated = sealed[:32]
    shared = private_key.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    key, nonce = _hpke_key(shared, encapsulated, private_key.public_key().public_bytes_raw(), info)
    return key.decrypt(nonce, sealed[32:], None)


# --- Merkle trees ----------------------------------------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + leaf)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)


def tree_root(leaves: list[bytes]) -> bytes:
    """Return the root of a tree of these leaf hashes (RFC 9162, 2.1.1)."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return _node(tree_root(leaves[:split]), tree_root(leaves[split:]))


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """NotProven, unless the leaf is the one of `index` in the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise NotProven("no such leaf")
    first, last, reached = index, size - 1, leaf_hash(leaf)
    for step in path:
        if last == 0:
            raise NotProven("the path is too long")
        if first & 1 or first == last:
            reached = _node(step, reached)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reached = _node(reached, step)
        first, last = first >> 1, last >> 1
    if last or reached != root:
        raise NotProven("the path does not lead to the root")


def check_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> None:
    """NotProven, unless the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        if proof or old_root != root:
            raise NotProven("two roots of one size")
        return
    if not 0 < old_size < size or not proof:
        raise NotProven("nothing proves that the tree goes on")
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_reached = reached = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotProven("the proof is too long")
        if first & 1 or first == last:
            old_reached, reached = _node(step, old_reached), _node(step, reached)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reached = _node(reached, step)
        first, last = first >> 1, last >> 1
    if last or (old_reached, reached) != (old_root, root):
        raise NotProven("the tree does not go on from the older one")


# --- compression -----------------------------------------------------------------------------------------------------


class Compression:
    """One matter's dictionary, held against the digest that the protocol states."""

    def __init__(self, file: Path, digest: str) -> None:
        content = file.read_bytes()
        if sha256(content).hex() != digest:
            raise NotCompressed(f"{file} is not the dictionary of the protocol")
        self.dictionary = zstandard.ZstdCompressionDict(content)
        parameters = zstandard.ZstdCompressionParameters.from_level(
            19, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=1, write_checksum=0, write_dict_id=0
        )
        self.compressor = zstandard.ZstdCompressor(dict_data=self.dictionary, compression_params=parameters)

    def pack(self, text: bytes) -> bytes:
        """Compress, or leave as it is, whichever is shorter."""
        return min(b"\1" + self.compressor.compress(text), b"\0" + text, key=len)

    def unpack(self, packed: bytes, bytes_max: int) -> bytes:
        """Return what was packed; NotCompressed if it would be longer than `bytes_max`."""
        if packed[:1] == b"\0" and len(packed) - 1 <= bytes_max:
            return packed[1:]
        if packed[:1] != b"\1":
            raise NotCompressed("no first byte that this version knows")
        # The size is stated where a frame with its magic number has it.
        framed = b"\x28\xb5\x2f\xfd" + packed[1:]
        try:
            known = zstandard.get_frame_parameters(framed)
            if not 0 <= known.content_size <= bytes_max or known.window_size > WINDOW_BYTES_MAX:
                raise NotCompressed("longer than it may be")
            reader = zstandard.ZstdDecompressor(dict_data=self.dictionary).decompressobj()
            text = reader.decompress(framed)
        except zstandard.ZstdError as error:
            raise NotCompressed(str(error)) from error
        if not reader.eof or reader.unused_data or len(text) != known.content_size:
            raise NotCompressed("not one whole frame")
        return text
