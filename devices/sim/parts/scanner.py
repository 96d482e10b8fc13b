"""The scanner on the panel: codes to hold before it, and its levers.

| request                               | does                                                            |
|---------------------------------------|-----------------------------------------------------------------|
| POST /scanner/scan {"text": "..."}    | holds a code before it                                          |
| POST /scanner/scan-slip {"number": 1} | the QR code of a paper from the printer, the newest by default  |
| POST /scanner/lever {"dead": true}    | sets levers (`ScannerLevers`)                                   |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import asdict

from devices.code_scanner.frames import CODE_BYTES_MAX
from devices.sim.escpos_reader import EscPosReader, Op
from devices.sim.panel import Answer, PanelRefused, flag
from devices.sim.paper import PieceOfPaper
from devices.sim.scanner import ScannerLevers, SimulatedScanner

_TEXT_CHARACTERS_MAX = 4 * CODE_BYTES_MAX


class ScannerPart:
    """A `Part` of the panel; `papers` are those of the printer, newest first."""

    name = "scanner"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, scanner: SimulatedScanner, papers: Callable[[], list[PieceOfPaper]], where: str) -> None:
        self._scanner = scanner
        self._papers = papers
        self.where = where
        self.start, self.close = scanner.start, scanner.close

    def state(self) -> dict[str, object]:
        """Return the levers, and how many codes were sent."""
        return {"levers": asdict(self._scanner.levers), "sent": self._scanner.sent}

    def look(self, _path: str) -> Answer | None:
        """There is nothing beside the state."""
        return None

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """See the table above."""
        return {"scan": self._scan, "scan-slip": self._scan_slip, "lever": self._pull}

    def _scan(self, body: dict[str, object]) -> None:
        text = body.get("text")
        if not isinstance(text, str) or not text or len(text) > _TEXT_CHARACTERS_MAX:
            raise PanelRefused(f"text must be 1 to {_TEXT_CHARACTERS_MAX} characters")
        self._scanner.scan(text)

    def _scan_slip(self, body: dict[str, object]) -> None:
        number = body.get("number")
        pieces = [piece for piece in self._papers() if number in (None, piece.number)]
        text = next((text for piece in pieces if (text := _qr_text(piece))), "")
        if not text:
            raise PanelRefused("there is no paper whose code the printer drew by itself; paste the code instead")
        self._scanner.scan(text)

    def _pull(self, body: dict[str, object]) -> None:
        levers: dict[str, bool] = {}
        for name in body:
            if name not in ScannerLevers.__struct_fields__:
                raise PanelRefused(f"the scanner has no lever {name!r}")
            value = flag(body, name)
            if value is not None:
                levers[name] = value
        self._scanner.pull(**levers)


def _qr_text(piece: PieceOfPaper) -> str:
    """Return the text of a paper's last QR code, "" when the printer was sent none, or a picture of one."""
    stored = [each.data for each in EscPosReader().feed(piece.raw) if each.op is Op.QR_STORE]
    return stored[-1].decode("utf-8", "replace") if stored else ""
