"""What hears a code scanner, as a serial line and as the kernel's records of keys; a row for every model."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from unicodedata import category

from devices.code_scanner.events import CodeScanned
from devices.code_scanner.frames import CODE_BYTES_MAX, ScanDecoder
from devices.code_scanner.keys import InputLayout, KeyDecoder
from devices.code_scanner.listening import REPEAT_MS, Listener
from devices.code_scanner.model import MODELS, ScannerModel, Suffix, Wire, read_scanner_model
from devices.model_files import model_names
from tests.campaign.wires.eater import Eater, Feed, Moment
from tests.devices.input_events import ENTER, TAB, Recording, typed

_CODE = "https://sunpoint.qingshan.example/r#" + "407" * 102
_RECORD_BYTES = 24
_AROUND_BYTES_MAX = 32


def _sent(model: ScannerModel, layout: InputLayout, code: str) -> bytes:
    """Return the bytes that a scanner sends for a code, or those of the kernel's records of it."""
    framing = model.framing
    if model.wire is Wire.KEYS:
        return typed(code, TAB if framing.suffix is Suffix.TAB else ENTER, layout)
    symbology = b"]Q1" if framing.aim else b""
    return framing.prefix + symbology + code.encode(framing.coding.value) + framing.suffix.octets


def _sample(model: ScannerModel, layout: InputLayout, rng: Random) -> bytes:
    if model.wire is Wire.KEYS and rng.random() < 0.3:
        recording = Recording(layout)
        for _ in range(rng.randrange(1, 30)):
            recording.event(rng.randrange(6), rng.randrange(130), rng.randrange(-1, 4))
        return recording.data
    return _sent(model, layout, _CODE[: rng.randrange(1, 60 if model.wire is Wire.KEYS else len(_CODE))])


def _valid(model: ScannerModel, layout: InputLayout, rng: Random) -> tuple[list[Moment], list[object]]:
    codes = [f"A{number:02}-{rng.randrange(10**6)}" for number in range(5)]
    symbology = "Q" if model.framing.aim else ""
    moments = [(REPEAT_MS, _sent(model, layout, code)) for code in codes]
    return moments, [CodeScanned(code, symbology) for code in codes]


def _nothing_but_texts(_stream: bytes, said: Sequence[object]) -> None:
    for each in said:
        if isinstance(each, CodeScanned):
            assert 0 < len(each.text) <= CODE_BYTES_MAX, f"a code of {len(each.text)} characters"
            assert all(category(sign) != "Cc" or sign == "\x1d" for sign in each.text), "what is no text is a code"


def _row(name: str, layout: InputLayout) -> Eater:
    model = read_scanner_model(name)
    quiet_ms = model.framing.quiet_ms

    def begin() -> tuple[object, Feed]:
        listener = Listener(model, layout)
        return listener, listener.feed

    return Eater(
        f"scanner {name}" + (f", {layout.name.lower()}" if model.wire is Wire.KEYS else ""),
        (Listener, ScanDecoder, *((KeyDecoder,) if model.wire is Wire.KEYS else ())),
        begin,
        lambda rng: _sample(model, layout, rng),
        lambda rng: _valid(model, layout, rng),
        # A code with what stands around it, the code before it, and the rest of a record with the keys that are down.
        2 * CODE_BYTES_MAX + _AROUND_BYTES_MAX + 2 * _RECORD_BYTES,
        _nothing_but_texts,
        pauses_ms=(0, 1, 20, quiet_ms - 1, quiet_ms, 2_000),
        record_bytes=struct.calcsize(layout.value) if model.wire is Wire.KEYS else 1,
    )


_LAYOUTS = {Wire.SERIAL: (InputLayout.BITS_64,), Wire.KEYS: tuple(InputLayout)}
SCANNER = tuple(
    _row(name, layout) for name in model_names([MODELS]) for layout in _LAYOUTS[read_scanner_model(name).wire]
)
