from pathlib import Path
from random import Random

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from sync import cbor
from sync.compression import Matter, compress
from sync.keys import FileSigner
from sync.model.facts import PackRefused
from sync.protocol.columns import COLUMNS_BYTES_MAX, SEGMENT_RECORDS_MAX, columns
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused, encode_frame
from sync.protocol.segment import (
    SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MOST,
    SEGMENT_VERSION,
    Segment,
    SegmentMalformed,
    SegmentNotSigned,
    SegmentOfAnotherKey,
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


def frames() -> FrameReader:
    """What segments are cut out of a stream with."""
    return FrameReader(SEGMENT_BYTES_MOST)


def opened(segments: list[Segment], signer: FileSigner) -> list[Record]:
    return [record for segment in segments for record in segment.open(signer.public_key)]


def test_records_come_out_as_they_went_in(records: list[Record], signer: FileSigner, stream: bytes) -> None:
    back = opened([decode_segment(content) for content in frames().feed(stream)], signer)
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
    segment = next(iter(cut(records)))
    assert segment.entries[0].body == records[0].body
    content = segment.encode()
    for record in records[1 : len(segment.entries)]:
        assert record.header.previous not in content
        assert record.header.body_digest not in content


def test_what_neighbours_have_in_common_is_sent_once(records: list[Record]) -> None:
    segment = next(iter(cut(records)))
    bodies = sum(each.header.body_bytes for each in records[: len(segment.entries)])
    assert len(segment.encode()) - bodies < 128 + 12 * len(segment.entries)


def sent(segment: Segment, headers: object, bodies: bytes = b"") -> bytes:
    """A segment whose headers say something else. `headers` is packed as it is."""
    packed = compress(Matter.HEADERS, cbor.encode(headers))  # type: ignore[arg-type]  # any plain value
    after = segment.after
    return cbor.encode((SEGMENT_VERSION, after.chain, after.seq + 1, after.hash, packed, bodies, segment.signature))


def a_record(**more: object) -> dict[int, object]:
    """The columns of one record without a body."""
    table: dict[int, object] = {
        key: ((value,), b"\0") for key, value in ((2, 30), (7, b"bootboot"), (11, "A"), (12, 1))
    }
    return table | {6: (1_000,), 8: (900,), 15: (0,)} | {int(key[1:]): value for key, value in more.items()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        1,
        a_record(_2=((), b"")),
        a_record(_2=((30,), b"\0\0")),
        a_record(_2=((30, 31), b"\0")),
        a_record(_2=((30,), b"\1")),
        a_record(_2=((None,), b"\0")),
        a_record(_2=((70_000,), b"\0")),
        a_record(_6=()),
        a_record(_6=(-1,)),
        a_record(_6=(1 << 47,)),
        a_record(_8=(1_001,)),
        a_record(_8=("900",)),
        a_record(_7=((b"short",), b"\0")),
        a_record(_9=((None,), b"\0")),
        a_record(_9=((b"no hash",), b"\0")),
        a_record(_10=((0,), b"\0")),
        a_record(_11=(("A" * 65,), b"\0")),
        a_record(_12=((7,), b"\0")),
        a_record(_13=(("9" * 41,), b"\0")),
        a_record(_14={}),
        a_record(_14={1: bytes(32)}),
        a_record(_14={0: bytes(31)}),
        a_record(_15=(-1,)),
        a_record(_15=(5,)),
        a_record(_15=(0, 0)),
        a_record(_16=((0,), b"\0")),
        a_record(_16=((1,), b"\0")),
        a_record(_17=(({},), b"\0")),
        a_record(_17=((1,), b"\0")),
        a_record(_18=1),
        a_record(_3=((b"another chain",), b"\0")),
    ],
)
def test_columns_that_are_none_are_refused(records: list[Record], signer: FileSigner, headers: object) -> None:
    with pytest.raises(SegmentMalformed):
        decode_segment(sent(Segment.of(records[:1]), headers)).open(signer.public_key)


def written(segment: Segment, headers: dict[int, object]) -> bytes:
    """A segment whose headers are written as they are given, in this order."""
    packed = compress(Matter.HEADERS, cbor2.dumps(headers))
    after = segment.after
    return cbor.encode((SEGMENT_VERSION, after.chain, after.seq + 1, after.hash, packed, b"", segment.signature))


def test_columns_that_are_written_in_another_way_are_refused(records: list[Record]) -> None:
    segment = Segment.of(records[:1])
    usual = dict(sorted(a_record(_17=([{0: 1, 1: 1}], b"\0")).items()))
    decode_segment(written(segment, usual))
    for changed in (
        dict(reversed(usual.items())),
        usual | {17: ([{1: 1, 0: 1}], b"\0")},
        usual | {17: ([{0: 1.0, 1: 1}], b"\0")},
        usual | {7: (["Ym9vdGJvb3Q="], b"\0")},
        usual | {15: (False,)},
        dict(sorted((usual | {9: None}).items())),
    ):
        with pytest.raises(SegmentMalformed):
            decode_segment(written(segment, changed))


def test_columns_as_they_should_be_fail_by_their_signature_only(records: list[Record], signer: FileSigner) -> None:
    with pytest.raises(SegmentNotSigned):
        decode_segment(sent(Segment.of(records[:1]), a_record())).open(signer.public_key)


def test_bytes_behind_the_bodies_are_refused(records: list[Record]) -> None:
    with pytest.raises(SegmentMalformed, match="as long as"):
        decode_segment(sent(Segment.of(records[:1]), a_record(), b"more"))


def test_a_bomb_of_headers_is_refused_before_it_is_opened(records: list[Record]) -> None:
    bomb = compress(Matter.HEADERS, bytes(100 * COLUMNS_BYTES_MAX))
    assert len(bomb) < SEGMENT_BYTES_MOST
    after, signature = Segment.of(records[:1]).after, bytes(64)
    with pytest.raises(SegmentMalformed, match="at most"):
        decode_segment(cbor.encode((SEGMENT_VERSION, after.chain, 1, after.hash, bomb, b"", signature)))


@given(pieces=some.lists(some.integers(1, 9_000), max_size=20))
def test_a_stream_in_any_pieces_gives_the_same_segments(stream: bytes, pieces: list[int]) -> None:
    reader, segments, place = frames(), [], 0
    for size in [*pieces, len(stream)]:
        segments += reader.feed(stream[place : place + size])
        place += size
    reader.finish()
    assert segments == frames().feed(stream)


def test_a_stream_byte_by_byte_gives_the_same_segments(stream: bytes) -> None:
    reader = frames()
    segments = [each for place in range(len(stream)) for each in reader.feed(stream[place : place + 1])]
    reader.finish()
    assert segments == frames().feed(stream)


def test_a_stream_that_ends_in_the_middle_gives_what_was_whole(stream: bytes, signer: FileSigner) -> None:
    reader = frames()
    segments = [decode_segment(content) for content in reader.feed(stream[:-10])]
    with pytest.raises(FrameCut):
        reader.finish()
    assert len(segments) == len(frames().feed(stream)) - 1
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
    with pytest.raises(SegmentTooLarge):
        Segment.of(records).encode()
    with pytest.raises(SegmentTooLarge):
        decode_segment(bytes(SEGMENT_BYTES_MOST + 1))


def test_headers_that_are_longer_than_any_before_are_cut_all_the_same(signer: FileSigner, rng: Random) -> None:
    noisy = chain_of(signer, 1)
    link = noisy[-1].link
    for _ in range(60):
        reason = rng.randbytes(850).hex()
        noisy += chain_of(signer, 1, PackRefused(name="noise", reason=reason), link)
        link = noisy[-1].link
    segments = list(cut(noisy))
    assert [record.hash for record in opened(segments, signer)] == [record.hash for record in noisy]
    assert all(len(each.encode()) <= SEGMENT_BYTES_MAX for each in segments)


def test_a_segment_of_too_many_records_is_refused(signer: FileSigner) -> None:
    segment = Segment.of(chain_of(signer, SEGMENT_RECORDS_MAX + 1, INVITED))
    with pytest.raises(SegmentTooLarge):
        segment.encode()
    with pytest.raises(SegmentMalformed):
        decode_segment(sent(segment, cbor.decode(columns(segment.entries), cbor.Limits(100_000, 100_000))))


def test_frames_that_are_empty_or_too_long_are_refused() -> None:
    with pytest.raises(FrameRefused):
        frames().feed(bytes(4))
    with pytest.raises(FrameRefused):
        frames().feed((SEGMENT_BYTES_MOST + 1).to_bytes(4, "big"))
    with pytest.raises(FrameRefused):
        frames().feed(b"GET / HTTP/1.1\r\n")


def test_a_record_whose_body_is_withheld_travels_with_its_digest(records: list[Record], signer: FileSigner) -> None:
    withheld = [records[0], restore(records[1].header_bytes, None, records[1].signature), records[2]]
    segment = decode_segment(Segment.of(withheld).encode())
    back = segment.open(signer.public_key)
    assert back[1].body is None
    assert [each.hash for each in back] == [each.hash for each in records[:3]]


def test_a_digest_that_should_be_recomputed_is_not_believed(records: list[Record], signer: FileSigner) -> None:
    segment = Segment.of(records[:1])
    (entry,) = segment.entries
    told = replace(segment, entries=(replace(entry, body_digest=bytes(32)),))
    assert decode_segment(told.encode()) == segment
