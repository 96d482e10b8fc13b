"""The printer on the panel: its papers to read, and its levers.

| request                                 | does                                                        |
|-----------------------------------------|-------------------------------------------------------------|
| POST /printer/lever {"paper_out": true} | sets levers (`PrinterLevers`)                               |
| GET /printer/jobs                       | papers as JSON, newest first, with the addresses of the two |
| GET /printer/jobs/N.png, N.bin          | a paper's picture, and the bytes it was made from           |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec.structs import asdict

from devices.sim.escpos_reader import EscPosReader, Op
from devices.sim.panel import Answer, PanelRefused, flag
from devices.sim.printer import PrinterLevers, SimulatedPrinter

_PAPER = re.compile(r"jobs/(\d{1,9})\.(png|bin)")


class PrinterPart:
    """A `Part` of the panel."""

    name = "printer"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, printer: SimulatedPrinter, where: str) -> None:
        self._printer = printer
        self.where = where
        self.start, self.close = printer.start, printer.close

    def state(self) -> dict[str, object]:
        """Return the levers and the papers."""
        return {"levers": asdict(self._printer.levers), "jobs": self._jobs()}

    def look(self, path: str) -> Answer | None:
        """Return the list of papers, a picture or its bytes."""
        if path == "jobs":
            return Answer("application/json; charset=utf-8", json.dumps(self._jobs(), ensure_ascii=False).encode())
        match = _PAPER.fullmatch(path)
        if match is None:
            return None
        piece = next((piece for piece in self._printer.pieces() if piece.number == int(match[1])), None)
        if piece is None:
            return None
        return Answer("image/png", piece.png) if match[2] == "png" else Answer("application/octet-stream", piece.raw)

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """See the table above."""
        return {"lever": self._pull}

    def _jobs(self) -> list[dict[str, object]]:
        return [
            {
                "number": piece.number,
                "complete": piece.is_complete,
                "text": piece.text,
                "code": _code(piece.raw),
                "bytes": len(piece.raw),
                "png": f"/printer/jobs/{piece.number}.png",
                "raw": f"/printer/jobs/{piece.number}.bin",
            }
            for piece in self._printer.pieces()
        ]

    def _pull(self, body: dict[str, object]) -> None:
        levers: dict[str, bool | int | None] = {}
        for name, value in body.items():
            if name not in PrinterLevers.__struct_fields__:
                raise PanelRefused(f"the printer has no lever {name!r}")
            if name == "lines_left":
                if not (value is None or (isinstance(value, int) and not isinstance(value, bool))):
                    raise PanelRefused("lines_left must be a number or null")
                levers[name] = value
            else:
                levers[name] = flag(body, name)
        self._printer.pull(**levers)


@lru_cache(maxsize=256)
def _code(raw: bytes) -> str:
    """Return the text of the last QR code that the printer drew by itself, "" for none and for a picture of one."""
    stored = [each.data for each in EscPosReader().feed(raw) if each.op is Op.QR_STORE]
    return stored[-1].decode("utf-8", "replace") if stored else ""
