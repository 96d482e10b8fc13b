"""SAM_V frames: the published bytes, any cutting into reads, garbage, and no photograph behind the decoder."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.id_reader.frames import (
    ANSWER_LENGTH_MAX,
    HEAD,
    Answer,
    BaseText,
    Command,
    Reply,
    ReplyDecoder,
    Status,
    encode,
    frame,
)
from devices.sim.cards import CARDS, FINGERPRINT, PHOTO, SimulatedCard

HELD_MAX = len(HEAD) + 2 + ANSWER_LENGTH_MAX


def base(card: SimulatedCard, fingerprint: bytes | None = None) -> bytes:
    """Return the answer that carries a card, as published: with a fingerprint it has one length more."""
    lengths = b"\x01\x00\x04\x00" + (b"" if fingerprint is None else len(fingerprint).to_bytes(2, "big"))
    return frame(b"\0\0\x90" + lengths + card.text + card.photo + (fingerprint or b""))


ANSWERS = st.builds(
    lambda status, data: (Answer(status, data), frame(bytes((0, 0, status)) + data)),
    st.integers(0, 255),
    st.binary(max_size=70),
)
BASES = st.builds(
    lambda name, finger: (BaseText(CARDS[name].text), base(CARDS[name], finger)),
    st.sampled_from(sorted(CARDS)),
    st.sampled_from((None, b"", FINGERPRINT[:512], FINGERPRINT)),
)
REPLIES: st.SearchStrategy[tuple[Reply, bytes]] = st.one_of(ANSWERS, BASES)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (Command.STATUS, "AA AA AA 96 69 00 03 11 FF ED"),
        (Command.SAM_NUMBER, "AA AA AA 96 69 00 03 12 FF EE"),
        (Command.FIND, "AA AA AA 96 69 00 03 20 01 22"),
        (Command.SELECT, "AA AA AA 96 69 00 03 20 02 21"),
        (Command.READ, "AA AA AA 96 69 00 03 30 01 32"),
        (Command.NEWEST_ADDRESS, "AA AA AA 96 69 00 03 30 03 30"),
    ],
)
def test_the_commands_are_as_published(command: Command, text: str) -> None:
    assert encode(command) == bytes.fromhex(text)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97", Answer(Status.FOUND, bytes(4))),
        ("AA AA AA 96 69 00 04 00 00 80 84", Answer(Status.NOT_FOUND)),
        ("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C", Answer(Status.OK, bytes(8))),
    ],
)
def test_the_answers_are_read_as_published(text: str, reply: Reply) -> None:
    assert ReplyDecoder().feed(bytes.fromhex(text)) == [reply]


@pytest.mark.parametrize(
    ("fingerprint", "total"), [(None, 1295), (b"", 1297), (FINGERPRINT[:512], 1809), (FINGERPRINT, 2321)]
)
def test_of_a_card_only_its_text_comes_through_whatever_the_published_length(
    fingerprint: bytes | None, total: int
) -> None:
    card = CARDS["citizen"]
    answer = base(card, fingerprint)
    assert len(answer) == total
    assert answer[7:14] == bytes.fromhex("00 00 90 01 00 04 00")
    decoder = ReplyDecoder()
    (reply,) = decoder.feed(answer)
    assert reply == BaseText(card.text)
    assert decoder.held_bytes == 0
    assert not isinstance(reply, Answer)
    assert PHOTO[:40] not in reply.text


def test_no_value_shows_what_a_card_says_when_it_is_printed() -> None:
    (text,) = ReplyDecoder().feed(base(CARDS["citizen"]))
    address = Answer(Status.OK, "青山县青山镇".encode("utf-16-le"))
    assert str(text) == "BaseText(256 bytes)"
    assert f"{address}" == "Answer(status=0x90, 12 bytes)"


def test_lengths_that_do_not_add_up_carry_nothing() -> None:
    assert ReplyDecoder().feed(frame(b"\0\0\x90" + b"\x01\x00\x04\x00" + bytes(1281))) == [BaseText(b"")]
    assert ReplyDecoder().feed(frame(b"\0\0\x90" + b"\x00\xff\x04\x01" + bytes(1280))) == [BaseText(b"")]
    assert ReplyDecoder().feed(frame(b"\0\0\x41" + bytes(100))) == [Answer(Status.READ_FAILED)]


@given(st.lists(REPLIES, max_size=5), st.data())
def test_answers_cut_into_any_reads_arrive_whole(sent: list[tuple[Reply, bytes]], data: st.DataObject) -> None:
    stream = b"".join(raw for _, raw in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    decoder = ReplyDecoder()
    arrived = [reply for start, end in pairwise([0, *cuts, len(stream)]) for reply in decoder.feed(stream[start:end])]
    assert arrived == [reply for reply, _ in sent]
    assert (decoder.garbage_bytes, decoder.held_bytes) == (0, 0)


@given(st.binary(max_size=60), st.lists(REPLIES, max_size=3), st.binary(max_size=60), st.data())
def test_however_any_bytes_are_cut_the_answers_are_the_same(
    before: bytes, sent: list[tuple[Reply, bytes]], after: bytes, data: st.DataObject
) -> None:
    stream = before + after.join(raw for _, raw in sent) + after
    whole, cut = ReplyDecoder(), ReplyDecoder()
    expected = whole.feed(stream)
    found: list[Reply] = []
    for start, end in pairwise([0, *sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8))), len(stream)]):
        found += cut.feed(stream[start:end])
    assert found == expected
    assert (cut.garbage_bytes, cut.held_bytes) == (whole.garbage_bytes, whole.held_bytes)


@given(st.binary(max_size=80).filter(lambda data: 0xAA not in data), REPLIES)
def test_an_answer_after_garbage_is_found(garbage: bytes, sent: tuple[Reply, bytes]) -> None:
    decoder = ReplyDecoder()
    assert decoder.feed(garbage + sent[1]) == [sent[0]]
    assert decoder.garbage_bytes == len(garbage)


@given(REPLIES, st.data())
def test_one_flipped_bit_is_always_noticed(sent: tuple[Reply, bytes], data: st.DataObject) -> None:
    raw = bytearray(sent[1])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert sent[0] not in ReplyDecoder().feed(bytes(raw))


def test_half_an_answer_does_not_swallow_the_next() -> None:
    whole = base(CARDS["citizen"])
    decoder = ReplyDecoder()
    # What follows the torn one is first taken for its rest; when that fails it is looked at anew.
    assert decoder.feed(whole[:700] + whole)[-1:] == [BaseText(CARDS["citizen"].text)]
    assert decoder.garbage_bytes == 700


def test_after_as_much_noise_as_is_ever_held_an_answer_is_found() -> None:
    decoder = ReplyDecoder()
    decoder.feed(HEAD + ANSWER_LENGTH_MAX.to_bytes(2, "big") + bytes(HELD_MAX))
    assert decoder.feed(base(CARDS["citizen"])) == [BaseText(CARDS["citizen"].text)]
