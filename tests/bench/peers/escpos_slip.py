"""`python tests/bench/peers/escpos_slip.py < SLIP`: print a slip with python-escpos; say how many bytes each way takes.

It reads JSON: `lines` of [text, align, bold, times wide, times high], `qr` (the text of the code) that stands after
line `qr_after`, `picture` (a PNG of the whole slip), `raster_profile` and `text_profile`. It knows nothing of Sunpoint.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from escpos.printer import Dummy

RUNS = 20


def as_text(slip: dict[str, Any], profile: str, *, native: bool) -> bytes:
    """The slip by text(), with the code by qr()."""
    printer = Dummy(profile=profile)
    for at, (text, align, bold, across, down) in enumerate(slip["lines"]):
        printer.set(align=align, bold=bold, custom_size=across > 1 or down > 1, width=across, height=down)
        printer.text(text + "\n")
        if at == slip["qr_after"]:
            printer.qr(slip["qr"], native=native, size=4, center=not native)
    printer.cut()
    sent: bytes = printer.output
    return sent


def as_raster(slip: dict[str, Any], profile: str) -> bytes:
    """The slip as one picture, as it comes: GS v 0."""
    printer = Dummy(profile=profile)
    printer.image(slip["picture"], impl="bitImageRaster")
    printer.cut()
    sent: bytes = printer.output
    return sent


def main() -> None:
    """Say what each way takes."""
    slip = json.load(sys.stdin)
    began_s = time.perf_counter()
    for _ in range(RUNS):
        as_text(slip, slip["raster_profile"], native=False)
    taken_s = (time.perf_counter() - began_s) / RUNS
    said = {
        "raster": len(as_raster(slip, slip["raster_profile"])),
        "text_drawn_code": len(as_text(slip, slip["raster_profile"], native=False)),
        "text_own_code": len(as_text(slip, slip["text_profile"], native=True)),
        "text_ms": taken_s * 1000,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
