"""Carries a bundle from the page to the gateway and brings back what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from msgspec import Struct

from sync.bundle.items import DOWN_BYTES_MAX
from sync.bundle.report import REPORT_BYTES_MAX, Report, ReportMalformed, decode_report
from sync.client.line import NOT_VOUCHED, Line, LineFailed
from sync.import_page.config import ROOT_CERTIFICATE, TLS_CERTIFICATE, TLS_KEY, ImportPageConfig
from sync.protocol.frame import LENGTH_BYTES, FrameRefused, decode_length
from sync.tls import client_context

STORE_UNAVAILABLE = "store-unavailable"
"""The gateway's word for a disk that takes nothing; some of a bundle may be stored."""
_PIECE_BYTES = 64 * 1024


class Carried(Struct, frozen=True):
    """What became of a bundle.

    Attributes:
        report: what was taken; None when nothing was, or nobody knows.
        down: the answer for the terminal, b"" when there is none.
        refusal: the gateway's word for why it took nothing; "" when it did, "line" when no answer came.
    """

    report: Report | None
    down: bytes
    refusal: str


class Carrier:
    """Brings bundles to one gateway. `exchange` bounds an exchange in time; the socket's own limits hold without it."""

    def __init__(
        self,
        data: Path,
        config: ImportPageConfig,
        exchange: Callable[[float], AbstractContextManager[None]] = lambda _limit_s: nullcontext(),
    ) -> None:
        self._url = config.gateway_url
        self._root = data / ROOT_CERTIFICATE
        self._context = client_context(self._root, data / TLS_CERTIFICATE, data / TLS_KEY)
        self._exchange = exchange

    def carry(self, bundle: IO[bytes]) -> Carried:
        """Send a bundle. Carrying it twice changes nothing. Safe from any thread."""
        line = Line(self._url, self._context, self._root, self._exchange)
        try:
            answer = line.send("/v1/bundles", _pieces(bundle), LENGTH_BYTES + REPORT_BYTES_MAX + DOWN_BYTES_MAX)
        except LineFailed as failure:
            # Only these are known to be the county's and not the stick's; of any other nobody knows what was taken.
            said = failure.refusal in (NOT_VOUCHED, STORE_UNAVAILABLE)
            return Carried(None, b"", failure.refusal if said else "line")
        finally:
            line.close()
        if answer.broken is not None:
            return Carried(None, b"", "line")
        if answer.status != 200:
            return Carried(None, b"", answer.refusal or "refused")
        try:
            end = LENGTH_BYTES + decode_length(answer.body[:LENGTH_BYTES].ljust(LENGTH_BYTES, b"\0"), REPORT_BYTES_MAX)
            return Carried(decode_report(answer.body[LENGTH_BYTES:end]), answer.body[end:], "")
        except (FrameRefused, ReportMalformed):
            return Carried(None, b"", "line")


def _pieces(bundle: IO[bytes]) -> Iterator[bytes]:
    while piece := bundle.read(_PIECE_BYTES):
        yield piece
