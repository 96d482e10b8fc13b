"""The pad on the panel: keys to press, noise, and its levers.

| request                         | does                             |
|---------------------------------|----------------------------------|
| POST /pad/press {"key": 1}      | presses a key                    |
| POST /pad/lever {"dead": true}  | sets `dead`, `unplug`            |
| POST /pad/noise {"hex": "ff00"} | puts bytes on the wire           |
| POST /pad/replay {}             | sends the last key again         |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import asdict

from devices.sim.pad import SimulatedPad
from devices.sim.panel import Answer, PanelRefused, flag


class PadPart:
    """A `Part` of the panel; `key_levels` are the pad's keys with their levels."""

    name = "pad"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, pad: SimulatedPad, key_levels: Mapping[int, int], where: str) -> None:
        self._pad = pad
        self._key_levels = dict(key_levels)
        self.where = where
        self.start, self.close = pad.start, pad.close

    def state(self) -> dict[str, object]:
        """Return what a person in front of the pad sees, its levers and its keys."""
        return asdict(self._pad.face()) | {"keys": self._key_levels}

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
        }

    def _press(self, body: dict[str, object]) -> None:
        key = body.get("key")
        if not isinstance(key, int) or isinstance(key, bool) or not 0 <= key <= 255:
            raise PanelRefused("key must be a number from 0 to 255")
        self._pad.press(key)

    def _noise(self, body: dict[str, object]) -> None:
        text = body.get("hex")
        try:
            data = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError as error:
            raise PanelRefused("hex must be pairs of hexadecimal digits") from error
        self._pad.noise(data)

    def _pull(self, body: dict[str, object]) -> None:
        for name in body:
            if name not in ("dead", "unplug"):
                raise PanelRefused(f"the pad has no lever {name!r:.60}")
        self._pad.pull(dead=flag(body, "dead"), unplug=flag(body, "unplug"))
