"""The whole way in: damaged segments and bundles handed to the real gateway, whose store must not move.

It has half of what the terminal has written. Nothing but the terminal's own next records, whole and in their order, may
change where its chain stands; nothing damaged may be kept as evidence against anybody; and no answer may be a failure.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sync.bundle.envelope import Direction, seal_stream
from sync.bundle.items import Item, ItemKind
from sync.clock import FixedClock
from sync.peer_name import PeerName, PeerRole
from sync.protocol.frame import encode_frame
from sync.protocol.segment import cut
from sync.record import Record
from tests.campaign.fuzz.decoder import NAME, Decoder
from tests.campaign.village import estate
from tests.campaign.village.disk import Disk
from tests.campaign.village.gateway import GatewayEnd
from tests.campaign.village.stream import Stream
from tests.county.village import NOON_MS

TOWNSHIP = PeerName(estate.COUNTY, PeerRole.IMPORT)
HELD = 6
"""So many of the records the gateway has before anything damaged comes."""


class NotTaken(ValueError):
    """The gateway refused it, in a word of its own."""


def gateway_decoders(records: Sequence[Record], ask: bytes) -> list[Decoder]:
    """Their rows: streams of segments, files of bundles, and bundles that are well sealed and hold what is damaged."""
    segments = [each.encode() for each in cut(records[:HELD], records_max=3)]
    stream = b"".join(map(encode_frame, segments))
    items = b"".join(
        each.encode() for each in (Item(ItemKind.ASK, ask), *(Item(ItemKind.SEGMENT, each) for each in segments))
    )
    gateway, refused = _Gateway(records), (NotTaken,)
    return [
        Decoder(
            "segments at the gateway",
            [stream],
            lambda each: gateway.handed(NAME, "/v1/segments", each),
            refused,
            is_proof=True,
        ),
        Decoder(
            "bundle at the gateway",
            [_sealed(items)],
            lambda each: gateway.handed(TOWNSHIP, "/v1/bundles", each),
            refused,
            is_proof=True,
        ),
        Decoder(
            "inside of a bundle at the gateway",
            [items],
            lambda each: gateway.handed(TOWNSHIP, "/v1/bundles", _sealed(each)),
            refused,
            is_proof=True,
        ),
    ]


def _sealed(items: bytes) -> bytes:
    return b"".join(seal_stream(Direction.UP, estate.COUNTY, estate.stick_key().recipient, [items]))


class _Gateway:
    """One gateway a process, begun with the first input; its directory goes with the process."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._end: GatewayEnd

    def handed(self, peer: PeerName, target: str, content: bytes) -> object:
        """Hand something in; returns where the chain stands then. Raises NotTaken."""
        if self._home is None:
            self._begin()
        reply = self._end.handle(peer, "POST", target, Stream([content], None, lambda: None))
        store = self._end.store
        heads = {each.standing.head for each in store.chains()}
        assert heads == self._heads, "damaged input has moved a chain, or begun one"
        assert store.forks() == [], "damaged input is evidence against somebody"
        if reply.status != 200:
            assert 400 <= reply.status < 500, f"answered with {reply.status}"
            raise NotTaken(reply.refusal)
        return self._records[HELD - 1].link

    def _begin(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="sunpoint-fuzz-")
        self._end = GatewayEnd(Path(self._home.name), Disk(), FixedClock(NOON_MS))
        self._end.start()
        self._end.enrol(NAME, estate.signer("record").public_key, estate.signer("county chain").public_key)
        segments = cut(self._records[:HELD], records_max=3)
        stream = Stream([encode_frame(each.encode()) for each in segments], None, lambda: None)
        assert self._end.handle(NAME, "POST", "/v1/segments", stream).status == 200
        self._heads = {each.standing.head for each in self._end.store.chains()}
        assert self._records[HELD - 1].link in self._heads
