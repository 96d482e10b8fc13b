"""Private keys in PEM files (PKCS #8, not encrypted) that only their owner may read.

RFC 8410 fixes all that stands before the 32 bytes of an Ed25519 or X25519 key. It is written and looked for here
instead of by the library's serialization, which takes as long to import as a screen to be drawn.
"""

from __future__ import annotations

import base64
import re
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
    try:
        der = _block(pem, b"PRIVATE KEY")
    except KeyFileRefused as cause:
        raise KeyFileRefused(f"{path.name} {cause}") from cause
    if der.startswith(kind.value) and len(der) == len(kind.value) + KEY_BYTES:
        return der[-KEY_BYTES:]
    if any(der.startswith(other.value) for other in KeyKind):
        raise KeyFileRefused(f"{path.name} holds a key of another kind than {kind.name}, or half of one")
    raise KeyFileRefused(f"{path.name} holds no {kind.name} key as RFC 8410 writes one, without attributes")


def root_key_of(certificate: Path) -> bytes:
    """Return the Ed25519 key of the county's root from the file of its certificate, which enrolment has checked.

    For programs that need nothing else of X.509: the key is looked for by its encoding, a SubjectPublicKeyInfo.
    Raises KeyFileRefused, OSError.
    """
    try:
        der = _block(certificate.read_bytes(), b"CERTIFICATE")
    except KeyFileRefused as cause:
        raise KeyFileRefused(f"{certificate.name} {cause}") from cause
    _, found, rest = der.partition(_PUBLIC_KEY_INFO)
    if not found or len(rest) < KEY_BYTES or _PUBLIC_KEY_INFO in rest:
        raise KeyFileRefused(f"{certificate.name} does not hold one Ed25519 key")
    return rest[:KEY_BYTES]


def _block(pem: bytes, label: bytes) -> bytes:
    """Return what the one block of a PEM file (RFC 7468) holds. Raises KeyFileRefused, its text without the file."""
    labels = re.findall(rb"^-----BEGIN ([A-Z0-9 ]+)-----", pem, re.MULTILINE)
    if len(labels) > 1:
        raise KeyFileRefused(f"holds {len(labels)} blocks instead of one")
    if labels == [b"ENCRYPTED " + label]:
        raise KeyFileRefused("is encrypted, and nobody is here to say the password")
    if labels != [label]:
        found = f"a {labels[0].decode().lower()}" if labels else "nothing in PEM"
        raise KeyFileRefused(f"holds {found} instead of a {label.decode().lower()}")
    block = re.search(
        rb"^-----BEGIN %b-----\s(.*)^-----END %b-----\s*$" % (label, label), pem, re.MULTILINE | re.DOTALL
    )
    if block is None:
        raise KeyFileRefused("is not whole")
    try:
        return base64.b64decode(b"".join(block[1].split()), validate=True)
    except ValueError as cause:
        raise KeyFileRefused("is damaged") from cause
