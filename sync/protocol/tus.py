"""tus 1.0.0, core protocol and the extension "creation" (tus.io): its words, and what they carry. No HTTP, no sockets.

The fields of `Upload-Metadata` name the record that names the attachment: `chain`, in hexadecimal, and `seq`, in
digits, both in base64 as tus has it. Fields that are not known are passed over.
"""

from __future__ import annotations

import base64
import binascii

from msgspec import Struct

from sync.record import CHAIN_ID_BYTES

VERSION = "1.0.0"
EXTENSIONS = "creation"
RESUMABLE = "Tus-Resumable"
SUPPORTED_VERSIONS = "Tus-Version"
SUPPORTED_EXTENSIONS = "Tus-Extension"
MAX_SIZE = "Tus-Max-Size"
OFFSET = "Upload-Offset"
LENGTH = "Upload-Length"
METADATA = "Upload-Metadata"
METHOD_OVERRIDE = "X-HTTP-Method-Override"
CONTENT_TYPE = "application/offset+octet-stream"

ROOT = "/v1/attachments"
NUMBER_DIGITS_MAX = 15
METADATA_CHARACTERS_MAX = 1024
CHECKSUM_MISMATCH = 460
"""The status of tus for bytes that are not what was announced; here: the whole is not what its digest says."""


class TusMalformed(ValueError):
    """A header of tus is missing or not of its form; the message names it."""


class Named(Struct, frozen=True):
    """The record that names an attachment."""

    chain: bytes
    seq: int

    def encode(self) -> str:
        """Return `Upload-Metadata`."""
        fields = {"chain": self.chain.hex(), "seq": str(self.seq)}
        return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in fields.items())

    @classmethod
    def decode(cls, text: str) -> Named:
        """Read `Upload-Metadata`. Raises TusMalformed."""
        if len(text) > METADATA_CHARACTERS_MAX:
            raise TusMalformed(f"{METADATA} is too long")
        held: dict[str, str] = {}
        for pair in text.split(","):
            name, _, value = pair.strip().partition(" ")
            if name in held:
                raise TusMalformed(f"{METADATA} names {name[:20]} twice")
            try:
                held[name] = base64.b64decode(value, validate=True).decode("ascii")
            except (binascii.Error, ValueError):
                held[name] = ""
        try:
            chain = bytes.fromhex(held.get("chain", ""))
        except ValueError:
            chain = b""
        if len(chain) != CHAIN_ID_BYTES or not held.get("seq"):
            raise TusMalformed(f"{METADATA} does not name a record: chain and seq are needed")
        return cls(chain, number(METADATA, held["seq"]))


def number(header: str, text: str | None) -> int:
    """Return the number that a header holds. Raises TusMalformed, also when there is none."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > NUMBER_DIGITS_MAX:
        raise TusMalformed(f"{header} is not a number")
    return int(text)


def location(chain: bytes, digest: bytes) -> str:
    """Return where the upload of an attachment is, below the gateway's address."""
    return f"{ROOT}/{chain.hex()}/{digest.hex()}"
