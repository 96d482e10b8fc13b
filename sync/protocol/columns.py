"""The headers of a segment as columns: what neighbours have in common is said once, and compressed.

A map by the keys of the header. Keys 2, 7, 9, 10, 11, 12, 13, 16 and 17 are *tables*: [the different values in the
order of their first appearance, one byte a record: the place of its value]; null stands for a field that is absent, and
a table of nothing but null is left out. 6 is a list of differences, the first to 0; 8 is the list of the differences
of wall ms - boot ms, the first to 0; 15 is a list. 14 is a map from the place of a record whose body is withheld to the
body's digest, left out when it is empty. Keys 0, 1, 3, 4 and 5 are what the receiver knows or recomputes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Annotated, Any, TypeVar, cast

import cbor2
import msgspec
from msgspec import Meta, Struct

from sync import cbor
from sync.compression import Matter, compress, decompress
from sync.fields import WHOLE_MOST, FieldRefused, refused
from sync.header_fields import (
    Actor,
    BodyBytes,
    BootId,
    CaseNo,
    Hash,
    KindNumber,
    Note,
    PlainFields,
    Seq,
)
from sync.model.facts import ActorClass
from sync.model.plain import PlainValue
from sync.record import HEADER_BYTES_MAX, NO_NOTE, WALL_MS_MAX, ClockNote, Record

SEGMENT_RECORDS_MAX = 50
COLUMNS_BYTES_MAX = SEGMENT_RECORDS_MAX * (HEADER_BYTES_MAX + 64)
"""Before they are compressed: as many of the longest headers as a segment may have, and what tables add."""

_LIMITS = cbor.Limits(COLUMNS_BYTES_MAX, values_max=COLUMNS_BYTES_MAX)
_WITHHELD, _LENGTHS, _WALL, _BOOT, _PLAIN = 14, 15, 6, 8, 17
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
    _PLAIN: "plain fields",
}
_OPTIONAL = frozenset({9, 10, 13, _WITHHELD, 16, _PLAIN})
_NOTHING: Mapping[int, PlainValue] = {}
_ABSENT: dict[Any, Any] = dict.fromkeys(_NAMES)
V = TypeVar("V")
Places = Annotated[bytes, Meta(max_length=SEGMENT_RECORDS_MAX)]


class _Columns(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The columns in the order of their keys; None where one is absent. msgspec judges them all at once."""

    kinds: tuple[list[KindNumber], Places]
    wall: list[int]
    boot_ids: tuple[list[BootId], Places]
    boot: list[int]
    checkpoints: tuple[list[Hash | None], Places] | None
    clock_notes: tuple[list[Note | None], Places] | None
    actors: tuple[list[Actor], Places]
    actor_classes: tuple[list[ActorClass], Places]
    case_nos: tuple[list[CaseNo | None], Places] | None
    withheld: dict[Annotated[int, Meta(ge=0)], Hash] | None
    lengths: list[BodyBytes]
    content_keys: tuple[list[Seq | None], Places] | None
    plains: tuple[list[PlainFields | None], Places] | None


class Entry(Struct, frozen=True, gc=False):
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
        _PLAIN: _table_of_maps([each.plain for each in entries]),
    }
    # All values are plain and all keys in their order, so that nothing has to be looked at twice.
    return cbor2.dumps({key: column for key, column in held.items() if column is not None})


def unpack(packed: bytes, bodies: bytes) -> tuple[Entry, ...]:
    """Return what `pack` was given. Raises FieldRefused, CborRefused, NotPlain, CompressedMalformed."""
    held = _decoded(decompress(Matter.HEADERS, packed, COLUMNS_BYTES_MAX))
    count = len(held.kinds[1])
    if not count or {len(held.wall), len(held.boot), len(held.lengths)} != {count}:
        raise FieldRefused("a segment of no records, or columns that are not as long as one another")
    wall_ms = list(accumulate(held.wall))
    boot_ms = [wall - began for wall, began in zip(wall_ms, accumulate(held.boot), strict=True)]
    if min(wall_ms) < 0 or max(wall_ms) > WALL_MS_MAX or min(boot_ms) < 0 or max(boot_ms) > WHOLE_MOST:
        raise FieldRefused("a clock out of its bounds")
    withheld = held.withheld or {}
    if max(withheld, default=0) >= count or held.withheld == {}:
        raise FieldRefused(f"{_NAMES[_WITHHELD]}: of no record")
    return tuple(
        map(
            Entry,
            _column(2, held.kinds, count),
            wall_ms,
            _column(7, held.boot_ids, count),
            boot_ms,
            _column(9, held.checkpoints, count),
            _column(10, _noted(held.clock_notes), count, NO_NOTE),
            _column(11, held.actors, count),
            _column(12, held.actor_classes, count),
            _column(13, held.case_nos, count),
            held.lengths,
            _column(16, held.content_keys, count),
            _column(_PLAIN, held.plains, count, _NOTHING),
            _cut(bodies, held.lengths, withheld),
            map(withheld.get, range(count)),
        )
    )


def _decoded(opened: bytes) -> _Columns:
    """Judge the types and bounds of all that the columns hold. Raises FieldRefused, CborRefused, NotPlain."""
    held = cbor.decode_unchecked(opened, _LIMITS)
    if not isinstance(held, dict):
        raise FieldRefused("not a map")
    try:
        columns = msgspec.convert([*(_ABSENT | held).values()], _Columns, builtin_types=(bytes,))
    except msgspec.ValidationError as cause:
        raise FieldRefused(refused(held, _NAMES, _OPTIONAL, cause)) from cause
    # All that is left to judge: what plain fields hold, and that all of it comes out the same again.
    if columns.plains is not None:
        columns.plains[0][:] = [cast("dict[int, Any]", cbor.checked(fields)) for fields in columns.plains[0]]
        held[_PLAIN] = columns.plains
    if columns.withheld is not None:
        held[_WITHHELD] = dict(sorted(columns.withheld.items()))
    if cbor2.dumps({key: held[key] for key in _NAMES if held.get(key) is not None}) != opened:
        raise FieldRefused("another encoding of the same columns, or bytes after their end")
    return columns


def _noted(table: tuple[list[int | None], bytes] | None) -> tuple[list[ClockNote | None], bytes] | None:
    return table and ([ClockNote(note) if note else None for note in table[0]], table[1])


def _column(key: int, table: tuple[list[V], bytes] | None, count: int, absent: Any = None) -> Iterable[V]:
    """Return the value of each record. `absent` is what null stands for."""
    if table is None:
        return repeat(absent, count)
    values, places = table
    if len(places) != count or bytes(dict.fromkeys(places)) != bytes(range(len(values))):
        raise FieldRefused(f"{_NAMES[key]}: not a place a record, or not in the order of their first appearance")
    if len({cbor2.dumps(value) if type(value) is dict else value for value in values}) != len(values):
        raise FieldRefused(f"{_NAMES[key]}: a value twice")
    if values == [None] or {} in values:
        raise FieldRefused(f"{_NAMES[key]}: a column of nothing, or an empty map")
    if None in values:
        values = [absent if value is None else value for value in values]
    return map(values.__getitem__, places)


def _table(column: Sequence[int | str | bytes | None]) -> PlainValue:
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    if places.keys() == {None}:
        return None
    return tuple(places), bytes([places[value] for value in column])


def _table_of_maps(column: Sequence[Mapping[int, PlainValue]]) -> PlainValue:
    if not any(column):
        return None
    rows = [cbor2.dumps(fields) for fields in column]
    values = dict(zip(rows, column, strict=True))
    places = {encoded: place for place, encoded in enumerate(values)}
    return tuple([fields or None for fields in values.values()]), bytes([places[encoded] for encoded in rows])


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
