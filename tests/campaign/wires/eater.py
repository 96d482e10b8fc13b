"""What is fed, and what is promised of it: no exception, no hang, bounded memory, and the same however it is cut."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from random import Random
from types import FrameType, FunctionType
from typing import TypeAlias

from msgspec import Struct

Feed: TypeAlias = Callable[[bytes, int], Iterable[object]]
"""Takes bytes that arrive at a time in milliseconds; returns what they say."""
Moment: TypeAlias = tuple[int, bytes]
"""So many milliseconds after the one before, bytes that arrive together."""
CUTS = (1, 2, 7, 64, 500, 5_000)
CPU_S_MAX = 60.0
SILENCE_MS = 10_000
_PLACE_BYTES = 8


class Upset(AssertionError):
    """Something that reads bytes broke a promise; the text says which."""


def nothing_more(_stream: bytes, _said: Sequence[object]) -> None:
    """Promise nothing beyond what is promised of all."""


class Eater(Struct, frozen=True):
    """Something that reads a device's bytes.

    Attributes:
        name: in the results, and in the names of tests.
        reads: the classes and functions of the product that are fed by it.
        begin: makes a new one; returns what holds its memory, and what feeds it.
        sample: draws something good, to be repeated, cut short and damaged.
        valid: draws a good stream and what it says.
        keeps_max: so many bytes it may hold at the most, beside what it was made with.
        judge: raises AssertionError if something was said that these bytes may not say.
        pauses_ms: the silences that there can be between two moments; (0,) where time has no meaning.
        is_cut: whether what arrives together may arrive in pieces; a datagram does not.
        record_bytes: what arrives together is a multiple of so many bytes.
    """

    name: str
    reads: tuple[object, ...]
    begin: Callable[[], tuple[object, Feed]]
    sample: Callable[[Random], bytes]
    valid: Callable[[Random], tuple[list[Moment], list[object]]]
    keeps_max: int
    judge: Callable[[bytes, Sequence[object]], None] = nothing_more
    pauses_ms: tuple[int, ...] = (0,)
    is_cut: bool = True
    record_bytes: int = 1


def feed_to(eater: Eater, seed: int, size_bytes: int) -> Mapping[str, int]:
    """Feed so many bytes of every kind, and a good stream, each twice and cut differently. Raises `Upset`.

    Returns how many bytes were taken and how many things they said.
    """
    rng = Random(f"{eater.name} {seed}")
    moments = _stream(eater, rng, size_bytes)
    with _an_end(eater.name):
        said = _said_by(eater, moments, rng)
        if said != _said_by(eater, moments, rng):
            raise Upset(f"{eater.name}: the same bytes, cut differently, say something else")
        eater.judge(b"".join(data for _, data in moments), said)
        good, meant = eater.valid(rng)
        for _ in range(3):
            heard = _said_by(eater, good, rng)
            if heard != meant:
                raise Upset(f"{eater.name}: a good stream was read as {heard}, not {meant}; {good}")
    return {f"{eater.name}: bytes": sum(len(data) for _, data in moments), f"{eater.name}: said": len(said)}


def _stream(eater: Eater, rng: Random, size_bytes: int) -> list[Moment]:
    moments: list[Moment] = []
    left = size_bytes
    while left > 0:
        data = _piece(eater, rng)
        data = data[: len(data) // eater.record_bytes * eater.record_bytes]
        left -= len(data)
        moments.append((rng.choice(eater.pauses_ms), data))
    return moments


def _piece(eater: Eater, rng: Random) -> bytes:
    """Return noise, a byte without end, beginnings without ends, or something good: whole, damaged or cut short."""
    kind = rng.randrange(7)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 600))
    if kind == 1:
        return rng.randbytes(1) * rng.randrange(1, 3_000)
    good = eater.sample(rng)
    if kind == 2:
        return good[: rng.randrange(1, 8)] * rng.randrange(1, 80)
    piece = bytearray(good * rng.randrange(1, 4))
    if kind in (3, 4):
        for _ in range(rng.randrange(1, 4)):
            piece[rng.randrange(len(piece))] ^= 1 << rng.randrange(8)
    elif kind == 5:
        del piece[rng.randrange(1, len(piece) + 1) :]
    return bytes(piece)


def _said_by(eater: Eater, moments: list[Moment], rng: Random) -> list[object]:
    """Return what is said to bytes that arrive in these moments, cut as chance wants, and to the silence after them."""
    holder, feed = eater.begin()
    empty = weight(holder)
    said: list[object] = []
    now_ms = 0
    for pause_ms, data in moments:
        if pause_ms:
            now_ms += pause_ms
            said += feed(b"", now_ms)  # silence that nobody listens to is none
        at = 0
        while at < len(data):
            step = rng.choice(CUTS) if eater.is_cut else len(data)
            said += feed(data[at : at + step], now_ms)
            at += step
            if (kept := weight(holder) - empty) > eater.keeps_max:
                raise Upset(f"{eater.name}: {kept} bytes are kept, {eater.keeps_max} at the most were promised")
    return [*said, *feed(b"", now_ms + SILENCE_MS)]


def weight(thing: object) -> int:
    """Return about how many bytes somebody holds: texts, places in lists, and what all that it holds has."""
    return _weight(thing, set())


def _weight(thing: object, seen: set[int]) -> int:
    if id(thing) in seen or isinstance(thing, type | FunctionType | Enum | Random):
        return 0
    seen.add(id(thing))
    if isinstance(thing, str | bytes | bytearray):
        return len(thing)
    if isinstance(thing, Mapping):
        return sum(_PLACE_BYTES + _weight(key, seen) + _weight(value, seen) for key, value in thing.items())
    if isinstance(thing, list | tuple | set | frozenset | deque):
        return sum(_PLACE_BYTES + _weight(each, seen) for each in thing)
    if isinstance(thing, Struct):
        return sum(_weight(getattr(thing, name), seen) for name in thing.__struct_fields__)
    return sum(_weight(value, seen) for value in getattr(thing, "__dict__", {}).values())


@contextmanager
def _an_end(name: str) -> Iterator[None]:
    """Let what is inside end within `CPU_S_MAX` seconds of processor time. Raises `Upset`."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise Upset(f"{name}: does not come to an end")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
