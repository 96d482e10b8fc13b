"""PJ06 frames: the examples, any cutting into reads, garbage."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rating_pad.bursts import BURST_MAX, Burst, BurstDecoder
from devices.rating_pad.frames import (
    LENGTH_MAX,
    Ask,
    Frame,
    FrameDecoder,
    SetLevels,
    SetTimeout,
    UnknownFrame,
    Welcome,
    encode,
)

FRAMES: st.SearchStrategy[Frame] = st.one_of(
    st.just(Welcome()),
    st.just(Ask()),
    st.builds(SetTimeout, st.integers(0, 255)),
    st.builds(SetLevels, st.integers(0, 255)),
    st.builds(UnknownFrame, st.binary(min_size=1, max_size=LENGTH_MAX).filter(lambda data: data[0] > 0x20)),
)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Welcome(), "55 AA 02 1F 00 1A"),
        (Ask(), "55 AA 02 20 00 1A"),
        (SetTimeout(60), "55 AA 03 13 3C 00 1A"),
        (SetLevels(5), "55 AA 02 15 05 1A"),
    ],
)
def test_the_four_frames_are_as_published(frame: Frame, text: str) -> None:
    assert encode(frame) == bytes.fromhex(text)
    assert FrameDecoder().feed(bytes.fromhex(text)) == [frame]


@pytest.mark.parametrize("frame", [SetTimeout(256), SetTimeout(-1), SetLevels(300)])
def test_a_number_that_does_not_fit_its_byte_is_refused(frame: Frame) -> None:
    with pytest.raises(ValueError, match="256"):
        encode(frame)


@given(st.lists(FRAMES, max_size=8), st.data())
def test_frames_cut_into_any_reads_arrive_whole(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(encode(frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = FrameDecoder()
    arrived = [frame for start, end in pairwise([0, *cuts, len(stream)]) for frame in decoder.feed(stream[start:end])]
    assert arrived == frames
    assert decoder.garbage_bytes == 0


@given(st.binary(max_size=40).filter(lambda data: 0x55 not in data), FRAMES)
def test_a_frame_after_garbage_is_found(garbage: bytes, frame: Frame) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(garbage + encode(frame)) == [frame]
    assert decoder.garbage_bytes == len(garbage)


def test_a_broken_frame_does_not_swallow_the_next() -> None:
    decoder = FrameDecoder()
    broken = bytes.fromhex("55 AA 02 20 00 FF")
    assert decoder.feed(broken + encode(Ask())) == [Ask()]
    assert decoder.feed(bytes.fromhex("55 AA FF") + encode(Welcome())) == [Welcome()]


@given(st.binary(max_size=300))
def test_no_bytes_at_all_upset_the_decoder(data: bytes) -> None:
    decoder = FrameDecoder()
    decoder.feed(data)
    decoder.feed(bytes(20))
    assert decoder.feed(encode(Ask()))[-1:] == [Ask()]


def test_bytes_with_silence_between_them_are_bursts_of_their_own() -> None:
    decoder = BurstDecoder(quiet_ms=40)
    assert decoder.feed(b"\x01", 1000) == []
    assert decoder.due_at_ms() == 1040
    assert decoder.feed(b"", 1040) == [Burst(b"\x01", 1000)]
    assert decoder.feed(b"\x02", 1040) == []
    assert decoder.due(1079) == []
    assert decoder.due(1080) == [Burst(b"\x02", 1040)]
    assert decoder.due_at_ms() is None


@given(st.lists(st.tuples(st.integers(0, 100), st.binary(min_size=1, max_size=6)), max_size=10), st.data())
def test_however_a_read_is_cut_the_bursts_are_the_same(reads: list[tuple[int, bytes]], data: st.DataObject) -> None:
    whole, cut = BurstDecoder(40), BurstDecoder(40)
    expected: list[Burst] = []
    found: list[Burst] = []
    now_ms = 0
    for pause_ms, read in reads:
        now_ms += pause_ms
        expected += whole.due(now_ms) + whole.feed(read, now_ms)
        found += cut.due(now_ms)
        middle = data.draw(st.integers(0, len(read)))
        found += cut.feed(read[:middle], now_ms) + cut.feed(read[middle:], now_ms)
    assert found + cut.due(now_ms + 40) == expected + whole.due(now_ms + 40)


@pytest.mark.parametrize(("first", "late"), [(b"\xff\xfe", b"\x05"), (b"\x01", b"\x05"), (b"\x1b", b"\x34")])
def test_what_a_busy_program_reads_late_is_no_key_since_nobody_knows_when_it_came(first: bytes, late: bytes) -> None:
    decoder = BurstDecoder(quiet_ms=40)
    assert decoder.feed(first, 1000) == []
    assert decoder.feed(late, 1300) == []
    assert decoder.feed(b"", 1340) == [Burst(first + late, 1000, torn=True)]
    assert decoder.feed(b"\x05", 2000) + decoder.feed(b"", 2040) == [Burst(b"\x05", 2000)]


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=20))
def test_a_line_that_never_falls_silent_is_told_in_pieces_and_nothing_grows(reads: list[bytes]) -> None:
    decoder = BurstDecoder(quiet_ms=40)
    told = [burst for now_ms, read in enumerate(reads) for burst in decoder.feed(read, now_ms)]
    told += decoder.due(len(reads) + 40)
    assert b"".join(burst.data for burst in told) == b"".join(reads)
    assert all(len(burst.data) <= BURST_MAX for burst in told)
    assert [burst.torn for burst in told] == [count > 0 for count in range(len(told))]
