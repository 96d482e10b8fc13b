from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from sync import cbor
from sync.keys import FileSigner
from sync.protocol.frame import FrameCut, FrameRefused, encode_frame
from sync.protocol.segment import (
    SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MOST,
    SEGMENT_RECORDS_MAX,
    Segment,
    SegmentMalformed,
    SegmentNotSigned,
    SegmentOfAnotherKey,
    SegmentReader,
    SegmentRefused,
    SegmentTooLarge,
    cut,
    decode_segment,
)
from sync.record import ChainBroken, Record, restore
from tests.sync.village import INVITED, TAKEN_IN, chain_of


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


@pytest.fixture(scope="module")
def records(signer: FileSigner) -> list[Record]:
    return chain_of(signer, 130)


@pytest.fixture(scope="module")
def stream(records: list[Record]) -> bytes:
    return b"".join(encode_frame(segment.encode()) for segment in cut(records))


def opened(segments: list[Segment], signer: FileSigner) -> list[Record]:
    return [record for segment in segments for record in segment.open(signer.public_key)]


def test_records_come_out_as_they_went_in(records: list[Record], signer: FileSigner, stream: bytes) -> None:
    back = opened(SegmentReader().feed(stream), signer)
    assert [(each.header_bytes, each.body, each.hash) for each in back] == [
        (each.header_bytes, each.body, each.hash) for each in records
    ]


def test_segments_keep_their_limits_and_end_with_a_signature(records: list[Record]) -> None:
    segments = list(cut(records))
    assert sum(len(each.entries) for each in segments) == len(records)
    for segment in segments:
        assert len(segment.encode()) <= SEGMENT_BYTES_MAX
        assert len(segment.entries) <= SEGMENT_RECORDS_MAX
        assert segment.signature == records[segment.last_seq - 1].signature


def test_many_small_records_are_cut_by_their_number(signer: FileSigner) -> None:
    small = chain_of(signer, 45, replace(INVITED, visit=1))
    assert [len(each.entries) for each in cut(small, records_max=20, bytes_max=1 << 20)] == [20, 20, 5]


def test_what_is_not_sent_is_recomputed(records: list[Record]) -> None:
    fields, body = next(iter(cut(records))).entries[0]
    assert not {3, 4, 5, 14} & fields.keys()
    assert body == records[0].body


@given(pieces=some.lists(some.integers(1, 9_000), max_size=20))
def test_a_stream_in_any_pieces_gives_the_same_segments(stream: bytes, pieces: list[int]) -> None:
    reader, segments, place = SegmentReader(), [], 0
    for size in [*pieces, len(stream)]:
        segments += reader.feed(stream[place : place + size])
        place += size
    reader.finish()
    assert segments == SegmentReader().feed(stream)


def test_a_stream_byte_by_byte_gives_the_same_segments(stream: bytes) -> None:
    reader = SegmentReader()
    segments = [each for place in range(len(stream)) for each in reader.feed(stream[place : place + 1])]
    reader.finish()
    assert segments == SegmentReader().feed(stream)


def test_a_stream_that_ends_in_the_middle_gives_what_was_whole(stream: bytes, signer: FileSigner) -> None:
    reader = SegmentReader()
    segments = reader.feed(stream[:-10])
    with pytest.raises(FrameCut):
        reader.finish()
    assert len(segments) == len(SegmentReader().feed(stream)) - 1
    assert opened(segments, signer)


@given(place=some.integers(0, SEGMENT_BYTES_MAX), flip=some.integers(1, 255))
def test_a_segment_with_any_byte_changed_is_refused(
    records: list[Record], signer: FileSigner, place: int, flip: int
) -> None:
    content = bytearray(next(iter(cut(records))).encode())
    content[place % len(content)] ^= flip
    with pytest.raises(SegmentRefused):
        decode_segment(bytes(content)).open(signer.public_key)


@given(some.binary(max_size=400))
def test_bytes_that_are_no_segment_are_refused(content: bytes) -> None:
    with pytest.raises(SegmentRefused):
        decode_segment(content)


def test_a_segment_whose_records_changed_places_is_refused(records: list[Record], signer: FileSigner) -> None:
    segment = next(iter(cut(records)))
    told, first, second, *rest = segment.entries
    with pytest.raises(SegmentNotSigned, match="records 1 to"):
        replace(segment, entries=(told, second, first, *rest)).open(signer.public_key)
    with pytest.raises(SegmentMalformed, match="told later"):
        replace(segment, entries=(first, told, second, *rest)).open(signer.public_key)


def test_a_segment_with_a_record_left_out_is_refused(records: list[Record], signer: FileSigner) -> None:
    segment = next(iter(cut(records)))
    told, _first, *rest = segment.entries
    with pytest.raises(SegmentNotSigned):
        replace(segment, entries=(told, *rest)).open(signer.public_key)


def test_a_segment_is_opened_by_its_chains_key_only(records: list[Record], tmp_path: Path) -> None:
    other = FileSigner.create(tmp_path / "other.pem")
    with pytest.raises(SegmentOfAnotherKey):
        next(iter(cut(records))).open(other.public_key)


def test_only_consecutive_records_make_a_segment(records: list[Record]) -> None:
    with pytest.raises(ChainBroken):
        Segment.of([records[0], records[2]])
    with pytest.raises(ValueError, match="signature"):
        Segment.of([records[0], replace(records[1], signature=None)])


def test_records_handed_on_are_cut_where_they_have_signatures(records: list[Record], signer: FileSigner) -> None:
    # As a gateway holds them: one signature a segment, the others recomputed.
    held = [record for segment in cut(records) for record in segment.open(signer.public_key)]
    signed = [each.header.seq for each in held if each.signature]
    assert len(signed) < len(held)
    for after in (0, 3, signed[0], signed[0] + 1):
        segments = list(cut(held[after:]))
        assert {each.last_seq for each in segments} <= set(signed)
        assert [each.header.seq for each in opened(segments, signer)] == list(range(after + 1, len(held) + 1))


def test_records_that_wait_for_a_signature_are_left_out(records: list[Record]) -> None:
    unsigned = [replace(each, signature=None) for each in records[3:6]]
    assert [each.last_seq for each in cut([*records[:3], *unsigned])] == [3]
    assert list(cut(unsigned)) == []


def test_a_large_record_travels_alone_and_larger_ones_do_not_travel(signer: FileSigner, seed: int) -> None:
    noise = "".join(chr(0x4E00 + (seed + 7919 * place) % 20_000) for place in range(4_000))
    _told, *records = chain_of(signer, 4, replace(TAKEN_IN, values={"reason": noise}))
    assert all(each.header.body_bytes > SEGMENT_BYTES_MAX for each in records)
    segments = list(cut(records))
    assert [len(each.entries) for each in segments] == [1, 1, 1]
    assert [decode_segment(each.encode()) for each in segments] == segments
    two = Segment.of(records[:2])
    with pytest.raises(SegmentTooLarge):
        two.encode()
    content = cbor.encode((1, two.after.chain, two.after.seq + 1, two.after.hash, two.entries, two.signature))
    with pytest.raises(SegmentTooLarge):
        decode_segment(content)


def test_a_segment_of_too_many_records_is_refused(signer: FileSigner) -> None:
    segment = Segment.of(chain_of(signer, SEGMENT_RECORDS_MAX + 1, INVITED))
    with pytest.raises(SegmentTooLarge):
        segment.encode()
    after = segment.after
    with pytest.raises(SegmentMalformed):
        decode_segment(cbor.encode((1, after.chain, 1, after.hash, segment.entries, segment.signature)))


def test_a_segment_of_no_records_is_refused(records: list[Record]) -> None:
    after = Segment.of(records[:1]).after
    with pytest.raises(SegmentMalformed):
        decode_segment(cbor.encode((1, after.chain, 1, after.hash, (), bytes(64))))


def test_frames_that_are_empty_or_too_long_are_refused() -> None:
    with pytest.raises(FrameRefused):
        SegmentReader().feed(bytes(4))
    with pytest.raises(FrameRefused):
        SegmentReader().feed((SEGMENT_BYTES_MOST + 1).to_bytes(4, "big"))
    with pytest.raises(FrameRefused):
        SegmentReader().feed(b"GET / HTTP/1.1\r\n")


def test_a_record_whose_body_is_withheld_travels_with_its_digest(records: list[Record], signer: FileSigner) -> None:
    withheld = [records[0], restore(records[1].header_bytes, None, records[1].signature), records[2]]
    segment = decode_segment(Segment.of(withheld).encode())
    back = segment.open(signer.public_key)
    assert back[1].body is None
    assert [each.hash for each in back] == [each.hash for each in records[:3]]


def test_a_digest_that_should_be_recomputed_is_refused(records: list[Record]) -> None:
    segment = Segment.of(records[:1])
    fields, body = segment.entries[0]
    for entry in (({**fields, 14: bytes(32)}, body), (fields, None), ({**fields, 4: 1}, body)):
        content = cbor.encode((1, segment.after.chain, 1, segment.after.hash, (entry,), segment.signature))
        with pytest.raises(SegmentMalformed):
            decode_segment(content)
