"""Pack offers: which packs the gateway has for this terminal. CBOR [version, [[name, version, bytes, SHA-256], ...]].

Whether a pack is genuine and newer is for whoever installs it; an offer says only what can be fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields

OFFERS_VERSION = 1
OFFERS_MAX = 200
OFFERS_BYTES_MAX = 32 * 1024
PACK_BYTES_MAX = 32 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class OffersRefused(ValueError):
    """Not a list of packs, or one with a name that must not become a file's."""


class PackOffer(Struct, frozen=True):
    """One pack that can be fetched: `size_bytes` of the whole file, `digest` its SHA-256."""

    name: str
    version: int
    size_bytes: int
    digest: bytes


def encode_offers(offers: Iterable[PackOffer]) -> bytes:
    """Return the list as CBOR."""
    rows = tuple((offer.name, offer.version, offer.size_bytes, offer.digest) for offer in offers)
    return cbor.encode((OFFERS_VERSION, rows))


def decode_offers(content: bytes) -> tuple[PackOffer, ...]:
    """Read a list of packs. Raises OffersRefused."""
    try:
        limits = cbor.Limits(OFFERS_BYTES_MAX, values_max=OFFERS_MAX * 6, depth_max=3)
        held = Fields(cbor.decode(content, limits), {0: "version", 1: "packs"})
        held.whole(0, OFFERS_VERSION, OFFERS_VERSION)
        rows = held.array(1, OFFERS_MAX)
        return tuple(_offer(Fields(row, {0: "name", 1: "version", 2: "size", 3: "digest"})) for row in rows)
    except (cbor.CborRefused, FieldRefused) as cause:
        raise OffersRefused(f"not a list of packs: {cause}") from cause


def _offer(held: Fields) -> PackOffer:
    name = held.text(0, 63)
    if not _NAME.fullmatch(name):
        raise FieldRefused("name is not of letters a-z, digits and hyphens")
    return PackOffer(name, held.whole(1), held.whole(2, 1, PACK_BYTES_MAX), held.raw(3, 32))
