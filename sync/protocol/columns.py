"""The headers of a segment as columns: what neighbours have in common is said once, and compressed.

A map by the keys of the header. Keys 2, 7, 9, 10, 11, 12, 13, 16 and 17 are *tables*: [the different values in the
order of their first appearance, one byte a record: the place of its value]; null stands for a field that is absent, and
a table of nothing but null is left out. 6 is a list of differences, the first to 0; 8 is the list of the differences
of wall ms - boot ms, the first to 0; 15 is a list. 14 is a map from the place of a record whose body is withheld to the
body's digest, left out when it is empty. Keys 0, 1, 3, 4 and 5 are what the receiver knows or recomputes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar, cast

import cbor2
from msgspec import Struct

from sync import cbor
from sync.compression import Matter, compress, decompress
from sync.fields import WHOLE_MOST, FieldRefused, Fields
from sync.model.facts import ActorClass
from sync.model.plain import PlainValue
from sync.record import (
    BODY_BYTES_MAX,
    BOOT_ID_BYTES,
    HASH_BYTES,
    HEADER_BYTES_MAX,
    WALL_MS_MAX,
    ClockNote,
    Record,
)

SEGMENT_RECORDS_MAX = 50
COLUMNS_BYTES_MAX = SEGMENT_RECORDS_MAX * (HEADER_BYTES_MAX + 64)
"""Before they are compressed: as many of the longest headers as a segment may have, and what tables add."""

_LIMITS = cbor.Limits(COLUMNS_BYTES_MAX, values_max=COLUMNS_BYTES_MAX)
_WITHHELD, _LENGTHS, _WALL, _BOOT = 14, 15, 6, 8
_NAMES = {
    2: "kind",
    _WALL: "wall time",
    7: "boot id",
    _BOOT: "boot time",
    9: "checkpoint",
    10: "clock note",
    11: "actor",
    12: "actor class",
    13: "case number",
    _WITHHELD: "digests of withheld bodies",
    _LENGTHS: "body length",
    16: "content key",
    17: "plain fields",
}
_OPTIONAL = frozenset({9, 10, 13, _WITHHELD, 16, 17})
_NOTHING: Mapping[int, PlainValue] = {}
_ACTOR_CLASS_MOST = max(ActorClass)
V = TypeVar("V")


class Entry(Struct, frozen=True):
    """One record as it travels: its header without what is recomputed, and its body. See `sync.record.Header`.

    Attributes:
        body: as carried; None where it is withheld.
        body_digest: of a body that is withheld, None where it is here.
    """

    kind: int
    wall_ms: int
    boot_id: bytes
    boot_ms: int
    checkpoint: bytes | None
    clock_note: ClockNote
    actor: str
    actor_class: ActorClass
    case_no: str | None
    body_bytes: int
    content_key: int | None
    plain: Mapping[int, PlainValue]
    body: bytes | None
    body_digest: bytes | None = None

    @classmethod
    def of(cls, record: Record) -> Entry:
        """Take from a record what travels of it."""
        header = record.header
        return cls(
            header.kind,
            header.wall_ms,
            header.boot_id,
            header.boot_ms,
            header.checkpoint,
            header.clock_note,
            header.actor,
            header.actor_class,
            header.case_no,
            header.body_bytes,
            header.content_key,
            header.plain,
            record.body,
            header.body_digest if record.body is None else None,
        )


def pack(entries: Sequence[Entry]) -> tuple[bytes, bytes]:
    """Return the headers as compressed columns, and the bodies one after the other."""
    return compress(Matter.HEADERS, columns(entries)), b"".join(each.body for each in entries if each.body)


def columns(entries: Sequence[Entry]) -> bytes:
    """Return the headers as columns. The plain fields of the entries must be in order, as all are that were decoded."""
    held: dict[int, PlainValue] = {
        2: _table([each.kind for each in entries]),
        _WALL: _differences([each.wall_ms for each in entries]),
        7: _table([each.boot_id for each in entries]),
        _BOOT: _differences([each.wall_ms - each.boot_ms for each in entries]),
        9: _table([each.checkpoint for each in entries]),
        10: _table([int(each.clock_note) or None for each in entries]),
        11: _table([each.actor for each in entries]),
        12: _table([int(each.actor_class) for each in entries]),
        13: _table([each.case_no for each in entries]),
        _WITHHELD: {place: each.body_digest for place, each in enumerate(entries) if each.body is None} or None,
        _LENGTHS: tuple(each.body_bytes for each in entries),
        16: _table([each.content_key for each in entries]),
        17: _table_of_maps([each.plain for each in entries]),
    }
    # All values are plain and all keys in their order, so that nothing has to be looked at twice.
    return cbor2.dumps({key: column for key, column in held.items() if column is not None})


def unpack(packed: bytes, bodies: bytes) -> tuple[Entry, ...]:
    """Return what `pack` was given. Raises FieldRefused, CborRefused, CompressedMalformed."""
    opened = decompress(Matter.HEADERS, packed, COLUMNS_BYTES_MAX)
    held = _Columns(Fields(cbor.decode(opened, _LIMITS), _NAMES, _OPTIONAL))
    wall_ms = held.sums(_WALL, WALL_MS_MAX)
    boot_ms = held.boot_ms(wall_ms)
    lengths = held.lengths()
    withheld = held.withheld()
    return tuple(
        map(
            Entry,
            held.table(2, _whole(0, 0xFFFF)),
            wall_ms,
            held.table(7, _raw(BOOT_ID_BYTES)),
            boot_ms,
            held.table(9, _raw(HASH_BYTES), None),
            held.table(10, lambda value: ClockNote(_whole(1, 0xFF)(value)), ClockNote(0)),
            held.table(11, _text(64)),
            held.table(12, lambda value: ActorClass(_whole(1, _ACTOR_CLASS_MOST)(value))),
            held.table(13, _text(40), None),
            lengths,
            held.table(16, _whole(1, WHOLE_MOST), None),
            held.table(17, _fields, _NOTHING),
            _cut(bodies, lengths, withheld),
            [withheld.get(place) for place in range(held.count)],
        )
    )


class _Columns:
    """The decoded map, read column by column. All columns are as long as that of the kinds."""

    def __init__(self, held: Fields) -> None:
        self._held = held
        places = Fields(held.array(2, 2), {0: "values", 1: "places"}).blob(1, SEGMENT_RECORDS_MAX)
        self.count = len(places)
        if not self.count:
            raise FieldRefused("a segment of no records")

    def table(self, key: int, read: Callable[[PlainValue], V], absent: V | None = None) -> list[V]:
        """The value of each record. `absent` is what null stands for, in columns that may have it."""
        if key not in self._held:
            return [cast("V", absent)] * self.count
        pair = Fields(self._held.array(key, 2), {0: "values", 1: "places"})
        values, places = pair.array(0, SEGMENT_RECORDS_MAX), pair.raw(1, self.count)
        if bytes(dict.fromkeys(places)) != bytes(range(len(values))):
            raise FieldRefused(f"{_NAMES[key]}: not in the order of their first appearance")
        if len({cbor2.dumps(value) for value in values}) != len(values):
            raise FieldRefused(f"{_NAMES[key]}: a value twice")
        if key in _OPTIONAL and values == (None,):
            raise FieldRefused(f"{_NAMES[key]}: a column of nothing")
        try:
            rows = [cast("V", absent) if value is None and key in _OPTIONAL else read(value) for value in values]
        except FieldRefused as cause:
            raise FieldRefused(f"{_NAMES[key]}: {cause}") from cause
        return [rows[place] for place in places]

    def numbers(self, key: int) -> tuple[int, ...]:
        """The integers of a list."""
        values = self._held.array(key, self.count)
        if len(values) != self.count or any(type(value) is not int for value in values):
            raise FieldRefused(f"{_NAMES[key]}: not an integer a record")
        return cast("tuple[int, ...]", values)

    def sums(self, key: int, most: int) -> list[int]:
        """The values that a list of differences leads to."""
        values = list(accumulate(self.numbers(key)))
        if min(values) < 0 or max(values) > most:
            raise FieldRefused(f"{_NAMES[key]}: not from 0 to {most}")
        return values

    def boot_ms(self, wall_ms: Sequence[int]) -> list[int]:
        """The clock of the boot, which is told against the wall clock."""
        values = [wall - began for wall, began in zip(wall_ms, accumulate(self.numbers(_BOOT)), strict=True)]
        if min(values) < 0 or max(values) > WHOLE_MOST:
            raise FieldRefused(f"{_NAMES[_BOOT]}: not from 0 to {WHOLE_MOST}")
        return values

    def lengths(self) -> tuple[int, ...]:
        """The lengths of the bodies."""
        values = self.numbers(_LENGTHS)
        if min(values) < 0 or max(values) > BODY_BYTES_MAX:
            raise FieldRefused(f"{_NAMES[_LENGTHS]}: not from 0 to {BODY_BYTES_MAX}")
        return values

    def withheld(self) -> dict[int, bytes]:
        """The digests of the bodies that are not here, by the place of their record."""
        if _WITHHELD not in self._held:
            return {}
        held = self._held.map(_WITHHELD)
        if not held or max(held) >= self.count:
            raise FieldRefused(f"{_NAMES[_WITHHELD]}: of no record")
        return {place: _raw(HASH_BYTES)(digest) for place, digest in held.items()}


def _table(column: Sequence[int | str | bytes | None]) -> PlainValue:
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    if places.keys() == {None}:
        return None
    return tuple(places), bytes([places[value] for value in column])


def _table_of_maps(column: Sequence[Mapping[int, PlainValue]]) -> PlainValue:
    values: dict[bytes, PlainValue] = {}
    rows = [cbor2.dumps(fields) for fields in column]
    for encoded, fields in zip(rows, column, strict=True):
        values.setdefault(encoded, fields or None)
    places = {encoded: place for place, encoded in enumerate(values)}
    if not any(column):
        return None
    return tuple(values.values()), bytes([places[encoded] for encoded in rows])


def _differences(column: Sequence[int]) -> tuple[int, ...]:
    return (column[0], *(after - before for before, after in pairwise(column)))


def _cut(bodies: bytes, lengths: Sequence[int], withheld: Mapping[int, bytes]) -> list[bytes | None]:
    """Cut the bodies apart. Raises FieldRefused when they are not as long as they are said to be."""
    held: list[bytes | None] = []
    at = 0
    for place, length in enumerate(lengths):
        if place in withheld:
            held.append(None)
            continue
        held.append(bodies[at : at + length])
        at += length
    if at != len(bodies):
        raise FieldRefused("the bodies are not as long as the headers say")
    return held


def _whole(least: int, most: int) -> Callable[[PlainValue], int]:
    return lambda value: Fields((value,), {0: "it"}).whole(0, least, most)


def _raw(bytes_exact: int) -> Callable[[PlainValue], bytes]:
    return lambda value: Fields((value,), {0: "it"}).raw(0, bytes_exact)


def _text(chars_max: int) -> Callable[[PlainValue], str]:
    return lambda value: Fields((value,), {0: "it"}).text(0, chars_max)


def _fields(value: PlainValue) -> Mapping[int, PlainValue]:
    fields = Fields((value,), {0: "it"}).map(0)
    if not fields:
        raise FieldRefused("an empty map")
    return fields
