"""The pad on the panel: keys to press, noise, and its levers.

| request                         | does                                             |
|---------------------------------|--------------------------------------------------|
| POST /pad/press {"key": 1}      | presses the key of a number                      |
| POST /pad/lever {"dead": true}  | sets levers (`PadLevers`)                        |
| POST /pad/noise {"hex": "ff00"} | puts bytes on the wire                           |
| POST /pad/replay {}             | sends the last key again                         |
| POST /pad/brown_out {}          | takes its power away for a moment                |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import asdict

from devices.sim.noisy_port import NoisyLine
from devices.sim.pad_body import PadBody
from devices.sim.pad_face import PadLevers
from devices.sim.panel import Answer, PanelRefused, flag


class PadPart:
    """A `Part` of the panel."""

    name = "pad"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, pad: PadBody, where: str, line: NoisyLine | None = None) -> None:
        """`line` is the pad's own one, where it has none of the ptys."""
        self._pad = pad
        self.line = line
        self.where = where
        self.start, self.close = pad.start, pad.close

    def state(self) -> dict[str, object]:
        """Return what a person in front of the pad sees, its levers and what its keys say."""
        keys = {key.number: key.word for key in self._pad.model.keys}
        return asdict(self._pad.face()) | asdict(self._pad.levers) | {"keys": keys}

    def look(self, _path: str) -> Answer | None:
        """There is nothing beside the state."""
        return None

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """See the table above."""
        return {
            "press": self._press,
            "lever": self._pull,
            "noise": self._noise,
            "replay": lambda _: self._pad.replay(),
            "brown_out": lambda _: self._pad.brown_out(),
        }

    def _press(self, body: dict[str, object]) -> None:
        key = body.get("key")
        if not isinstance(key, int) or isinstance(key, bool):
            raise PanelRefused("key must be the number of a key")
        try:
            self._pad.press(key)
        except ValueError as error:
            raise PanelRefused(str(error)) from error

    def _noise(self, body: dict[str, object]) -> None:
        text = body.get("hex")
        try:
            data = bytes.fromhex(text if isinstance(text, str) else "no text")
        except ValueError as error:
            raise PanelRefused("hex must be pairs of hexadecimal digits") from error
        self._pad.noise(data)

    def _pull(self, body: dict[str, object]) -> None:
        for name in body:
            if name not in PadLevers.__struct_fields__:
                raise PanelRefused(f"the pad has no lever {name!r:.60}")
        self._pad.pull(**{name: flag(body, name) for name in body})
