"""Which bodies the county has said to be over: read from its own records as they are admitted. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sync.model.facts import BodiesErased, Kind, from_plain
from sync.model.plain import FactDoesNotFit
from sync.record import Record

ERASE = (
    "UPDATE records SET body = NULL WHERE chain = %s AND seq BETWEEN %s AND %s AND length(body) > 0 AND "
    "(SELECT about FROM chains WHERE chain = %s) = (SELECT about FROM chains WHERE chain = %s AND holder <> about)"
)
"""Erases a range of a chain, if the chain that says so is the county's about the same terminal."""


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
