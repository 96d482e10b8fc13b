"""What a pad makes of the bytes that it is told: PJ06 frames, or the byte strings of a model file. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Protocol, TypeAlias

from devices.rating_pad.frames import Ask, Frame, FrameDecoder, SetLevels, SetTimeout
from devices.rating_pad.model import PadModel
from devices.rating_pad.wires import ByteWire


class Said(Enum):
    """A byte string that a byte-per-key pad knows."""

    OPENING = "opening"
    PROMPT = "prompt"
    THANKS = "thanks"
    CLOSING = "closing"


Told: TypeAlias = Frame | Said


class Decoder(Protocol):
    """Bytes to a pad, fed in pieces of any size, become what it was told."""

    @property
    def garbage_bytes(self) -> int:
        """How many bytes were thrown away."""

    def feed(self, data: bytes) -> list[Told]:
        """Return what `data` completes."""


class Pj06Decoder:
    """Takes PJ06 frames."""

    def __init__(self) -> None:
        self._frames = FrameDecoder()

    @property
    def garbage_bytes(self) -> int:
        """How many bytes were thrown away."""
        return self._frames.garbage_bytes

    def feed(self, data: bytes) -> list[Told]:
        """See `Decoder`."""
        return list(self._frames.feed(data))


class SaidDecoder:
    """Takes the byte strings of a model; of two that fit the longer one. What fits none is thrown away."""

    def __init__(self, wire: ByteWire) -> None:
        known = {said: getattr(wire, said.value) for said in Said}
        self._known = sorted(((text, said) for said, text in known.items() if text), key=lambda each: -len(each[0]))
        self._buffer = b""
        self._garbage_bytes = 0

    @property
    def garbage_bytes(self) -> int:
        """How many bytes were thrown away."""
        return self._garbage_bytes

    def feed(self, data: bytes) -> list[Told]:
        """See `Decoder`."""
        self._buffer += data
        told: list[Told] = []
        while self._buffer:
            if any(text.startswith(self._buffer) and len(text) > len(self._buffer) for text, _ in self._known):
                break
            for text, said in self._known:
                if self._buffer.startswith(text):
                    told.append(said)
                    self._buffer = self._buffer[len(text) :]
                    break
            else:
                self._garbage_bytes += 1
                self._buffer = self._buffer[1:]
        return told


def decoder_of(model: PadModel) -> Decoder:
    """Return the decoder of a pad of `model`."""
    return SaidDecoder(model.wire) if model.wire is not None else Pj06Decoder()


def is_prompt(told: Told) -> bool:
    """Whether the pad was asked for a rating."""
    return told is Said.PROMPT or isinstance(told, Ask)


def is_opening(told: Told) -> bool:
    """Whether the pad was set up, or a part of that."""
    return told is Said.OPENING or isinstance(told, SetTimeout | SetLevels)
