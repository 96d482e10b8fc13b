"""Packs that come in a bundle: gathered piece by piece beside those that come by the line."""

from __future__ import annotations

from sync.client.arrivals import Arrivals
from sync.client.line import LineFailed
from sync.protocol.pack_offer import OffersRefused, PackOffer, decode_offers
from sync.transport.line_state import LineFault


class PackGathering:
    """Puts the packs of one bundle down through `arrivals`, which knows what was fetched before.

    The pieces follow one another in the order of the offers.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._coming: list[PackOffer] = []
        self._got_bytes = 0
        self.count = 0

    def offered(self, content: bytes) -> None:
        """Take note of which packs follow. Raises LineFailed."""
        try:
            self._coming = list(decode_offers(content))
        except OffersRefused as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        self._got_bytes = 0

    def piece(self, content: bytes) -> None:
        """Take the next piece. Raises LineFailed."""
        if not self._coming or self._got_bytes + len(content) > self._coming[0].size_bytes:
            raise LineFailed(LineFault.GARBLED, "a piece of a pack that was not offered")
        offer = self._coming[0]
        begins = self._got_bytes == 0
        self._got_bytes += len(content)
        try:
            if not self._is_old(offer):
                part = self._arrivals.part(offer)
                with part.open("wb" if begins else "ab") as file:
                    file.write(content)
                if self._got_bytes == offer.size_bytes:
                    self._arrivals.pack(offer, part)
                    self.count += 1
        except OSError as cause:
            raise LineFailed(LineFault.DISK_REFUSED, f"a pack cannot be kept: {cause.strerror}") from cause
        if self._got_bytes == offer.size_bytes:
            self._coming.pop(0)
            self._got_bytes = 0

    def _is_old(self, offer: PackOffer) -> bool:
        """Whether this version or a newer one was fetched before: on this road old ones come late."""
        held = self._arrivals.transport.pack(offer.name)
        return held is not None and (held == offer or held.version > offer.version)
