"""The lane of packs: fetched piece by piece, so that a poor line gets there and records never wait long.

A pack that has come whole lies in `packs/incoming/<name>.pack`. Whether it is genuine and newer is for the kiosk,
which moves it into use or refuses it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sync.client.arrivals import Arrivals
from sync.client.line import Carrier, LineFailed
from sync.protocol.pack_offer import OFFERS_BYTES_MAX, OffersRefused, PackOffer, decode_offers
from sync.transport.line_state import LineFault

PIECE_BYTES = 64 * 1024


class PacksLane:
    """Fetches packs that are offered and were not fetched before.

    Args:
        line: to the gateway.
        arrivals: puts down what was fetched, and remembers it.
    """

    def __init__(self, line: Carrier, arrivals: Arrivals) -> None:
        self._line = line
        self._arrivals = arrivals

    def run(self, between: Callable[[], None]) -> None:
        """Fetch every new pack; `between` is called between pieces, for lanes that must not wait.

        Raises LineFailed, TransportRefused, Stopped, and what `between` raises.
        """
        answer = self._line.ask("/v1/packs", OFFERS_BYTES_MAX)
        if answer.broken is not None:
            raise answer.broken
        if answer.status != 200:
            raise LineFailed(
                LineFault.REQUEST_REFUSED, f"the gateway offers no packs ({answer.status} {answer.refusal})"
            )
        try:
            offers = decode_offers(answer.body)
        except OffersRefused as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        failures: list[LineFailed] = []
        for offer in offers:
            if self._arrivals.transport.pack(offer.name) == offer:
                continue
            try:
                self._fetch(offer, between)
            except LineFailed as failure:
                if failure.fault not in _OF_ONE_PACK:
                    raise
                failures.append(failure)
        if failures:
            raise failures[0]

    def _fetch(self, offer: PackOffer, between: Callable[[], None]) -> None:
        try:
            part = self._arrivals.part(offer)
            while (held_bytes := part.stat().st_size) < offer.size_bytes:
                self._fetch_piece(offer, part, held_bytes)
                between()
            self._arrivals.pack(offer, part)
        except OSError as cause:
            raise LineFailed(LineFault.DISK_REFUSED, f"a pack cannot be kept: {cause.strerror}") from cause

    def _fetch_piece(self, offer: PackOffer, part: Path, held_bytes: int) -> None:
        last = min(held_bytes + PIECE_BYTES, offer.size_bytes) - 1
        answer = self._line.ask(f"/v1/packs/{offer.name}", PIECE_BYTES, {"Range": f"bytes={held_bytes}-{last}"})
        if answer.status != 206:
            refused = f"the gateway gives no part of pack {offer.name} ({answer.status} {answer.refusal})"
            raise LineFailed(LineFault.REQUEST_REFUSED, refused)
        with part.open("ab") as file:
            file.write(answer.body)
        if answer.broken is not None:
            raise answer.broken
        if len(answer.body) != last + 1 - held_bytes:
            part.unlink()
            raise LineFailed(LineFault.GARBLED, f"a part of pack {offer.name} has another size than was asked for")


_OF_ONE_PACK = frozenset({LineFault.REQUEST_REFUSED, LineFault.GARBLED})
"""Failures that do not keep the packs after it from being fetched."""
