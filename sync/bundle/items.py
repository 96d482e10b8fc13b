"""What is in a bundle: a stream of frames, each CBOR [kind, content]; the content is a message of the pipe.

| kind | content | in |
| --- | --- | --- |
| 1 | the ask of the terminal that wrote the bundle (`sync.bundle.ask`); the first item, if it is there | up |
| 2 | segment | up |
| 3 | answer: acknowledgement | down |
| 4 | answer: checkpoint | down |
| 5 | relay of the county's chain | down |
| 6 | pack offers: those whose content follows | down |
| 7 | a piece of the next pack that was offered, at most 65,536 bytes; pieces and packs in their order | down |
| 8 | the root's statement for the key that up-bundles are sealed to | down |
| 10 | the root's list of what it has revoked (`sync.protocol.revocations`), the first item | down |
| 9 | the word that closes a down-bundle (`sync.bundle.closing`), the last item | down |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

from msgspec import Struct

from sync import cbor
from sync.bundle.envelope import BundleMalformed
from sync.fields import FieldRefused, Fields
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused, encode_frame

PIECE_BYTES = 64 * 1024
CONTENT_BYTES_MAX = PIECE_BYTES
_ITEM_BYTES_MAX = CONTENT_BYTES_MAX + 16
UP_BYTES_MAX = 48 * 1024 * 1024
"""Of an up-bundle as a file: some 80,000 records. What does not fit goes with the next stick."""
DOWN_BYTES_MAX = 48 * 1024 * 1024
"""Of a down-bundle as a file."""
BUNDLE_SUFFIX = ".sun"


class ItemKind(IntEnum):
    """What an item is; see the table of this module."""

    ASK = 1
    SEGMENT = 2
    ACKNOWLEDGEMENT = 3
    CHECKPOINT = 4
    RELAY = 5
    PACK_OFFERS = 6
    PACK_PIECE = 7
    STICK_KEY = 8
    CLOSING = 9
    REVOCATIONS = 10


class Item(Struct, frozen=True):
    """One message with its kind."""

    kind: ItemKind
    content: bytes

    def encode(self) -> bytes:
        """Return the frame."""
        return encode_frame(cbor.encode((int(self.kind), self.content)))


def read_items(pieces: Iterable[bytes]) -> Iterator[Item]:
    """Yield the items of an opened bundle. Raises BundleMalformed, and what `pieces` raises."""
    frames = FrameReader(_ITEM_BYTES_MAX)
    try:
        for piece in pieces:
            for content in frames.feed(piece):
                yield _decode(content)
        frames.finish()
    except (FrameRefused, FrameCut) as cause:
        raise BundleMalformed(f"not a stream of items: {cause}") from cause


def _decode(content: bytes) -> Item:
    try:
        limits = cbor.Limits(_ITEM_BYTES_MAX, values_max=4, depth_max=1)
        held = Fields(cbor.decode(content, limits), {0: "kind", 1: "content"})
        return Item(ItemKind(held.whole(0, 1, max(ItemKind))), held.blob(1, CONTENT_BYTES_MAX))
    except (cbor.CborRefused, FieldRefused) as cause:
        raise BundleMalformed(f"not an item: {cause}") from cause
