"""Bytes of every kind into what hears a scanner, as a serial line and as the kernel's records of keys.

It must not fail, hang, hold more than one code, or pass on what is no text; and however the bytes of a moment are cut,
it must say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unicodedata import category

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.code_scanner.frames import CODE_BYTES_MAX
from devices.code_scanner.keys import InputLayout
from devices.code_scanner.listening import Listener
from devices.code_scanner.model import MODELS, ScannerModel, Wire, read_scanner_model
from devices.model_files import model_names
from tests.campaign.part import Counts, Part, Run
from tests.devices.input_events import Recording, typed

SEEDS = 200
BYTES_A_SEED = 50_000
HELD_MAX = CODE_BYTES_MAX + 32
CODE = "https://sunpoint.qingshan.example/r#" + "407" * 102

Moment = tuple[int, bytes]
"""When, in milliseconds, and what came then."""


class ScannerUpset(AssertionError):
    """What hears a scanner kept, passed on or said what it must not."""


def pour(seed: int) -> Counts:
    """Pour the bytes of one seed into two listeners, cut differently. Raises ScannerUpset."""
    rng = Random(f"scanner bytes {seed}")
    names = model_names([MODELS])
    model = read_scanner_model(names[seed % len(names)])
    layout = rng.choice(list(InputLayout))
    moments = _moments(model, layout, rng)
    found = _heard(model, layout, moments, rng)
    if found != _heard(model, layout, moments, rng):
        raise ScannerUpset(f"seed {seed}: the same bytes, cut differently, are other codes")
    codes = [each for each in found if isinstance(each, CodeScanned)]
    return {"bytes": sum(len(data) for _, data in moments), "codes": len(codes), "troubles": len(found) - len(codes)}


def _moments(model: ScannerModel, layout: InputLayout, rng: Random) -> list[Moment]:
    moments: list[Moment] = []
    at_ms = left = 0
    while left < BYTES_A_SEED:
        data = _keys(layout, rng) if model.wire is Wire.KEYS else _serial(model, rng)
        moments.append((at_ms, data))
        left += len(data)
        at_ms += rng.choice((1, 20, model.framing.quiet_ms - 1, model.framing.quiet_ms, 2_000))
    return moments


def _serial(model: ScannerModel, rng: Random) -> bytes:
    """Return noise, ends without a code, a byte that never ends, a code, or a code with something wrong in it."""
    framing = model.framing
    whole = bytearray(framing.prefix + (b"]Q1" if framing.aim else b"") + CODE.encode() + framing.suffix.octets)
    match rng.randrange(6):
        case 0:
            return rng.randbytes(rng.randrange(900))
        case 1:
            return rng.choice((b"\r", b"\n", b"\r\n", b"\t", b"\0")) * rng.randrange(40)
        case 2:
            return bytes((rng.randrange(256),)) * rng.randrange(1, 9_000)
        case 3:
            return bytes(whole[: rng.randrange(len(whole))])
        case 4:
            whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return bytes(whole)


def _keys(layout: InputLayout, rng: Random) -> bytes:
    """Return noise, any events, a code, or half of its records."""
    match rng.randrange(4):
        case 0:
            return rng.randbytes(rng.randrange(900))
        case 1:
            recording = Recording(layout)
            for _ in range(rng.randrange(60)):
                recording.event(rng.randrange(6), rng.randrange(130), rng.randrange(-1, 4))
            return recording.data
        case 2:
            recorded = typed(CODE[: rng.randrange(60)], layout=layout)
            return recorded[: rng.randrange(len(recorded))]
    return typed(CODE[: rng.randrange(60)], layout=layout)


def _heard(
    model: ScannerModel, layout: InputLayout, moments: list[Moment], rng: Random
) -> list[CodeScanned | ScanTrouble]:
    listener = Listener(model, layout)
    found: list[CodeScanned | ScanTrouble] = []
    for at_ms, data in moments:
        at = 0
        while at < len(data):
            step = rng.choice((1, 7, 64, 500, 5000))
            found += listener.feed(data[at : at + step], at_ms)
            at += step
            if listener.held_bytes > HELD_MAX:
                raise ScannerUpset(f"{listener.held_bytes} bytes are held")
    for each in found:
        if isinstance(each, CodeScanned) and not (0 < len(each.text) <= CODE_BYTES_MAX and _is_text(each.text)):
            raise ScannerUpset("what is no code was passed on")
    return found


def _is_text(text: str) -> bool:
    return all(category(sign) != "Cc" or sign == "\x1d" for sign in text)


@contextmanager
def _ready() -> Iterator[Run]:
    yield pour


SCANNER_BYTES = Part("scanner-bytes", "ten million bytes into what hears a scanner", SEEDS, _ready)
