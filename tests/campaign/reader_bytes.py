"""Bytes of every kind into the decoder of the ID-card reader.

It must not fail, hang, hold more than a frame, or pass on anything but texts and short answers; and however the bytes
are cut, it must say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from devices.id_reader.card import CardRefused, read_text
from devices.id_reader.frames import ANSWER_LENGTH_MAX, HEAD, TEXT_BYTES, BaseText, Reply, ReplyDecoder, frame
from devices.sim.cards import CARDS, PHOTO
from tests.campaign.part import Counts, Part, Run

SEEDS = 200
BYTES_A_SEED = 50_000
HELD_MAX = len(HEAD) + 2 + ANSWER_LENGTH_MAX


class ReaderUpset(AssertionError):
    """The decoder kept, passed on or said what it must not."""


def pour(seed: int) -> Counts:
    """Pour the bytes of one seed into two decoders, cut differently. Raises ReaderUpset."""
    rng = Random(f"reader bytes {seed}")
    stream = b"".join(_some(rng) for _ in range(BYTES_A_SEED // 400))[:BYTES_A_SEED]
    found = _decoded(stream, rng)
    if found != _decoded(stream, rng):
        raise ReaderUpset(f"seed {seed}: the same bytes, cut differently, are other answers")
    texts = [reply.text for reply in found if isinstance(reply, BaseText)]
    cards = sum(_is_card(text) for text in texts)
    return {"bytes": len(stream), "answers": len(found) - len(texts), "texts": len(texts), "cards": cards}


def _some(rng: Random) -> bytes:
    """Return noise, heads without end, an answer, or an answer with something wrong in it."""
    card = rng.choice(list(CARDS.values()))
    whole = bytearray(frame(b"\0\0\x90\x01\0\x04\0" + card.text + card.photo))
    match rng.randrange(6):
        case 0:
            return rng.randbytes(rng.randrange(900))
        case 1:
            return HEAD[: rng.randrange(6)] * rng.randrange(40)
        case 2:
            return HEAD + rng.randrange(ANSWER_LENGTH_MAX + 9).to_bytes(2, "big") + rng.randbytes(rng.randrange(60))
        case 3:
            return frame(b"\0\0" + rng.randbytes(rng.randrange(1, 80)))
        case 4:
            whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return bytes(whole)


def _decoded(stream: bytes, rng: Random) -> list[Reply]:
    decoder, found, at = ReplyDecoder(), [], 0
    while at < len(stream):
        step = rng.choice((1, 7, 64, 500, 5000))
        found += decoder.feed(stream[at : at + step])
        at += step
        if decoder.held_bytes > HELD_MAX:
            raise ReaderUpset(f"{decoder.held_bytes} bytes are held")
    for reply in found:
        held = reply.text if isinstance(reply, BaseText) else reply.data
        if PHOTO[:12] in held or len(held) > TEXT_BYTES:
            raise ReaderUpset("more than a text was passed on")
    return found


def _is_card(text: bytes) -> bool:
    try:
        read_text(text)
    except CardRefused:
        return False
    return True


@contextmanager
def _ready() -> Iterator[Run]:
    yield pour


READER_BYTES = Part("reader-bytes", "ten million bytes into the decoder of the ID-card reader", SEEDS, _ready)
