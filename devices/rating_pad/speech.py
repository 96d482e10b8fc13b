"""What a pad on a serial line is told and what it says besides its keys, by its protocol. Pure."""

from __future__ import annotations

from msgspec import Struct

from devices.rating_pad.frames import Ask, SetLevels, SetTimeout, Welcome, encode
from devices.rating_pad.model import PadModel


class Speech(Struct, frozen=True):
    """The bytes for one model.

    `opening` are the steps that set the pad up, with `settle_ms` of the model between them; `welcome` lets it greet
    people; the rest is as in `devices.rating_pad.wires.ByteWire`.
    """

    opening: tuple[bytes, ...]
    prompt: bytes
    welcome: bytes = b""
    thanks: bytes = b""
    closing: bytes = b""
    timeout: bytes = b""
    greeting: bytes = b""
    acknowledgement: bytes = b""


def speech_of(model: PadModel, window_s: int) -> Speech:
    """Return what a pad of `model` is told whose windows last `window_s` seconds."""
    wire = model.wire
    if wire is None:
        opening = encode(SetTimeout(window_s)), encode(SetLevels(len(model.keys)))
        return Speech(opening, encode(Ask()), encode(Welcome()))
    return Speech(
        opening=(wire.opening,) if wire.opening else (),
        prompt=wire.prompt,
        thanks=wire.thanks,
        closing=wire.closing,
        timeout=wire.timeout,
        greeting=wire.greeting,
        acknowledgement=wire.acknowledgement,
    )
