import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.keys import FileSigner
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.columns import SEGMENT_RECORDS_MAX
from sync.protocol.frame import FrameReader
from sync.protocol.segment import SEGMENT_BYTES_MAX, SEGMENT_BYTES_MOST, Segment, decode_segment
from sync.protocol.uploader import (
    AcknowledgementOfAnotherChain,
    AskHead,
    Backoff,
    ChainForked,
    CountyIsAhead,
    Send,
    Uploader,
    stream,
)
from sync.record import Link, Record
from tests.sync.village import chain_of


class Queue:
    """A journal in memory, as the uploader sees one."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.chain = records[0].header.chain
        self.head = records[-1].link

    def read(self, after: int, limit: int) -> Sequence[Record]:
        return self.records[after : after + limit]

    def link(self, seq: int) -> Link:
        return self.records[seq - 1].link if seq else Link.start(self.chain)

    def hash_at(self, seq: int) -> bytes | None:
        return self.records[seq - 1].hash if seq <= len(self.records) else None

    def acknowledged(self, seq: int) -> Acknowledgement:
        return Acknowledgement(self.link(seq), 1_000)


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Queue:
    return Queue(chain_of(FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem"), 300))


def completed(reader: FrameReader, piece: bytes) -> list[Segment]:
    """The segments whose last byte `piece` brings."""
    return [decode_segment(content) for content in reader.feed(piece)]


def sent_seqs(send: Send, queue: Queue, **limits: int) -> list[int]:
    reader = FrameReader(SEGMENT_BYTES_MOST)
    frames = stream(send, queue.head, queue.read, lambda: True, **limits)
    segments = [segment for frame in frames for segment in completed(reader, frame)]
    return [seq for segment in segments for seq in range(segment.after.seq + 1, segment.last_seq + 1)]


def test_a_terminal_that_never_heard_from_the_county_asks_first(queue: Queue) -> None:
    uploader = Uploader(queue.chain, None)
    assert uploader.next(Link.start(queue.chain)) is None
    assert uploader.next(queue.head) == AskHead()
    assert uploader.acknowledged(queue.acknowledged(0), queue.hash_at)
    assert uploader.next(queue.head) == Send(0, SEGMENT_RECORDS_MAX, SEGMENT_BYTES_MAX)


def test_what_is_not_acknowledged_is_sent_and_nothing_else(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(120))
    send = uploader.next(queue.head)
    assert isinstance(send, Send)
    assert sent_seqs(send, queue) == list(range(121, 301))
    uploader.sent()
    assert uploader.acknowledged(queue.acknowledged(300), queue.hash_at)
    assert uploader.next(queue.head) is None


def test_a_gap_is_filled_from_where_the_county_says(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(120))
    # The county was put back from a backup: it holds less than it had acknowledged.
    assert not uploader.acknowledged(queue.acknowledged(80), queue.hash_at)
    send = uploader.next(queue.head)
    assert isinstance(send, Send)
    assert send.after == 80


def test_after_a_break_the_county_is_asked_what_it_holds(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(0))
    uploader.broke()
    assert uploader.next(queue.head) == AskHead()
    assert uploader.acknowledged(queue.acknowledged(60), queue.hash_at)
    send = uploader.next(queue.head)
    assert isinstance(send, Send)
    assert send.after == 60


def test_segments_shrink_with_every_break_down_to_one_record_and_grow_again(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(0))
    sizes = []
    for _ in range(8):
        uploader.broke()
        uploader.acknowledged(queue.acknowledged(0), queue.hash_at)
        send = uploader.next(queue.head)
        assert isinstance(send, Send)
        sizes.append((send.records_max, send.bytes_max))
    assert sizes[:5] == [(25, 2048), (12, 1024), (6, 512), (3, 256), (1, 256)]
    assert sizes[-1] == (1, 256)
    for _ in range(5):
        uploader.sent()
    assert uploader.next(queue.head) == Send(0, SEGMENT_RECORDS_MAX, SEGMENT_BYTES_MAX)


def test_a_line_that_carries_several_segments_before_it_breaks_keeps_their_size(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(0))
    uploader.broke()
    uploader.acknowledged(queue.acknowledged(149), queue.hash_at)
    assert uploader.next(queue.head) == Send(149, 25, 2048)
    for stored in (224, 299):
        uploader.broke()
        uploader.acknowledged(queue.acknowledged(stored), queue.hash_at)
        assert uploader.next(queue.head) == Send(stored, 25, 2048)


def test_a_gateway_that_could_not_answer_does_not_make_segments_smaller(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(0))
    uploader.lost()
    uploader.acknowledged(queue.acknowledged(0), queue.hash_at)
    assert uploader.next(queue.head) == Send(0, SEGMENT_RECORDS_MAX, SEGMENT_BYTES_MAX)


@given(carried=some.lists(some.integers(0, 6_000), min_size=1, max_size=400))
def test_any_line_that_carries_a_record_now_and_then_gets_everything_across(queue: Queue, carried: list[int]) -> None:
    uploader, stored = Uploader(queue.chain, None), 0
    for carried_bytes in [*carried, *[6_000] * 80]:
        step = uploader.next(queue.head)
        if step is None:
            break
        if isinstance(step, Send):
            reader, left = FrameReader(SEGMENT_BYTES_MOST), carried_bytes
            for frame in stream(step, queue.head, queue.read, lambda: True, 4_000):
                for segment in completed(reader, frame[:left]):
                    assert segment.after.seq == stored
                    stored = segment.last_seq
                left -= len(frame)
                if left < 0:
                    uploader.broke()
                    break
            else:
                uploader.sent()
                uploader.acknowledged(queue.acknowledged(stored), queue.hash_at)
        else:
            uploader.acknowledged(queue.acknowledged(stored), queue.hash_at)
    assert stored == 300


def test_a_fork_a_lost_journal_and_a_strangers_acknowledgement_are_told_apart(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(10))
    with pytest.raises(ChainForked):
        uploader.acknowledged(Acknowledgement(Link(queue.chain, 20, bytes(32)), 0), queue.hash_at)
    with pytest.raises(ChainForked):
        uploader.acknowledged(Acknowledgement(Link(queue.chain, 0, b"\x01" * 32), 0), queue.hash_at)
    with pytest.raises(CountyIsAhead):
        uploader.acknowledged(Acknowledgement(Link(queue.chain, 301, bytes(32)), 0), queue.hash_at)
    with pytest.raises(AcknowledgementOfAnotherChain):
        uploader.acknowledged(Acknowledgement(Link(b"another!", 1, bytes(32)), 0), queue.hash_at)
    send = uploader.next(queue.head)
    assert isinstance(send, Send)
    assert send.after == 10


def test_a_journal_that_is_not_the_one_that_was_acknowledged_is_noticed_before_anything_is_sent(queue: Queue) -> None:
    uploader = Uploader(queue.chain, queue.acknowledged(20))
    with pytest.raises(CountyIsAhead):
        uploader.next(queue.link(19))
    with pytest.raises(ChainForked):
        uploader.next(Link(queue.chain, 20, bytes(32)))
    assert uploader.next(queue.link(20)) is None


def test_an_upload_ends_after_its_bytes_and_after_its_time_with_one_segment_at_least(queue: Queue) -> None:
    send = Send(0, 10, SEGMENT_BYTES_MAX)
    assert sent_seqs(send, queue, bytes_most=1) == list(range(1, 11))
    assert len(list(stream(send, queue.head, queue.read, lambda: False))) == 1


def test_what_is_written_during_an_upload_waits_for_the_next(queue: Queue) -> None:
    assert sent_seqs(Send(0, 50, 4096), queue)[-1] == 300
    earlier = stream(Send(0, 50, 4096), queue.link(7), queue.read, lambda: True)
    reader = FrameReader(SEGMENT_BYTES_MOST)
    assert [segment.last_seq for frame in earlier for segment in completed(reader, frame)] == [7]


def test_pauses_grow_up_to_a_bound_differ_and_begin_anew(rng: random.Random) -> None:
    backoff = Backoff(rng, first_s=1.0, most_s=60.0)
    pauses_s = [backoff.failed() for _ in range(50)]
    for number, pause_s in enumerate(pauses_s):
        step_s = min(60.0, 1.25**number)
        assert step_s / 2 <= pause_s <= step_s
    assert len(set(pauses_s)) == 50
    backoff.succeeded()
    assert backoff.failed() <= 1.0


@pytest.mark.parametrize("away_s", [5.0, 60.0, 120.0])
def test_a_line_that_was_away_is_found_again_soon(rng: random.Random, away_s: float) -> None:
    late_s = []
    for _ in range(200):
        backoff, tried_s = Backoff(rng, first_s=1.0, most_s=60.0), 0.0
        while tried_s < away_s:
            tried_s += backoff.failed()
        late_s.append(tried_s - away_s)
    assert max(late_s) <= 1.25 + away_s / 2
    assert sum(late_s) / len(late_s) <= 1 + away_s / 6
