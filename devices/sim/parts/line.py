"""The lines on the panel: what is wrong between the program and each simulated device.

| request                                   | does                                          |
|-------------------------------------------|-----------------------------------------------|
| POST /line/pad/lever {"flip_bits": true}  | sets levers (`LineLevers`) of the pad's line  |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import asdict

from devices.sim.noisy_port import LATENCY_MS_MAX, LineLevers, NoisyLine
from devices.sim.panel import Answer, PanelRefused, flag


class LinePart:
    """A `Part` of the panel; `ports` are the lines of the devices, by the devices' names. It plugs nothing in."""

    name = "line"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, ports: Mapping[str, NoisyLine]) -> None:
        self._ports = ports
        self.where = f"lines of {', '.join(ports)}"

    def start(self) -> None:
        """The devices plug themselves in."""

    def close(self) -> None:
        """The devices unplug themselves."""

    def state(self) -> dict[str, object]:
        """Return the levers of every line."""
        return {name: asdict(port.levers) for name, port in self._ports.items()}

    def look(self, _path: str) -> Answer | None:
        """There is nothing beside the state."""
        return None

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """See the table above."""
        return {f"{name}/lever": partial(_pull, port) for name, port in self._ports.items()}


def _pull(port: NoisyLine, body: dict[str, object]) -> None:
    levers: dict[str, bool | int] = {}
    for name, value in body.items():
        if name not in LineLevers.__struct_fields__:
            raise PanelRefused(f"a line has no lever {name!r:.60}")
        if name == "latency_ms":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LATENCY_MS_MAX:
                raise PanelRefused(f"latency_ms must be a number from 0 to {LATENCY_MS_MAX}")
            levers[name] = value
        elif (wanted := flag(body, name)) is not None:
            levers[name] = wanted
    port.pull(**levers)
