"""The scanner on the panel: codes to hold before it, and its levers.

| request                            | does                                              |
|------------------------------------|---------------------------------------------------|
| POST /scanner/scan {"text": "..."} | holds a code before it                            |
| POST /scanner/lever {"dead": true} | sets levers (`ScannerLevers`)                     |

The code of a printed paper is in the list of the printer's papers, where the printer drew it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import asdict

from devices.code_scanner.frames import CODE_BYTES_MAX
from devices.sim.panel import Answer, PanelRefused, flag
from devices.sim.scanner import ScannerLevers, SimulatedScanner

_TEXT_CHARACTERS_MAX = 4 * CODE_BYTES_MAX


class ScannerPart:
    """A `Part` of the panel."""

    name = "scanner"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, scanner: SimulatedScanner, where: str) -> None:
        self._scanner = scanner
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
        return {"scan": self._scan, "lever": self._pull}

    def _scan(self, body: dict[str, object]) -> None:
        text = body.get("text")
        if not isinstance(text, str) or not text or len(text) > _TEXT_CHARACTERS_MAX:
            raise PanelRefused(f"text must be 1 to {_TEXT_CHARACTERS_MAX} characters")
        self._scanner.scan(text)

    def _pull(self, body: dict[str, object]) -> None:
        levers: dict[str, bool] = {}
        for name in body:
            if name not in ScannerLevers.__struct_fields__:
                raise PanelRefused(f"the scanner has no lever {name!r:.60}")
            value = flag(body, name)
            if value is not None:
                levers[name] = value
        self._scanner.pull(**levers)
