"""Which attachments have arrived at the gateway, as it tells the county: CBOR [1, [[place, digest, bytes], ...]].

`place` counts arrivals from 1 and is what the next question's `after` will be.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sync import cbor
from sync.attachments.sealed import DIGEST_BYTES, SEALED_BYTES_MAX
from sync.fields import FieldRefused, Fields

ARRIVALS_VERSION = 1
ARRIVALS_MAX = 500
ARRIVALS_BYTES_MAX = 32 * 1024
_LIMITS = cbor.Limits(ARRIVALS_BYTES_MAX, values_max=3 + 4 * ARRIVALS_MAX, depth_max=3)


class ArrivalsMalformed(ValueError):
    """Not a list of arrivals."""


class Arrival(Struct, frozen=True):
    """One attachment that is whole at the gateway: its place in the order of arrival, its digest, its size."""

    place: int
    digest: bytes
    size: int


def encode_arrivals(arrivals: Sequence[Arrival]) -> bytes:
    """Return the answer."""
    return cbor.encode((ARRIVALS_VERSION, tuple((each.place, each.digest, each.size) for each in arrivals)))


def decode_arrivals(content: bytes, after: int) -> tuple[Arrival, ...]:
    """Read the answer to the question for what came after a place. Raises ArrivalsMalformed."""
    try:
        held = Fields(cbor.decode(content, _LIMITS), {0: "version", 1: "arrivals"})
        held.whole(0, ARRIVALS_VERSION, ARRIVALS_VERSION)
        found = []
        for each in held.array(1, ARRIVALS_MAX):
            one = Fields(each, {0: "place", 1: "digest", 2: "size"})
            found.append(Arrival(one.whole(0, after + 1), one.raw(1, DIGEST_BYTES), one.whole(2, 1, SEALED_BYTES_MAX)))
            after = found[-1].place
    except (cbor.CborRefused, FieldRefused) as cause:
        raise ArrivalsMalformed(f"not a list of arrivals: {cause}") from cause
    return tuple(found)
