"""Plugs pulled out of a running kiosk and put back: how soon it is noticed, how soon all works, what the glass feels.

`plugs` runs in the process of the kiosk's window (`tests.bench.glass`), `plug_figures` outside of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests

from devices.ports import Device, DeviceState
from provisioning.stage import Options, Stage
from sync.clock import SystemClock
from tests.bench.figure import Figure, median
from tests.bench.point import BenchPoint

if TYPE_CHECKING:
    from tests.bench.glass import Pane

CALM_FRAMES = 60
ABSENT_S = 1.0
NEVER_S = 30.0
NOTICED_S_MAX, READY_S_MAX, FRAME_RATIO_MAX = 1.0, 2.0, 1.2
WORKS = {
    "printer": (Device.RECEIPT_PRINTER, DeviceState.READY),
    "pad": (Device.RATING_PAD, DeviceState.UNKNOWN),  # a PJ06 does not speak before it is asked
}


def plugs(pane: Pane, samples: int) -> dict[str, object]:
    """Draw the same screen again and again; meanwhile pull every plug `samples` times and put it back."""
    url = Stage(pane.data.parent, SystemClock(), Options()).panel_url

    def pull(name: str, *, unplug: bool) -> None:
        requests.post(f"{url}{name}/lever", json={"unplug": unplug}, timeout=20).raise_for_status()

    def frame() -> float:
        return pane.drawn_ms(pane.window.canvas.ask_update)

    for device, works in WORKS.values():
        _frames_until(pane, device, works, frame)
    noticed: list[float] = []
    ready: list[float] = []
    calm: list[float] = []
    meanwhile: list[float] = []
    for _ in range(samples):
        for name, (device, works) in WORKS.items():
            # By turns, so that whatever else the machine does falls on both.
            calm += [frame() for _ in range(CALM_FRAMES)]
            began_s = time.monotonic()
            pull(name, unplug=True)
            meanwhile += _frames_until(pane, device, DeviceState.ABSENT, frame)
            noticed.append(time.monotonic() - began_s)
            end_s = time.monotonic() + ABSENT_S
            while time.monotonic() < end_s:
                meanwhile.append(frame())
            began_s = time.monotonic()
            pull(name, unplug=False)
            meanwhile += _frames_until(pane, device, works, frame)
            ready.append(time.monotonic() - began_s)
    return {"noticed": noticed, "ready": ready, "calm": calm, "meanwhile": meanwhile}


def _frames_until(pane: Pane, device: Device, state: DeviceState, frame: Callable[[], float]) -> list[float]:
    """Draw until the hub says that the device is so; return how long every frame took, in milliseconds."""
    frames: list[float] = []
    end_s = time.monotonic() + NEVER_S
    while pane.counter.hub.statuses()[device].state is not state:
        if time.monotonic() > end_s:
            raise TimeoutError(f"{device} never became {state}")
        frames.append(frame())
    return frames


def plug_figures(point: BenchPoint, runs: int, samples: int) -> list[Figure]:
    """`unplug_noticed`, `replug_ready` and `unplug_frames`, over all runs."""
    with point.devices():
        ran: list[dict[str, Any]] = [point.glass("plugs", samples) for _ in range(runs)]
    noticed_s, ready_s = (max(each for run in ran for each in run[what]) for what in ("noticed", "ready"))
    calm_ms, meanwhile_ms = (median(median(run[what]) for run in ran) for what in ("calm", "meanwhile"))
    ratio = meanwhile_ms / calm_ms
    return [
        Figure(
            "unplug_noticed", noticed_s, "s, the worst", NOTICED_S_MAX, noticed_s / NOTICED_S_MAX, "the target",
            f"value <= {NOTICED_S_MAX:.0f}", noticed_s <= NOTICED_S_MAX,
        ),
        Figure(
            "replug_ready", ready_s, "s, the worst", READY_S_MAX, ready_s / READY_S_MAX, "the target",
            f"value <= {READY_S_MAX:.0f}", ready_s <= READY_S_MAX,
        ),
        Figure(
            "unplug_frames", meanwhile_ms, "ms a frame meanwhile", calm_ms, ratio, "a frame while nothing happens",
            f"ratio <= {FRAME_RATIO_MAX}", ratio <= FRAME_RATIO_MAX,
        ),
    ]  # fmt: skip
