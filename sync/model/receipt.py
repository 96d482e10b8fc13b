"""The receipt (代办收件回执): all that the slip says, and the code on it that restores, proves and opens the case.

The QR code holds `https://<host>/r#<digits>`. What stands after `#` never reaches a server. The digits are the
token's bytes as one decimal number, because a QR code stores digits densely; there are as many digits as the
largest number of so many bytes has, so leading zeros are kept and the length tells the number of bytes.

    byte  0        version, 2
    bytes 1-10     the 24 digits of the case number, big-endian; the check character follows from them
    bytes 11-18    chain id
    bytes 19-22    seq of the record that the paper is about, big-endian: the one that took the case in, or that
                   changed its key after a paper was lost
    bytes 23-38    first 16 bytes of that record's hash
    bytes 39-42    when that record was written, minutes since 1970 UTC, big-endian
    bytes 43-58    case key (`sync.case_key`); zero when the case has none
    bytes 59-122   signature of the terminal's record key (`ReceiptToken.claim`)
    last 4         CRC-32 of all before, big-endian: a misread is told from a forgery, nothing more

Every version begins with its number and ends with the CRC; what stands between is the version's own. Sixteen bytes
of hash, because eight would let the holder of a key find two records with one prefix. The signature covers the case
key by a digest only, so that who has seen the paper can prove what it claims without telling what it opens.
"""

from __future__ import annotations

import binascii
import hashlib
import math

from msgspec import Struct

from sync.model.case_number import CaseNumber, NotACaseNumber, parse_case_number
from sync.model.check_character import mod_11_2

VERSION = 2
CHAIN_BYTES = 8
HASH_PREFIX_BYTES = 16
CASE_KEY_BYTES = 16
KEY_DIGEST_BYTES = 16
SIGNATURE_BYTES = 64
NO_CASE_KEY = bytes(CASE_KEY_BYTES)
MINUTE_MS = 60_000
_CLAIM = b"sunpoint 2 receipt"
_NUMBER_DIGITS = 24
_NUMBER_BYTES = 10
_SEQ_BYTES = 4
_MINUTE_BYTES = 4
_CRC_BYTES = 4
_PARTS = (
    _NUMBER_BYTES, CHAIN_BYTES, _SEQ_BYTES, HASH_PREFIX_BYTES, _MINUTE_BYTES, CASE_KEY_BYTES, SIGNATURE_BYTES,
)  # fmt: skip
_TOKEN_BYTES = 1 + sum(_PARTS) + _CRC_BYTES
_TOKEN_BYTES_MAX = 512
_DIGITS = frozenset("0123456789")


class NotAReceiptCode(ValueError):
    """A scanned text that restores no case. Its subclasses say why."""


class ReceiptCodeIsForeign(NotAReceiptCode):
    """Some other code: not https, not the expected host, or not the path of receipts."""


class ReceiptCodeDamaged(NotAReceiptCode):
    """A receipt's code with digits missing, added or misread."""


class ReceiptCodeOfAnotherVersion(NotAReceiptCode):
    """A whole receipt's code of a version that this program does not read; `version` is that."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the receipt is of version {version}; this program reads {VERSION}")
        self.version = version


class ReceiptClaim(Struct, frozen=True):
    """What the terminal has signed: a case stands in this record of its chain.

    Attributes:
        case_number: of the case.
        chain: 8-byte id.
        seq: from 1.
        hash_prefix: the first 16 bytes of the record's hash.
        minute: when the record was written, in minutes since 1970 UTC, by the terminal's clock.
        key_digest: the first 16 bytes of the SHA-256 of the case key.

    Raises ValueError when a part does not fit.
    """

    case_number: CaseNumber
    chain: bytes
    seq: int
    hash_prefix: bytes
    minute: int
    key_digest: bytes

    def __post_init__(self) -> None:
        for name, held, length in (
            ("chain id", self.chain, CHAIN_BYTES),
            ("prefix of a hash", self.hash_prefix, HASH_PREFIX_BYTES),
            ("digest of a case key", self.key_digest, KEY_DIGEST_BYTES),
        ):
            if len(held) != length:
                raise ValueError(f"a {name} has {length} bytes, not {len(held)}")
        if not 1 <= self.seq < 256**_SEQ_BYTES:
            raise ValueError(f"{self.seq} is no seq of a record")
        if not 0 <= self.minute < 256**_MINUTE_BYTES:
            raise ValueError(f"{self.minute} is no time of a record")

    @property
    def written_ms(self) -> int:
        """When the record was written, to the minute; milliseconds since 1970 UTC."""
        return self.minute * MINUTE_MS

    def names(self, record_hash: bytes) -> bool:
        """Whether the claim is about the record with this hash (32 bytes)."""
        return record_hash[:HASH_PREFIX_BYTES] == self.hash_prefix

    def to_sign(self) -> bytes:
        """What the signature covers, as the payload of a detached COSE_Sign1. No header of a record begins so."""
        return b"".join([_CLAIM, self.packed(), self.key_digest])

    def packed(self) -> bytes:
        """The claim as the token holds it, without the digest."""
        return b"".join(
            [
                int(self.case_number.digits).to_bytes(_NUMBER_BYTES, "big"),
                self.chain,
                self.seq.to_bytes(_SEQ_BYTES, "big"),
                self.hash_prefix,
                self.minute.to_bytes(_MINUTE_BYTES, "big"),
            ]
        )


def key_digest(case_key: bytes) -> bytes:
    """Return what a claim says of a case key."""
    return hashlib.sha256(case_key).digest()[:KEY_DIGEST_BYTES]


class ReceiptToken(Struct, frozen=True):
    """What the code on a receipt holds: a claim, the key that opens the county's answers, and the signature.

    `case_key` has 16 bytes and is that of the claim's digest, `signature` has 64. Raises ValueError otherwise.
    """

    claim: ReceiptClaim
    case_key: bytes
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.case_key) != CASE_KEY_BYTES or key_digest(self.case_key) != self.claim.key_digest:
            raise ValueError("the case key is not that of the claim")
        if len(self.signature) != SIGNATURE_BYTES:
            raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(self.signature)}")

    @property
    def case_number(self) -> CaseNumber:
        """Of the case."""
        return self.claim.case_number

    def to_bytes(self) -> bytes:
        """The packed token."""
        packed = b"".join([bytes([VERSION]), self.claim.packed(), self.case_key, self.signature])
        return packed + binascii.crc32(packed).to_bytes(_CRC_BYTES, "big")

    @classmethod
    def from_bytes(cls, token: bytes) -> ReceiptToken:
        """Unpack a token. Raises a NotAReceiptCode. Whether its signature holds is for who knows the key."""
        packed, crc = token[:-_CRC_BYTES], token[-_CRC_BYTES:]
        if not packed or binascii.crc32(packed).to_bytes(_CRC_BYTES, "big") != crc:
            raise ReceiptCodeDamaged("the receipt's check sum does not fit")
        if packed[0] != VERSION:
            raise ReceiptCodeOfAnotherVersion(packed[0])
        if len(token) != _TOKEN_BYTES:
            raise ReceiptCodeDamaged(f"a receipt's token has {_TOKEN_BYTES} bytes, not {len(token)}")
        parts: list[bytes] = []
        at = 1
        for length in _PARTS:
            parts.append(packed[at : at + length])
            at += length
        number, chain, seq, hash_prefix, minute, case_key, signature = parts
        digits = str(int.from_bytes(number, "big")).zfill(_NUMBER_DIGITS)
        try:
            case_number = parse_case_number(digits + mod_11_2(digits))
            seq_number, minutes = int.from_bytes(seq, "big"), int.from_bytes(minute, "big")
            claim = ReceiptClaim(case_number, chain, seq_number, hash_prefix, minutes, key_digest(case_key))
            return cls(claim, case_key, signature)
        except NotACaseNumber as cause:
            raise ReceiptCodeDamaged(f"the receipt holds no case number: {cause}") from cause
        except ValueError as cause:
            raise ReceiptCodeDamaged(f"the receipt names no record: {cause}") from cause


def qr_text(token: ReceiptToken, host: str) -> str:
    """What the QR code on the receipt holds. `host` comes from the county's profile."""
    return f"https://{host}/r#{_to_digits(token.to_bytes())}"


def parse_qr_text(text: str, host: str | None = None) -> ReceiptToken:
    """Read what a scanner gave. With `host`, a receipt of another county is ReceiptCodeIsForeign.

    Raises a NotAReceiptCode.
    """
    address, mark, digits = text.strip().partition("#")
    scheme, _, rest = address.partition("://")
    named, _, path = rest.partition("/")
    if scheme.lower() != "https" or path != "r" or not mark:
        raise ReceiptCodeIsForeign("this code is not from a receipt")
    if host is not None and named.lower() != host.lower():
        raise ReceiptCodeIsForeign(f"this receipt is from {named}")
    return ReceiptToken.from_bytes(_from_digits(digits))


def _to_digits(token: bytes) -> str:
    return str(int.from_bytes(token, "big")).zfill(_digits_of(len(token)))


def _from_digits(digits: str) -> bytes:
    if not _DIGITS.issuperset(digits):
        raise ReceiptCodeDamaged("the receipt's code holds something else than digits")
    # Bounded before int(): its cost grows with the square of the length.
    if len(digits) > _digits_of(_TOKEN_BYTES_MAX):
        raise ReceiptCodeDamaged(f"the receipt's code has {len(digits)} digits")
    length = int(len(digits) / math.log10(256))
    if length == 0 or _digits_of(length) != len(digits):
        raise ReceiptCodeDamaged(f"no receipt has {len(digits)} digits")
    number = int(digits)
    if number >= 256**length:
        raise ReceiptCodeDamaged("the receipt's digits are more than its bytes can hold")
    return number.to_bytes(length, "big")


def _digits_of(length: int) -> int:
    """How many digits the largest number of `length` bytes has."""
    return len(str(256**length - 1))
