"""Packs: what a county publishes to its terminals, sealed by its publisher and put into use by the terminal.

A pack file is the deterministic CBOR of [1, checksum, statement, message]:
- message: COSE_Sign1 of the publisher over {0: 1, 1: kind, 2: county, 3: version, 4: issued ms, 5: content},
  where content is the CBOR of the plain form that the JSON Schema describes;
- statement: the county root's word that this publisher's key may sign packs (`sync.keys.Statement`), so that a pack
  can be judged with nothing but the root's public key, on a line or on a stick;
- checksum: SHA-256 of statement and message, which only tells a damaged file from a forged one.

The time that counts is when the pack was issued, as its publisher signed it: clocks in villages lie. A pack never
takes the place of a newer one, and one that is refused leaves the old one in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar, cast

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import (
    STATEMENT_BYTES_MAX,
    KeyRevoked,
    MessageMalformed,
    Purpose,
    SignatureWrong,
    Signer,
    Statement,
    StatementForAnother,
    StatementMalformed,
    StatementNotInForce,
    StatementNotOfRoot,
    StatementRefused,
    Trust,
    sign1,
    verify_sign1,
)
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.content import ContentWrong
from sync.model.plain import PlainValue
from sync.model.profile import Profile

PACK_BYTES_MAX = 8 << 20
CONTENT_VALUES_MAX = 1_000_000
"""Of a pack's content, every map, list, key and value counted; the demonstration's catalogue has 34,000."""
VERSION_MOST = 999_999
_FORMAT = 1
_FILE_NAMES = {0: "format", 1: "checksum", 2: "statement", 3: "message"}
_PAYLOAD_NAMES = {0: "format", 1: "kind", 2: "county", 3: "version", 4: "issued", 5: "content"}


class PackKind(StrEnum):
    """What packs there are."""

    CATALOGUE = "catalogue"
    PROFILE = "profile"
    CALENDAR = "calendar"

    @property
    def file_name(self) -> str:
        """The file that holds the pack in use."""
        return f"{self.value}.pack"


PackContent = Catalogue | Profile | CalendarPack


class PackRefused(ValueError):
    """A pack is not put into use; its subclasses are named as the sentence, and `code` names it for screens."""

    code: ClassVar[str] = "refused"


class PackDamaged(PackRefused):
    """The file is cut short, altered on its way, too large, or no pack at all."""

    code = "damaged"


class PackNotSigned(PackRefused):
    """No publisher whom the county root vouches for, at the time of issue, signed these bytes."""

    code = "not_signed"


class PackOfRevokedPublisher(PackRefused):
    """The county has revoked the publisher's key; a pack like it, under the next key, has to be published."""

    code = "publisher_revoked"


class PackFromAnotherCounty(PackRefused):
    """It says itself that it is for another county."""

    code = "another_county"


class PackTooOld(PackRefused):
    """A newer version, or another pack of the same version, is in use."""

    code = "too_old"


class PackUnknownKind(PackRefused):
    """Signed and whole, but of a kind or format that this program does not know."""

    code = "unknown_kind"


class PackContentWrong(PackRefused):
    """Signed and whole, but this program cannot use its content; the message names the place."""

    code = "content_wrong"


class PackBeyondThisProgram(PackRefused):
    """Opening it met a fault of this program, whose log names it; the pack may be good."""

    code = "beyond_this_program"


class PackNotThere(PackRefused):
    """No pack of this kind is in use."""

    code = "not_there"


class Pack(Struct, frozen=True):
    """A pack whose seal has been checked.

    Attributes:
        county: 6-digit code.
        version: grows with every issue of its kind.
        issued_ms: when the publisher sealed it, milliseconds since 1970 UTC.
        digest: SHA-256 of the file.
    """

    kind: PackKind
    county: str
    version: int
    issued_ms: int
    content: PackContent
    digest: bytes


def seal_pack(
    kind: PackKind, county: str, version: int, issued_ms: int, content: PackContent, signer: Signer, statement: bytes
) -> bytes:
    """Return the bytes of a pack file.

    `signer` is the publisher's key and `statement` the root's COSE_Sign1 for it, purpose `packs`; the rest is as in
    `Pack`.
    """
    payload: dict[int, PlainValue] = {
        0: _FORMAT,
        1: kind.value,
        2: county,
        3: version,
        4: issued_ms,
        5: cbor.encode(cast("PlainValue", content.to_plain())),
    }
    message = sign1(signer, cbor.encode(payload))
    return cbor.encode((_FORMAT, _checksum(statement, message), statement, message))


def open_pack(data: bytes, trust: Trust, *, arriving: bool = False) -> Pack:
    """Check a pack file against the county's root and return what it holds. Raises PackRefused, by its kinds.

    Whether a newer one is in use is for the shelf to say (`sync.pack_shelf`). One that was here before its publisher's
    key was revoked is judged by its date of issue. One `arriving` is not: whoever stole the key writes any date.
    """
    statement, message = _unwrap(data)
    payload = _signed_payload(statement, message, trust, arriving=arriving)
    try:
        payload.whole(0, _FORMAT, _FORMAT)
        kind = PackKind(payload.text(1, 24))
        county, version, issued_ms = payload.text(2, 6), payload.whole(3, 1, VERSION_MOST), payload.whole(4)
        encoded = payload.blob(5, PACK_BYTES_MAX)
    except ValueError as cause:
        raise PackUnknownKind(f"signed, but of a kind that this version does not know: {cause}") from cause
    content = _content(kind, encoded)
    if county != trust.county or (isinstance(content, Profile) and content.county != county):
        raise PackFromAnotherCounty(f"the pack is for county {county}, not {trust.county}")
    return Pack(kind, county, version, issued_ms, content, hashlib.sha256(data).digest())


def _checksum(statement: bytes, message: bytes) -> bytes:
    return hashlib.sha256(statement + message).digest()


def _unwrap(data: bytes) -> tuple[bytes, bytes]:
    try:
        limits = cbor.Limits(PACK_BYTES_MAX, values_max=8, depth_max=1)
        held = Fields(cbor.decode(data, limits), _FILE_NAMES)
        held.whole(0, _FORMAT, _FORMAT)
        statement, message = held.blob(2, STATEMENT_BYTES_MAX + 128), held.blob(3, PACK_BYTES_MAX)
        checksum = held.raw(1, 32)
    except (cbor.CborRefused, FieldRefused) as cause:
        raise PackDamaged(f"not a pack file: {cause}") from cause
    if checksum != _checksum(statement, message):
        raise PackDamaged("the checksum does not fit: the file was altered on its way")
    return statement, message


def _signed_payload(statement: bytes, message: bytes, trust: Trust, *, arriving: bool) -> Fields:
    publisher = _publisher(statement, trust)
    try:
        payload = verify_sign1(publisher.key, message, PACK_BYTES_MAX)
        held = Fields(cbor.decode(payload, cbor.Limits(PACK_BYTES_MAX, values_max=16, depth_max=1)), _PAYLOAD_NAMES)
        issued_ms = held.whole(4)
    except (MessageMalformed, SignatureWrong) as cause:
        raise PackNotSigned(f"the publisher did not sign this pack: {cause}") from cause
    except (cbor.CborRefused, FieldRefused) as cause:
        raise PackUnknownKind(f"signed, but in a form that this version does not know: {cause}") from cause
    try:
        trust.check(statement, Purpose.PACKS, at_ms=issued_ms)
        if arriving:
            trust.check(statement, Purpose.PACKS, at_ms=None)
    except StatementNotInForce as cause:
        raise PackNotSigned("the publisher's key was not in force when the pack was issued") from cause
    except KeyRevoked as cause:
        raise PackOfRevokedPublisher(str(cause)) from cause
    return held


def _publisher(statement: bytes, trust: Trust) -> Statement:
    """The root's statement for the publisher; its time is judged once the time of issue is known."""
    try:
        return trust.vouched(statement, Purpose.PACKS)
    except (StatementForAnother, StatementNotOfRoot) as cause:
        raise (_foreign(statement, trust) or PackNotSigned(str(cause))) from cause
    except StatementRefused as cause:
        raise PackNotSigned(str(cause)) from cause


def _foreign(statement: bytes, trust: Trust) -> PackFromAnotherCounty | None:
    """The kinder refusal when a pack owns up to being another county's. Nothing here has been verified."""
    try:
        limits = cbor.Limits(STATEMENT_BYTES_MAX + 128, values_max=8, depth_max=2)
        county = Statement.decode(_payload_unverified(cbor.decode(statement[1:], limits))).county
    except (cbor.CborRefused, FieldRefused, StatementMalformed):
        return None
    if county == trust.county:
        return None
    return PackFromAnotherCounty(f"the pack is for county {county}, not {trust.county}")


def _payload_unverified(sign1_array: PlainValue) -> bytes:
    names = {0: "protected header", 1: "unprotected header", 2: "payload", 3: "signature"}
    return Fields(sign1_array, names).blob(2, STATEMENT_BYTES_MAX)


def _content(kind: PackKind, encoded: bytes) -> PackContent:
    readers: dict[PackKind, Callable[[object], PackContent]] = {
        PackKind.CATALOGUE: Catalogue.from_plain,
        PackKind.PROFILE: Profile.from_plain,
        PackKind.CALENDAR: CalendarPack.from_plain,
    }
    try:
        return readers[kind](cbor.decode_unchecked(encoded, cbor.Limits(PACK_BYTES_MAX, CONTENT_VALUES_MAX)))
    except (cbor.CborRefused, ContentWrong) as cause:
        raise PackContentWrong(f"signed, but this version cannot use it: {cause}") from cause
