"""What reads a rating pad's bytes, and what a simulated pad reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from devices.ports import KeyPressed
from devices.rating_pad.bursts import BURST_MAX, BurstDecoder
from devices.rating_pad.frames import LENGTH_MAX, Ask, FrameDecoder, SetLevels, SetTimeout, Welcome, encode
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import read_pad_model
from devices.rating_pad.text_frames import TEXT_MAX, Answer, Result, TextDecoder, meaning_of
from devices.rating_pad.window import Window, WindowKeeper
from devices.sim.pad_firmware import Pj06Decoder, Said, SaidDecoder
from tests.campaign.wires.eater import Eater, Feed, Moment

_byte_wire, _text_wire = read_pad_model("sample-byte").wire, read_pad_model("sample-text").text
assert _byte_wire is not None
assert _text_wire is not None
_BYTE, _TEXT = _byte_wire, _text_wire
_STRINGS = {said: getattr(_BYTE, said.value) for said in Said}
_FRAMES = (Welcome(), Ask(), SetTimeout(60), SetLevels(5))
_TEXTS = {b"S95OK": Answer.HEARTBEAT, b"S04OK": Answer.LOGIN, b"NONE": Answer.UNRATED, b"KEY 3": Result(b"3")}
_PJ06 = read_pad_model("pj06")
_SERVED_MS = 4_000


def _frames() -> tuple[object, Feed]:
    decoder = Pj06Decoder()
    return decoder, lambda data, _: decoder.feed(data)


def _valid_frames(rng: Random) -> tuple[list[Moment], list[object]]:
    frames = rng.choices(_FRAMES, k=20)
    return [(0, b"".join(encode(frame) for frame in frames))], list(frames)


def _strings() -> tuple[object, Feed]:
    decoder = SaidDecoder(_BYTE)
    return decoder, lambda data, _: decoder.feed(data)


def _valid_strings(rng: Random) -> tuple[list[Moment], list[object]]:
    said = rng.choices(list(Said), k=20)
    return [(0, b"".join(_STRINGS[each] for each in said))], list(said)


def _texts(ends_with: str) -> tuple[object, Feed]:
    decoder = TextDecoder(ends_with)
    return decoder, lambda data, _: [meaning_of(text, _TEXT) for text in decoder.feed(data)]


def _valid_texts(rng: Random, end: bytes, count: int) -> tuple[list[Moment], list[object]]:
    texts = rng.choices(list(_TEXTS), k=count)
    return [(0, b"".join(text + end for text in texts))], [_TEXTS[text] for text in texts]


class _AskedForEver:
    """A pad that is asked again as soon as a window is over and nothing comes."""

    def __init__(self) -> None:
        self.bursts, self.keeper = BurstDecoder(_PJ06.quiet_ms), WindowKeeper(_PJ06)

    def feed(self, data: bytes, now_ms: int) -> Iterator[object]:
        for burst in [*self.bursts.feed(data, now_ms), *self.bursts.due(now_ms)]:
            for event in self.keeper.judge(burst):
                if isinstance(event, KeyPressed) and (len(burst.data) != 1 or burst.torn):
                    raise AssertionError(f"noise became a rating: {burst}")
                yield event
        yield from self.keeper.pass_time(now_ms)
        if not data and self.keeper.window is None and self.keeper.refusal(now_ms) is None:
            self.keeper.open(Window(f"w{now_ms}", now_ms, now_ms + 60_000))


def _windows() -> tuple[object, Feed]:
    asked = _AskedForEver()
    return asked, lambda data, now_ms: list(asked.feed(data, now_ms))


def _valid_keys(rng: Random) -> tuple[list[Moment], list[object]]:
    """Somebody is asked, presses after a while, and leaves; then the next."""
    keys = rng.choices(_PJ06.keys, k=5)
    moments: list[Moment] = [(_SERVED_MS, b"")]
    rated: list[object] = []
    opened_ms = _SERVED_MS
    for key in keys:
        # The press, and the silence after which it is known to have been alone.
        moments += [(_SERVED_MS, key.sends), (_PJ06.quiet_ms, b"")]
        rated.append(KeyPressed(f"w{opened_ms}", key.number, key.word or KeyWord.SATISFIED, _SERVED_MS))
        opened_ms += _SERVED_MS + _PJ06.quiet_ms
    return moments, rated


def _no_empty_text(_stream: bytes, said: Sequence[object]) -> None:
    assert Result(b"") not in said, "a result without a key"


PADS = (
    Eater(
        "frames to a PJ06",
        (FrameDecoder, Pj06Decoder),
        _frames,
        lambda rng: encode(rng.choice(_FRAMES)),
        _valid_frames,
        LENGTH_MAX + 4,
    ),
    Eater(
        "strings to a byte pad",
        (SaidDecoder,),
        _strings,
        lambda rng: rng.choice(list(_STRINGS.values())),
        _valid_strings,
        max(map(len, _STRINGS.values())),
    ),
    Eater(
        "texts on a stream",
        (TextDecoder, meaning_of),
        lambda: _texts("\r\n"),
        lambda rng: rng.choice(list(_TEXTS)) + b"\r\n",
        lambda rng: _valid_texts(rng, b"\r\n", 20),
        TEXT_MAX + 2,
        _no_empty_text,
    ),
    Eater(
        "texts in datagrams",
        (TextDecoder, meaning_of),
        lambda: _texts(""),
        lambda rng: rng.choice(list(_TEXTS)),
        lambda rng: _valid_texts(rng, b"", 1),
        0,
        _no_empty_text,
        is_cut=False,
    ),
    Eater(
        "keys of a pad",
        (BurstDecoder, WindowKeeper),
        _windows,
        lambda rng: rng.choice(_PJ06.keys).sends,
        _valid_keys,
        BURST_MAX + 400,
        pauses_ms=(0, 1, _PJ06.quiet_ms, 250, 4_000),
    ),
)
