"""A county that publishes packs, and pack files as nobody should make them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import cbor
from sync.keys import FileSigner, Purpose, Statement, Trust, sign1
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.profile import Profile
from sync.packs import (
    PackContent,
    PackKind,
    seal_pack,
)
from tests.model.contents import CALENDAR_PLAIN, PROFILE_PLAIN, a_catalogue

COUNTY = "990101"
ISSUED_MS = 1_767_200_000_000
YEAR_MS = 365 * 24 * 3600 * 1000
CONTENTS: dict[PackKind, PackContent] = {
    PackKind.CATALOGUE: Catalogue.from_plain(a_catalogue()),
    PackKind.PROFILE: Profile.from_plain(PROFILE_PLAIN),
    PackKind.CALENDAR: CalendarPack.from_plain(CALENDAR_PLAIN),
}


def a_signer() -> FileSigner:
    return FileSigner(Ed25519PrivateKey.generate())


@dataclass(frozen=True)
class County:
    """A county's root and the publisher whom it vouches for."""

    code: str
    root: FileSigner
    publisher: FileSigner

    @classmethod
    def new(cls, code: str = COUNTY) -> County:
        return cls(code, a_signer(), a_signer())

    @property
    def trust(self) -> Trust:
        return Trust(self.root.public_key, self.code)

    def statement(self, purpose: str = Purpose.PACKS, until_ms: int = ISSUED_MS + YEAR_MS) -> bytes:
        return Statement(
            purpose, self.publisher.public_key, "publisher", self.code, ISSUED_MS - YEAR_MS, until_ms
        ).sign(self.root)

    def seal(self, kind: PackKind = PackKind.CATALOGUE, version: int = 1, issued_ms: int = ISSUED_MS) -> bytes:
        return seal_pack(
            kind, self.code, version, issued_ms, CONTENTS[kind], self.publisher, self.statement(until_ms=ISSUED_MS * 2)
        )

    def wrap(self, payload: dict[int, Any]) -> bytes:
        """A pack file around any payload, properly signed."""
        return wrapped(self.statement(), sign1(self.publisher, cbor.encode(payload)))


def wrapped(statement: bytes, message: bytes) -> bytes:
    return cbor.encode((1, hashlib.sha256(statement + message).digest(), statement, message))


def payload(**changes: Any) -> dict[int, Any]:
    names = {"format": 0, "kind": 1, "county": 2, "version": 3, "issued": 4, "content": 5}
    whole: dict[int, Any] = {
        0: 1,
        1: "calendar",
        2: COUNTY,
        3: 1,
        4: ISSUED_MS,
        5: cbor.encode(CALENDAR_PLAIN),
    }
    return whole | {names[name]: value for name, value in changes.items()}
