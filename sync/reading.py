"""What a record says in its body, for whoever has the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sync import cbor
from sync.compression import CompressedMalformed, CompressedTooLarge, Matter, decompress
from sync.model.facts import Fact, from_plain
from sync.model.plain import PlainValue
from sync.record import (
    OPEN_BODY_BYTES_MAX,
    BodyMalformed,
    BodySealed,
    BodyTooLarge,
    BodyWithheld,
    Header,
    Record,
)
from sync.sealing import ContentKey, SealBroken

_OPEN_BODY_LIMITS = cbor.Limits(OPEN_BODY_BYTES_MAX, values_max=OPEN_BODY_BYTES_MAX)


class Keys(Protocol):
    """Knows content keys."""

    def key(self, chain: bytes, number: int, /) -> ContentKey | None:
        """Return a content key of a chain, None when nobody here may know it. Raises SealBroken."""


class NoKeys:
    """Nobody who may read is here."""

    def key(self, _chain: bytes, _number: int, /) -> ContentKey | None:
        """See `Keys.key`."""
        return None


NO_KEYS = NoKeys()


def open_body(record: Record, keys: Keys) -> Mapping[int, PlainValue]:
    """Return the fields of the body.

    Raises BodyWithheld, BodySealed, BodyTooLarge (also for a bomb), BodyMalformed (also for a broken seal).
    """
    if record.body is None:
        raise BodyWithheld(f"the body of record {record.header.seq} is not here")
    if not record.body:
        return {}
    body = _unsealed(record.header, record.body, keys)
    try:
        fields = cbor.decode(decompress(Matter.BODY, body, OPEN_BODY_BYTES_MAX), _OPEN_BODY_LIMITS)
    except CompressedTooLarge as cause:
        raise BodyTooLarge(f"the body of record {record.header.seq} opens to more than is allowed") from cause
    except (CompressedMalformed, cbor.CborRefused) as cause:
        raise BodyMalformed(f"the body of record {record.header.seq} cannot be opened: {cause}") from cause
    if not isinstance(fields, Mapping) or any(isinstance(key, str) for key in fields):
        raise BodyMalformed(f"the body of record {record.header.seq} is not a map of fields")
    return fields  # type: ignore[return-value]  # keys are integers, as just seen


def _unsealed(header: Header, body: bytes, keys: Keys) -> bytes:
    if header.content_key is None:
        return body
    try:
        key = keys.key(header.chain, header.content_key)
        if key is None:
            raise BodySealed(f"the body of record {header.seq} is sealed, and not for anybody here")
        return key.open(body, header.seq)
    except SealBroken as cause:
        raise BodyMalformed(str(cause)) from cause


def fact_of(record: Record, keys: Keys) -> Fact:
    """Return the fact. Raises FactDoesNotFit, and what `open_body` raises."""
    return from_plain(record.header.kind, record.header.plain, open_body(record, keys))
