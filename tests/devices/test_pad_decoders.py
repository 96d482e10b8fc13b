"""The decoders of the pads: any cutting gives the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rating_pad.model import read_pad_model
from devices.rating_pad.text_frames import TEXT_MAX, Answer, NotUnderstood, Result, TextDecoder, meaning_of
from devices.sim.bad_wire import heard_at
from devices.sim.pad_firmware import Said, SaidDecoder

SAMPLE_BYTE, SAMPLE_TEXT = read_pad_model("sample-byte").wire, read_pad_model("sample-text").text
assert SAMPLE_BYTE is not None
assert SAMPLE_TEXT is not None
WIRE, TEXTS = SAMPLE_BYTE, SAMPLE_TEXT


def cut(data: st.DataObject, stream: bytes) -> list[bytes]:
    """Cut a stream anywhere."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    return [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]


@given(st.lists(st.sampled_from(list(Said)), max_size=8), st.data())
def test_what_a_byte_pad_is_told_is_the_same_however_it_is_cut(said: list[Said], data: st.DataObject) -> None:
    stream = b"".join(getattr(WIRE, each.value) for each in said)
    decoder = SaidDecoder(WIRE)
    assert [told for piece in cut(data, stream) for told in decoder.feed(piece)] == said
    assert decoder.garbage_bytes == 0


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda text: b"#" not in text), max_size=8), st.data())
def test_texts_on_a_stream_are_the_same_however_it_is_cut(texts: list[bytes], data: st.DataObject) -> None:
    decoder = TextDecoder("#")
    stream = b"".join(text + b"#" for text in texts)
    assert [text for piece in cut(data, stream) for text in decoder.feed(piece)] == texts


@given(st.integers(TEXT_MAX + 1, 3 * TEXT_MAX), st.data())
def test_a_text_that_never_ends_is_thrown_away_and_the_next_is_whole(size: int, data: st.DataObject) -> None:
    decoder = TextDecoder("\r\n")
    found = [text for piece in cut(data, bytes(size) + b"\r\nS95OK\r\n") for text in decoder.feed(piece)]
    assert found == [b"S95OK"]
    assert decoder.garbage_bytes == size


def test_the_texts_of_the_network_pad_that_a_public_source_has_are_understood() -> None:
    published = read_pad_model("sundyn").text
    assert published is not None
    assert (published.listens, published.heartbeat, published.poll, published.poll_ms) == (7791, "S95E", "SE", 2000)
    for text, meaning in ((b"S95OK", Answer.HEARTBEAT), (b"S04OK", Answer.LOGIN), (b"S05OK", Answer.LOGOUT)):
        assert meaning_of(text, published) is meaning
    assert meaning_of(b"S98OK", published) == NotUnderstood(b"S98OK")
    assert meaning_of(b"3", published) == NotUnderstood(b"3"), "nobody has published what a result looks like"


@pytest.mark.parametrize("text", [b"KEY", b"KEY ", b"key 1", b"", b"KEY1", b"\xff\x00"])
def test_what_is_no_result_is_not_understood(text: bytes) -> None:
    assert meaning_of(text, TEXTS) == NotUnderstood(text)
    assert meaning_of(b"KEY 1", TEXTS) == Result(b"1")


def test_a_key_at_the_wrong_speed_is_another_byte_or_several() -> None:
    """By hand: of 0x02 at twice the speed bits 3, 5, 7, the stop and silence are seen as data: 0 0 0 1 1 1 1 1."""
    assert heard_at(b"\x02", 19200, 9600) == b"\xf8"
    assert heard_at(b"\x02\x55", 9600, 9600) == b"\x02\x55"
    for key in range(1, 6):
        for sent, heard in ((4800, 9600), (19200, 9600), (9600, 115200), (115200, 9600)):
            found = heard_at(bytes((key,)), sent, heard)
            assert len(found) != 1 or found[0] not in range(1, 6)
