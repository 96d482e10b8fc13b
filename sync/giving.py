"""A record that is told again: how the county gives the records of a case to another terminal, and how one is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from sync import cbor
from sync.model.facts import Author, Envelope, RecordGiven
from sync.model.plain import PlainValue
from sync.record import OPEN_BODY_BYTES_MAX, Record, RecordRefused, envelope, restore

HEADER_BYTES_MAX = 1536
"""A longer header does not fit into that of the record that tells it."""
_BODY_LIMITS = cbor.Limits(OPEN_BODY_BYTES_MAX, values_max=OPEN_BODY_BYTES_MAX)

Body = Mapping[int, PlainValue]


class NotARecordGiven(ValueError):
    """What is told again is not a record, or not one of the case that it is told for."""


class Given(Struct, frozen=True):
    """A record that was told again.

    Attributes:
        record: its header and hash; its body and signature are not here.
        author: whose chain it is from.
        body: its opened fields, None where they were not told.
    """

    record: Record
    author: Author
    body: Body | None

    @property
    def envelope(self) -> Envelope:
        """What the fold reads of it."""
        return envelope(self.record, self.author)


def tell(record: Record, author: Author, body: Body | None) -> RecordGiven:
    """Return the fact that tells a record again, with these fields of its body; None: without them."""
    return RecordGiven(author=author, header=record.header_bytes, body=cbor.encode(body) if body else b"")


def read(fact: RecordGiven, case_no: str | None) -> Given:
    """Read a record that was told again for a case. Raises NotARecordGiven."""
    try:
        record = restore(fact.header, None, None)
        body = cbor.decode(fact.body, _BODY_LIMITS) if fact.body else None
    except (RecordRefused, cbor.CborRefused) as cause:
        raise NotARecordGiven(f"no record: {cause}") from cause
    if body is not None and (not isinstance(body, Mapping) or any(isinstance(key, str) for key in body)):
        raise NotARecordGiven("its body is not a map of fields")
    if record.header.case_no != case_no or case_no is None:
        raise NotARecordGiven("it is about another case")
    if body is None and not record.header.body_bytes:
        body = {}
    return Given(record, fact.author, cast("Body | None", body))
