"""Bytes into every decoder of the rating pads: random ones, and damaged good frames, in pieces of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from msgspec import Struct

from devices.ports import KeyPressed
from devices.rating_pad.bursts import BURST_MAX, Burst, BurstDecoder
from devices.rating_pad.frames import LENGTH_MAX, Ask, FrameDecoder, SetLevels, SetTimeout, Welcome, encode
from devices.rating_pad.model import read_pad_model
from devices.rating_pad.text_frames import TEXT_MAX, TextDecoder, meaning_of
from devices.rating_pad.window import Window, WindowKeeper
from devices.sim.pad_firmware import Said, SaidDecoder
from tests.campaign.part import Counts, Part, Run

BYTES_A_SEED = 25_000
SEEDS = 400
"""Times `BYTES_A_SEED`: ten million bytes for each decoder."""
PIECE_MAX = 200


class Chewer(Struct, frozen=True):
    """A decoder that is fed.

    Attributes:
        name: in the results.
        good: frames that it knows, to be damaged.
        begin: makes one; returns what feeds it a piece and what tells how many bytes it keeps.
        keeps_max: more than this it may never keep.
    """

    name: str
    good: tuple[bytes, ...]
    begin: Callable[[], tuple[Callable[[bytes], object], Callable[[], int]]]
    keeps_max: int


def _frames() -> tuple[Callable[[bytes], object], Callable[[], int]]:
    decoder = FrameDecoder()
    return decoder.feed, lambda: len(decoder._buffer)


def _said() -> tuple[Callable[[bytes], object], Callable[[], int]]:
    wire = read_pad_model("sample-byte").wire
    assert wire is not None
    decoder = SaidDecoder(wire)
    return decoder.feed, lambda: len(decoder._buffer)


def _texts() -> tuple[Callable[[bytes], object], Callable[[], int]]:
    wire = read_pad_model("sample-text").text
    assert wire is not None
    stream, datagrams = TextDecoder("\r\n"), TextDecoder("")

    def feed(piece: bytes) -> None:
        for text in (*stream.feed(piece), *datagrams.feed(piece)):
            meaning_of(text, wire)

    return feed, lambda: len(stream._buffer) + len(datagrams._buffer)


def _window() -> tuple[Callable[[bytes], object], Callable[[], int]]:
    """Noise in company into an open window, at the speed of its line: nobody ever rates."""
    bursts, keeper = BurstDecoder(20), WindowKeeper(read_pad_model("pj06"))
    keeper.open(Window("w", 0, 1 << 60))
    now_ms = 0

    def feed(piece: bytes) -> None:
        nonlocal now_ms
        now_ms += len(piece)
        for burst in bursts.feed(piece, now_ms):
            events = keeper.judge(burst)
            lone = len(burst.data) == 1 and not burst.torn
            if any(isinstance(event, KeyPressed) for event in events) and not lone:
                raise AssertionError(f"noise became a rating: {burst}")
        if keeper.window is None:
            keeper.open(Window("w", now_ms, 1 << 60))
        keeper.judge(Burst(piece + b"\x01", now_ms))

    return feed, lambda: len(bursts._data)


PJ06 = tuple(encode(frame) for frame in (Welcome(), Ask(), SetTimeout(60), SetLevels(5)))
_SAMPLE = read_pad_model("sample-byte").wire
SAID = tuple(getattr(_SAMPLE, said.value) for said in Said)
TEXTS = (b"S95OK\r\n", b"S04OK\r\n", b"KEY 3\r\n", b"NONE\r\n", b"ASKOK")
PAD_DECODERS = (
    Chewer("pj06 frames", PJ06, _frames, LENGTH_MAX + 4),
    Chewer("byte strings", SAID, _said, max(map(len, SAID))),
    Chewer("texts", TEXTS, _texts, TEXT_MAX + PIECE_MAX + 2),
    Chewer("window", (b"\x01", b"\x05", b"\x06"), _window, BURST_MAX + PIECE_MAX),
)


def chew(chewer: Chewer, rng: Random, count: int) -> None:
    """Feed `count` bytes. Raises AssertionError, or whatever the decoder raises."""
    feed, keeps = chewer.begin()
    eaten = 0
    while eaten < count:
        piece = bytearray(
            rng.choice(chewer.good) * rng.randrange(1, 4) if rng.random() < 0.5 else rng.randbytes(PIECE_MAX)
        )
        for _ in range(rng.randrange(3)):
            piece[rng.randrange(len(piece))] ^= 1 << rng.randrange(8)
        cut = piece[: rng.randrange(1, len(piece) + 1)]
        feed(bytes(cut))
        eaten += len(cut)
        if keeps() > chewer.keeps_max:
            raise AssertionError(f"{chewer.name} keeps {keeps()} bytes")


def _seed(seed: int) -> Counts:
    for chewer in PAD_DECODERS:
        chew(chewer, Random(f"pads {seed} {chewer.name}"), BYTES_A_SEED)
    return {f"{chewer.name}: bytes taken": BYTES_A_SEED for chewer in PAD_DECODERS}


@contextmanager
def _ready() -> Iterator[Run]:
    yield _seed


PADS = Part("pads", "ten million bytes into every decoder of the rating pads", SEEDS, _ready)
