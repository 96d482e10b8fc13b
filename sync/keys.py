"""Keys, signatures and who vouches for a key.

Signatures are COSE_Sign1 (RFC 9052) with Ed25519; the protected header is {1: -8} and nothing is unprotected, so
that one key and one payload have one message. Where both ends know the payload only the 64 bytes of the
signature travel (`sign_detached`); auditors get whole messages (`sign1_message`).

The county root, kept offline, signs *statements*: this key serves this purpose for this subject, from then till
then. Whoever holds the root's public key can check everything else.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.key_files import KeyKind, create_key_file, read_key_file
from sync.model.plain import PlainValue

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
STATEMENT_BYTES_MAX = 512

_PROTECTED = cbor.encode({1: -8})  # alg: EdDSA
_SIGN1_TAG = b"\xd2"  # CBOR tag 18, the only tag that is ever written
_SIGN1_OVERHEAD_BYTES = 128


class SignatureWrong(ValueError):
    """The signature does not match these bytes and this key."""


class MessageMalformed(ValueError):
    """Not a COSE_Sign1 message as this protocol writes it."""


class StatementRefused(ValueError):
    """The root's statement does not cover this use of the key."""


class StatementMalformed(StatementRefused):
    """Not a statement."""


class StatementNotOfRoot(StatementRefused):
    """Neither the county root signed it, nor the issuing authority where that may."""


class StatementForAnother(StatementRefused):
    """It is for another purpose, county or subject."""


class StatementNotInForce(StatementRefused):
    """The time in question is before its beginning or after its end."""


class KeyRevoked(StatementRefused):
    """The root has signed since that this key is not to be believed any more."""


class RevokedKeys(Protocol):
    """What the root has revoked; see `sync.protocol.revocations`."""

    def since(self, purpose: str, thing: bytes) -> int | None:
        """Return from which county time on a key or certificate is revoked, in ms; None when it is not."""


class Signer(Protocol):
    """Holds a private key and signs with it. A TPM, a UKey or an HSM can stand here."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message`."""


class FileSigner:
    """A private key in a PEM file (PKCS #8, not encrypted) that only its owner may read."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self.private_key = private_key
        self.public_key = private_key.public_key().public_bytes_raw()

    @classmethod
    def create(cls, path: Path) -> FileSigner:
        """Make a new key and write it durably, mode 0600. Raises FileExistsError: a key is never overwritten."""
        private_key = Ed25519PrivateKey.generate()
        create_key_file(path, KeyKind.ED25519, private_key.private_bytes_raw())
        return cls(private_key)

    @classmethod
    def load(cls, path: Path) -> FileSigner:
        """Read a key. Raises KeyFileRefused."""
        return cls(Ed25519PrivateKey.from_private_bytes(read_key_file(path, KeyKind.ED25519)))

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message`."""
        return self.private_key.sign(message)


# --- COSE_Sign1 ---------------------------------------------------------------------------------------------------


def sign_detached(signer: Signer, payload: bytes) -> bytes:
    """Return the 64-byte signature of a COSE_Sign1 over `payload`."""
    return signer.sign(_to_be_signed(payload))


def verify_detached(public_key: bytes, payload: bytes, signature: bytes) -> None:
    """Check a signature that `sign_detached` made. Raises SignatureWrong."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _to_be_signed(payload))
    except (InvalidSignature, ValueError) as cause:
        raise SignatureWrong("the signature does not match") from cause


def sign1(signer: Signer, payload: bytes) -> bytes:
    """Return a tagged COSE_Sign1 message with its payload inside."""
    return sign1_message(sign_detached(signer, payload), payload)


def sign1_message(signature: bytes, payload: bytes | None = None) -> bytes:
    """Return the tagged COSE_Sign1 message around a signature; detached when no payload is given."""
    return _SIGN1_TAG + cbor.encode((_PROTECTED, {}, payload, signature))


def verify_sign1(public_key: bytes, message: bytes, payload_bytes_max: int) -> bytes:
    """Return the payload of a message that `public_key` signed. Raises MessageMalformed, SignatureWrong."""
    payload, signature = _open_sign1(message, payload_bytes_max)
    verify_detached(public_key, payload, signature)
    return payload


def _open_sign1(message: bytes, payload_bytes_max: int) -> tuple[bytes, bytes]:
    if message[:1] != _SIGN1_TAG:
        raise MessageMalformed("not a tagged COSE_Sign1")
    limits = cbor.Limits(bytes_max=payload_bytes_max + _SIGN1_OVERHEAD_BYTES, values_max=8, depth_max=2)
    try:
        held = Fields(
            cbor.decode(message[1:], limits),
            {0: "protected header", 1: "unprotected header", 2: "payload", 3: "signature"},
        )
        protected = held.blob(0, len(_PROTECTED))
        unprotected = held.map(1)
        payload = held.blob(2, payload_bytes_max)
        signature = held.raw(3, SIGNATURE_BYTES)
    except (cbor.CborRefused, FieldRefused) as cause:
        raise MessageMalformed(f"not a COSE_Sign1: {cause}") from cause
    if protected != _PROTECTED or unprotected:
        raise MessageMalformed("headers of another suite")
    return payload, signature


def _to_be_signed(payload: bytes) -> bytes:
    return cbor.encode(("Signature1", _PROTECTED, b"", payload))


# --- statements of the county root --------------------------------------------------------------------------------


class Purpose(StrEnum):
    """What a key may be used for."""

    ACKNOWLEDGE = "ack"  # the gateway: "stored to seq n"
    PACKS = "packs"  # the publisher of packs
    COUNTY_CHAIN = "county-chain"  # the county's own chain for one point
    TERMINAL_CHAIN = "terminal-chain"  # the records of one terminal
    OPENING = "opening"  # X25519: the county, where it opens the bodies of records
    ESCROW = "escrow"  # X25519: the county, for the day when the opening key is lost
    SUCCESSION = "succession"  # one terminal takes the place of another; the key is that of COUNTY_CHAIN to the new one
    STICK = "stick"  # X25519: the gateway, which opens the bundles that come on sticks


_STATEMENT_NAMES = {
    0: "version",
    1: "purpose",
    2: "key",
    3: "subject",
    4: "county",
    5: "not before",
    6: "not after",
}


class Statement(Struct, frozen=True):
    """The root's word about a key.

    Attributes:
        purpose: what the key is for; one that this version does not know serves no purpose here.
        key: raw public key, 32 bytes: Ed25519; for opening, escrow and sticks X25519.
        subject: whose key, or whom it concerns; `terminal_subject`, or the name of a gateway or publisher.
        county: 6-digit code.
        not_before_ms: first moment of its validity, milliseconds since 1970 UTC.
        not_after_ms: last moment.
    """

    purpose: str
    key: bytes
    subject: str
    county: str
    not_before_ms: int
    not_after_ms: int

    def sign(self, root: Signer) -> bytes:
        """Return the statement as the root's COSE_Sign1 message."""
        payload: dict[int, PlainValue] = {
            0: 1,
            1: self.purpose,
            2: self.key,
            3: self.subject,
            4: self.county,
            5: self.not_before_ms,
            6: self.not_after_ms,
        }
        return sign1(root, cbor.encode(payload))

    @classmethod
    def decode(cls, payload: bytes) -> Statement:
        """Read a payload whose signature has been checked. Raises StatementMalformed."""
        try:
            held = Fields(cbor.decode(payload, cbor.Limits(STATEMENT_BYTES_MAX, values_max=32)), _STATEMENT_NAMES)
            held.whole(0, 1, 1)
            return cls(
                held.text(1, 32),
                held.raw(2, PUBLIC_KEY_BYTES),
                held.text(3, 128),
                held.text(4, 6),
                held.whole(5),
                held.whole(6),
            )
        except (cbor.CborRefused, FieldRefused) as cause:
            raise StatementMalformed(f"not a statement: {cause}") from cause


def terminal_subject(county: str, region: str, terminal_number: str) -> str:
    """Return the name of a terminal, the same in statements and in certificates: urn:sunpoint:990101:terminal:..."""
    return f"urn:sunpoint:{county}:terminal:{region}:{terminal_number}"


class Trust(Struct, frozen=True):
    """What a program trusts: one county's root key, 32 bytes, and nothing that it does not vouch for.

    Attributes:
        issuer_key: of the issuing authority at the gateway, whom the root certified (`sync.certificates`). Terminals
            enrol while the root is offline, so the authority vouches for terminal chains, and for nothing else.
        revoked: what the root has taken back; None where nobody could have heard of it.
    """

    root_key: bytes
    county: str
    issuer_key: bytes | None = None
    revoked: RevokedKeys | None = None

    def check(self, statement: bytes, purpose: Purpose, *, at_ms: int | None, subject: str | None = None) -> Statement:
        """Return the statement if it vouches for this purpose, and the key was not revoked.

        Args:
            statement: the COSE_Sign1 message.
            purpose: what the key was used for.
            at_ms: when it was used, milliseconds since 1970 UTC: a key that was revoked later is good. None where no
                trustworthy time exists, or where what it says could as well be said again by another key: then
                dates are not compared, and a key that was revoked at any time is refused.
            subject: whom it must name; None when any will do.

        Raises:
            StatementRefused: by its kinds.
        """
        held = self.vouched(statement, purpose, subject=subject)
        if at_ms is not None and not held.not_before_ms <= at_ms <= held.not_after_ms:
            raise StatementNotInForce("the statement is not in force at that time")
        since_ms = self.revoked.since(purpose.value, held.key) if self.revoked is not None else None
        if since_ms is not None and (at_ms is None or at_ms >= since_ms):
            raise KeyRevoked(f"the county has revoked this key for {purpose.value!r}")
        return held

    def vouched(self, statement: bytes, purpose: Purpose, *, subject: str | None = None) -> Statement:
        """Return the statement if it was ever given for this purpose: whose signature to look for, no more than that.

        What the key signed says when; `check` with that time comes after it. Raises StatementRefused, by its kinds.
        """
        held = Statement.decode(self._signed_payload(statement, purpose))
        for name, wanted, found in (
            ("purpose", purpose.value, held.purpose),
            ("county", self.county, held.county),
            ("subject", held.subject if subject is None else subject, held.subject),
        ):
            if wanted != found:
                raise StatementForAnother(f"the statement is for the {name} {found!r}, not {wanted!r}")
        return held

    def _signed_payload(self, statement: bytes, purpose: Purpose) -> bytes:
        may_issue = self.issuer_key is not None and purpose is Purpose.TERMINAL_CHAIN
        for key in (self.root_key, self.issuer_key) if may_issue else (self.root_key,):
            try:
                return verify_sign1(key or b"", statement, STATEMENT_BYTES_MAX)
            except MessageMalformed as cause:
                raise StatementMalformed(str(cause)) from cause
            except SignatureWrong:
                continue
        raise StatementNotOfRoot("the county root did not sign this statement")
