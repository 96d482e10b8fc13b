"""What a receipt takes on the printer's line and in the encoder, beside python-escpos printing the same content."""

from __future__ import annotations

import io
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from devices.printer.document import Align, Qr, Rule, Slip
from devices.printer.encoder import encode
from devices.printer.layout import Line, lay_out
from devices.printer.profile import Profile, read_profile
from devices.printer.raster import draw_line
from devices.sim.escpos_reader import EscPosReader
from devices.sim.paper import MARGIN_DOTS, PaperRoll
from devices.typeface import Typeface
from kiosk.assets import Assets
from provisioning.county_init import CHECKOUT
from tests.bench.figure import Figure, median, percentile
from tests.kiosk.receipts import RARE_NAME, receipt_of

PEER_PYTHON = CHECKOUT / "build" / "bench" / "python" / "bin" / "python"
PEER = CHECKOUT / "tests" / "bench" / "peers" / "escpos_slip.py"
NARROW, WIDE = "escpos-58", "escpos-80"
DRAWN_CODE_BYTES_MAX, OWN_CODE_BYTES_MAX = 4_000, 1_200
ENCODE_MS_MAX, DRAW_MS_MAX = 10.0, 30.0
BAUDS = (9_600, 115_200)
BITS_A_BYTE = 10
ENCODINGS, DRAWINGS = 1_000, 200
NAME = "李秀兰"
RARE = f"{RARE_NAME}𠀍𪛕"
"""The last two are in the font of rare characters alone."""


class PaperBench:
    """Measures on a receipt that a service point really gives. `miss` is told what cannot be measured."""

    def __init__(self, work: Path, miss: Callable[[str], None]) -> None:
        self._work = work
        self._miss = miss
        self._typeface = Typeface(Assets.from_environment({}).regular_font)
        self._typeface.check()

    def paper(self) -> list[Figure]:
        """Bytes, their time on the line, encoding, drawing."""
        slip = receipt_of(NAME, self._work / "point")
        rare = receipt_of(RARE_NAME, self._work / "rare")
        peer = self._peer(slip)
        return [*self._bytes(slip, rare, peer), *self._encoding(slip, rare, peer), self._drawing()]

    def _size(self, slip: Slip, model: str) -> int:
        return len(encode(slip, read_profile(model), self._typeface).data)

    def _bytes(self, slip: Slip, rare: Slip, peer: dict[str, float]) -> list[Figure]:
        figures = []
        for model, most, key, way in (
            (NARROW, DRAWN_CODE_BYTES_MAX, "raster", "python-escpos, the slip as a picture"),
            (NARROW, DRAWN_CODE_BYTES_MAX, "text_drawn_code", "python-escpos, text and a drawn code"),
            (WIDE, OWN_CODE_BYTES_MAX, "text_own_code", "python-escpos, text and the printer's code"),
        ):
            ours = self._size(slip, model)
            theirs = peer.get(key, ours)
            other = way if key in peer else "nothing: see below"
            target = f"value <= {most}"
            figures.append(
                Figure(f"receipt_bytes_{model}", ours, "bytes", theirs, theirs / ours, other, target, ours <= most)
            )
            figures += [
                Figure(
                    f"receipt_line_{model}_{baud}", _line_s(ours, baud), "s", _line_s(theirs, baud),
                    theirs / ours, other, "-", True,
                )
                for baud in BAUDS
            ]  # fmt: skip
        for model, most in ((NARROW, DRAWN_CODE_BYTES_MAX), (WIDE, OWN_CODE_BYTES_MAX)):
            ours, plain = self._size(rare, model), self._size(slip, model)
            figures.append(
                Figure(
                    f"rare_receipt_bytes_{model}", ours, "bytes", plain, ours / plain, "a common name",
                    f"value <= {most}", ours <= most,
                )
            )  # fmt: skip
        return figures

    def _encoding(self, slip: Slip, rare: Slip, peer: dict[str, float]) -> list[Figure]:
        figures = []
        for name, content, model in (("", slip, NARROW), ("", slip, WIDE), ("_rare", rare, NARROW)):
            profile = read_profile(model)
            taken = [_ms(lambda: encode(content, profile, self._typeface)) for _ in range(ENCODINGS)]  # noqa: B023 - called at once
            p99_ms, floor_ms = percentile(taken, 0.99), peer.get("text_ms", median(taken))
            held = "python-escpos, text and a drawn code" if "text_ms" in peer else "its own median"
            figures.append(
                Figure(
                    f"receipt_encode_{model}{name}", p99_ms, "ms p99", floor_ms, floor_ms / p99_ms, held,
                    f"value <= {ENCODE_MS_MAX:.0f}", p99_ms <= ENCODE_MS_MAX,
                )
            )  # fmt: skip
        return figures

    def _drawing(self) -> Figure:
        """Rare characters with fonts that nobody has read from yet, and, beside it, once more."""
        cold, warm = [], []
        for _ in range(DRAWINGS):
            typeface = Typeface(self._typeface.path)
            cold.append(_ms(lambda: draw_line(Line(RARE), typeface)))  # noqa: B023 - called at once
            warm.append(_ms(lambda: draw_line(Line(RARE), typeface)))  # noqa: B023 - called at once
        p99_ms, floor_ms = percentile(cold, 0.99), median(warm)
        return Figure(
            "rare_characters", p99_ms, "ms p99, fonts unread", floor_ms, p99_ms / floor_ms, "drawn again, median",
            f"value <= {DRAW_MS_MAX:.0f}", p99_ms <= DRAW_MS_MAX,
        )  # fmt: skip

    def _peer(self, slip: Slip) -> dict[str, float]:
        """What python-escpos says of the same content; nothing when it is not installed."""
        asked = json.dumps(self._for_peer(slip, read_profile(NARROW)))
        if not PEER_PYTHON.exists():
            self._miss("paper beside python-escpos: make setup-bench installs it")
            return {}
        done = subprocess.run([PEER_PYTHON, PEER], input=asked, capture_output=True, text=True, check=False)
        if done.returncode:
            self._miss(f"paper beside python-escpos: {done.stderr.strip().splitlines()[-1]}")
            return {}
        said: dict[str, float] = json.loads(done.stdout)
        return said

    def _for_peer(self, slip: Slip, profile: Profile) -> dict[str, object]:
        lines: list[tuple[str, str, bool, int, int]] = []
        code, code_after = "", 0
        for laid in lay_out(slip.blocks, profile.columns):
            if isinstance(laid, Line):
                align = {Align.LEFT: "left", Align.CENTRE: "center", Align.RIGHT: "right"}[laid.align]
                lines.append((laid.text, align, laid.bold, laid.size.across, laid.size.down))
            elif isinstance(laid, Rule):
                lines.append(("-" * profile.columns, "left", False, 1, 1))
            elif isinstance(laid, Qr):
                code, code_after = laid.data, len(lines) - 1
        roll = PaperRoll(profile.dots, self._typeface)
        for operation in EscPosReader().feed(encode(slip, profile, self._typeface).data):
            roll.execute(operation)
        picture = self._work / "slip.png"
        whole = Image.open(io.BytesIO(roll.look().png))
        whole.crop((MARGIN_DOTS, 0, whole.width - MARGIN_DOTS, whole.height)).save(picture)
        return {
            "lines": lines, "qr": code, "qr_after": code_after, "picture": str(picture),
            "raster_profile": "POS-5890", "text_profile": "TM-T20II",
        }  # fmt: skip


def _line_s(count: float, baud: int) -> float:
    return count * BITS_A_BYTE / baud


def _ms(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return (time.perf_counter() - began_s) * 1000
