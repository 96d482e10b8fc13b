"""Which bodies the county has said to be over: read from its own records as they are admitted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sync.model.facts import BodiesErased, Kind, from_plain
from sync.model.plain import FactDoesNotFit
from sync.record import Record

ERASE = (
    "UPDATE records SET body = NULL WHERE chain = %s AND seq BETWEEN %s AND %s AND length(body) > 0 AND "
    "(SELECT about FROM chains WHERE chain = %s) = (SELECT about FROM chains WHERE chain = %s AND holder <> about)"
)
"""Erases a range of a chain, if the chain that says so is the county's about the same terminal."""
REMEMBER = (
    "INSERT INTO erased (chain, first_seq, last_seq) SELECT %s, %s, %s WHERE "
    "(SELECT about FROM chains WHERE chain = %s) = (SELECT about FROM chains WHERE chain = %s AND holder <> about) "
    "ON CONFLICT DO NOTHING"
)
"""Keeps the range, with the same values and on the same condition: after a gateway was put back from a backup the word
may be here again before the records are, and a terminal that has not heard it sends them with their bodies."""


def without_erased(record: Record, ranges: Iterable[tuple[int, int]]) -> Record:
    """Return a record as it is to be stored, given the ranges of its chain that were erased."""
    if record.body is not None and any(first <= record.header.seq <= last for first, last in ranges):
        return replace(record, body=None)
    return record


def erasures(fresh: Sequence[Record]) -> list[tuple[bytes, int, int, bytes, bytes]]:
    """Return the values for `ERASE`, one tuple for each record that erases."""
    found = []
    for record in fresh:
        header = record.header
        if header.kind != Kind.BODIES_ERASED:
            continue
        try:
            said = from_plain(header.kind, header.plain, {})
        except FactDoesNotFit:
            continue  # authentic, and nonsense: stored like anything else
        if isinstance(said, BodiesErased):
            found.append((said.chain, said.first_seq, said.last_seq, said.chain, header.chain))
    return found
