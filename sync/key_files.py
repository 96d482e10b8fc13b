"""Private keys in PEM files (PKCS #8, not encrypted) that only their owner may read.

RFC 8410 fixes all that stands before the 32 bytes of an Ed25519 or X25519 key. It is written and looked for here
instead of by the library's serialization, which takes as long to import as a screen to be drawn.
"""

from __future__ import annotations

import base64
import stat
from enum import Enum
from pathlib import Path

from sync.durable import create_file

KEY_BYTES = 32
_PUBLIC_KEY_INFO = bytes.fromhex("302a300506032b6570032100")


class KeyFileRefused(ValueError):
    """A key file is missing, holds no key of its kind, or others may read it; the message says which."""


class KeyKind(Enum):
    """What a private key is for; the value is what stands before it in its file."""

    ED25519 = bytes.fromhex("302e020100300506032b657004220420")
    X25519 = bytes.fromhex("302e020100300506032b656e04220420")


def create_key_file(path: Path, kind: KeyKind, key: bytes) -> None:
    """Write a raw private key durably, mode 0600. Raises FileExistsError: a key is never overwritten."""
    der = base64.encodebytes(kind.value + key)
    create_file(path, b"-----BEGIN PRIVATE KEY-----\n" + der + b"-----END PRIVATE KEY-----\n", mode=0o600)


def read_key_file(path: Path, kind: KeyKind) -> bytes:
    """Return the raw private key of a file, 32 bytes. Raises KeyFileRefused."""
    try:
        pem = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as cause:
        raise KeyFileRefused(f"{path.name} cannot be read: {cause.strerror}") from cause
    if mode & 0o077:
        raise KeyFileRefused(f"{path.name} may be read by others (mode {mode:04o}, 0600 is wanted)")
    der = _der(pem, f"{path.name} holds no private key")
    if not der.startswith(b"\x30"):
        raise KeyFileRefused(f"{path.name} holds no private key")
    if not der.startswith(kind.value) or len(der) != len(kind.value) + KEY_BYTES:
        raise KeyFileRefused(f"{path.name} holds a key of another kind than {kind.name}")
    return der[-KEY_BYTES:]


def root_key_of(certificate_pem: bytes) -> bytes:
    """Return the Ed25519 key of the county's root from its certificate, which enrolment has checked.

    For programs that need nothing else of X.509: the key is looked for by its encoding, a SubjectPublicKeyInfo.
    Raises KeyFileRefused.
    """
    der = _der(certificate_pem, "the root certificate is not PEM")
    _, found, rest = der.partition(_PUBLIC_KEY_INFO)
    if not found or len(rest) < KEY_BYTES or _PUBLIC_KEY_INFO in rest:
        raise KeyFileRefused("the root certificate does not hold one Ed25519 key")
    return rest[:KEY_BYTES]


def _der(pem: bytes, refusal: str) -> bytes:
    """Take the first block out of a PEM file. Raises KeyFileRefused with `refusal`."""
    try:
        return base64.b64decode(b"".join(pem.split(b"-----")[2].split()), validate=True)
    except (IndexError, ValueError) as cause:
        raise KeyFileRefused(refusal) from cause
