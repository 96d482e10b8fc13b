"""The contract of where the gateway keeps attachments: on a file and on PostgreSQL alike."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.attachments.sealed import Sealed
from sync.gateway.store import StoreUnavailable
from sync.gateway.store.attachments import (
    AttachmentStore,
    NoSuchUpload,
    NotThere,
    OffsetDiffers,
    QuotaUsedUp,
    UploadTooLong,
)
from sync.protocol.arrivals import Arrival, decode_arrivals, encode_arrivals
from tests.gateway.store_ground import Ground, attachments_base, open_attachments
from tests.gateway.uploads import sealed

CHAIN, OTHER_CHAIN = b"chain--1", b"chain--2"
QUOTA = 1 << 30


@pytest.fixture
def attachments(ground: Ground) -> Iterator[AttachmentStore]:
    made = open_attachments(ground.where)
    yield made
    made.close()


def upload(store: AttachmentStore, attachment: Sealed, chain: bytes = CHAIN, step: int = 1 << 20) -> None:
    """Bring an attachment in whole, by steps."""
    content = attachment.content
    store.begin(chain, attachment.digest, len(content), 0, QUOTA)
    for at in range(0, len(content), step):
        store.extend(chain, attachment.digest, at, content[at : at + step])
    assert store.settle(chain, attachment.digest).arrived


def test_what_was_received_is_there_after_reopening_and_goes_on_from_there(
    ground: Ground, attachments: AttachmentStore
) -> None:
    one = sealed(1000)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    attachments.extend(CHAIN, one.digest, 0, one.content[:600])
    attachments.close()
    again = open_attachments(ground.where)
    assert again.upload(CHAIN, one.digest).offset == 600
    again.extend(CHAIN, one.digest, 600, one.content[600:])
    assert again.settle(CHAIN, one.digest).arrived
    assert again.content(one.digest, 0, 5000) == one.content
    again.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30), cuts=st.lists(st.integers(1, 699), max_size=8))
def test_any_pieces_that_follow_one_another_make_the_whole_and_any_range_of_it(
    attachments: AttachmentStore, seed: int, cuts: list[int]
) -> None:
    one = sealed(684, seed)
    attachments.begin(CHAIN, one.digest, 700, 0, QUOTA)
    if attachments.upload(CHAIN, one.digest).arrived:
        return
    places = sorted({0, *cuts, 700})
    for start, stop in pairwise(places):
        attachments.extend(CHAIN, one.digest, start, one.content[start:stop])
    assert attachments.settle(CHAIN, one.digest).arrived
    rng = random.Random(seed)
    for _ in range(5):
        start, stop = sorted((rng.randrange(701), rng.randrange(701)))
        assert attachments.content(one.digest, start, stop) == one.content[start:stop]


def test_an_offset_that_is_a_lie_changes_nothing_and_is_told_the_truth(attachments: AttachmentStore) -> None:
    one = sealed(1000)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    attachments.extend(CHAIN, one.digest, 0, one.content[:400])
    for lie in (0, 399, 401, 1 << 40):
        with pytest.raises(OffsetDiffers) as told:
            attachments.extend(CHAIN, one.digest, lie, b"x")
        assert told.value.upload.offset == 400
    with pytest.raises(UploadTooLong):
        attachments.extend(CHAIN, one.digest, 400, bytes(len(one.content)))
    with pytest.raises(NoSuchUpload):
        attachments.extend(OTHER_CHAIN, one.digest, 0, b"x")
    assert attachments.upload(CHAIN, one.digest).offset == 400


def test_the_bytes_of_something_else_are_thrown_away_and_it_begins_anew(attachments: AttachmentStore) -> None:
    one, other = sealed(1000), sealed(1000, 1)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    attachments.extend(CHAIN, one.digest, 0, other.content)
    settled = attachments.settle(CHAIN, one.digest)
    assert (settled.offset, settled.arrived) == (0, False)
    with pytest.raises(NotThere):
        attachments.size(one.digest)
    upload(attachments, one)
    assert attachments.content(one.digest, 0, 5000) == one.content


def test_an_attachment_that_lacks_a_byte_has_not_arrived(attachments: AttachmentStore) -> None:
    one = sealed(1000)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    attachments.extend(CHAIN, one.digest, 0, one.content[:-1])
    assert not attachments.settle(CHAIN, one.digest).arrived
    assert attachments.arrivals_after(0, 10) == []
    assert attachments.upload(CHAIN, one.digest).offset == len(one.content) - 1


def test_two_who_upload_one_attachment_at_once_make_one_of_it(attachments: AttachmentStore) -> None:
    one = sealed(20_000)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    told: list[str] = []

    def go() -> None:
        while (at := attachments.upload(CHAIN, one.digest).offset) < len(one.content):
            try:
                attachments.extend(CHAIN, one.digest, at, one.content[at : at + 500])
            except OffsetDiffers:
                told.append("another was first")
        attachments.settle(CHAIN, one.digest)

    together([go, go, go])
    assert attachments.content(one.digest, 0, 1 << 20) == one.content
    assert len(attachments.arrivals_after(0, 10)) == 1


def test_a_chain_that_names_anothers_digest_spoils_nothing_for_it(attachments: AttachmentStore) -> None:
    one, other = sealed(1000), sealed(1000, 1)
    attachments.begin(OTHER_CHAIN, one.digest, len(one.content), 0, QUOTA)
    attachments.extend(OTHER_CHAIN, one.digest, 0, other.content)
    upload(attachments, one)
    assert not attachments.settle(OTHER_CHAIN, one.digest).arrived
    assert attachments.content(one.digest, 0, 5000) == one.content


def test_arrivals_are_told_in_their_order_and_each_once(attachments: AttachmentStore) -> None:
    made = [sealed(100 + number, number) for number in range(5)]
    for attachment in made:
        upload(attachments, attachment, step=64)
    expected = [Arrival(at, each.digest, len(each.content)) for at, each in enumerate(made, 1)]
    assert attachments.arrivals_after(0, 10) == expected
    assert attachments.arrivals_after(2, 2) == expected[2:4]
    assert attachments.arrivals_after(5, 10) == []
    assert decode_arrivals(encode_arrivals(expected), 0) == tuple(expected)
    attachments.settle(CHAIN, made[0].digest)
    assert attachments.arrivals_after(0, 10) == expected


def test_those_that_arrive_at_once_get_numbers_in_the_order_in_which_they_can_be_read(
    ground: Ground, attachments: AttachmentStore
) -> None:
    made = [sealed(300, number) for number in range(24)]
    seen: list[int] = []
    done = threading.Event()

    def bring(mine: list[Sealed]) -> None:
        store = open_attachments(ground.where)
        for each in mine:
            upload(store, each, step=100)
        store.close()

    def read() -> None:
        while not done.is_set() or len(seen) < len(made):
            seen.extend(each.place for each in attachments.arrivals_after(seen[-1] if seen else 0, 100))

    reader = threading.Thread(target=read)
    reader.start()
    together([lambda part=part: bring(made[part::3]) for part in range(3)])  # type: ignore[misc]  # bound at once
    done.set()
    reader.join(30)
    assert seen == list(range(1, len(made) + 1))


def test_the_quota_is_a_chains_own_and_what_was_released_counts_no_more(attachments: AttachmentStore) -> None:
    first, second = sealed(600), sealed(600, 1)
    upload(attachments, first)
    with pytest.raises(QuotaUsedUp):
        attachments.begin(CHAIN, second.digest, len(second.content), 0, 1_000)
    with pytest.raises(NoSuchUpload):
        attachments.upload(CHAIN, second.digest)
    attachments.begin(OTHER_CHAIN, second.digest, len(second.content), 0, 1_000)
    # One that is here already is no more, whatever the quota.
    assert attachments.begin(CHAIN, first.digest, len(first.content), 0, 10).arrived
    assert attachments.release(first.digest)
    attachments.begin(CHAIN, second.digest, len(second.content), 0, 1_000)


def test_what_was_released_is_gone_and_is_not_asked_for_again(attachments: AttachmentStore) -> None:
    one = sealed(1000)
    assert not attachments.release(one.digest)
    upload(attachments, one)
    assert attachments.release(one.digest)
    assert attachments.release(one.digest)
    with pytest.raises(NotThere):
        attachments.content(one.digest, 0, 10)
    assert attachments.arrivals_after(0, 10) == []
    assert attachments.upload(CHAIN, one.digest).arrived
    with pytest.raises(OffsetDiffers):
        attachments.extend(CHAIN, one.digest, len(one.content), b"x")


def test_what_had_come_of_one_that_is_released_in_the_middle_is_gone_and_no_more_is_taken(
    ground: Ground, attachments: AttachmentStore
) -> None:
    one, late = sealed(1000), sealed(1000, 1)
    size = len(one.content)
    attachments.begin(CHAIN, one.digest, size, 0, QUOTA)
    attachments.extend(CHAIN, one.digest, 0, one.content[:600])
    assert attachments.release(one.digest)
    with pytest.raises(OffsetDiffers) as told:
        attachments.extend(CHAIN, one.digest, 600, one.content[600:])
    assert (told.value.upload.offset, told.value.upload.arrived) == (size, True)
    assert attachments.settle(CHAIN, one.digest).arrived
    assert attachments.begin(CHAIN, one.digest, size, 0, 10).arrived
    erased = attachments.begin(CHAIN, late.digest, size, 0, 10, erased=True)
    assert (erased.offset, erased.arrived) == (size, True)
    assert attachments.arrivals_after(0, 10) == []
    for each in (one, late):
        with pytest.raises(NotThere):
            attachments.size(each.digest)
    base = attachments_base(ground.where)
    assert base.commit(lambda run: run("SELECT count(*) FROM upload_pieces", ())) == [(0,)]
    base.close()


def test_a_piece_that_cannot_be_stored_is_not_told_as_received(ground: Ground, attachments: AttachmentStore) -> None:
    one = sealed(1000)
    attachments.begin(CHAIN, one.digest, len(one.content), 0, QUOTA)
    refusing = ground.beside("attachments.db")
    refusing.refuse_inserts("upload_pieces")
    with pytest.raises(StoreUnavailable):
        attachments.extend(CHAIN, one.digest, 0, one.content[:500])
    refusing.allow_inserts("upload_pieces")
    assert attachments.upload(CHAIN, one.digest).offset == 0
    upload(attachments, one)


def together(works: list[Callable[[], None]]) -> None:
    """Do all at once; what one raises is raised."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as cause:
            failures.append(cause)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
