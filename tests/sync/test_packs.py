"""Pack files: sealed and judged, whatever stands in them."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import Any

import cbor2
import pytest

from sync import cbor
from sync.keys import Purpose, sign1
from sync.packs import (
    CONTENT_VALUES_MAX,
    PACK_BYTES_MAX,
    Pack,
    PackContentWrong,
    PackDamaged,
    PackFromAnotherCounty,
    PackKind,
    PackNotSigned,
    PackUnknownKind,
    open_pack,
)
from tests.model.contents import CALENDAR_PLAIN, PROFILE_PLAIN
from tests.sync.publisher import CONTENTS, COUNTY, ISSUED_MS, YEAR_MS, County, payload, wrapped


@pytest.fixture(scope="module")
def county() -> County:
    return County.new()


@pytest.mark.parametrize("kind", PackKind)
def test_a_sealed_pack_opens_to_what_was_put_in(county: County, kind: PackKind) -> None:
    data = county.seal(kind, version=7)
    pack = open_pack(data, county.trust)
    assert pack == Pack(kind, COUNTY, 7, ISSUED_MS, CONTENTS[kind], hashlib.sha256(data).digest())


def test_every_changed_byte_is_noticed(county: County) -> None:
    data = county.seal(PackKind.CALENDAR)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(PackDamaged):
            open_pack(changed, county.trust)


def test_a_pack_that_was_cut_short_or_goes_on_is_damaged(county: County) -> None:
    data = county.seal(PackKind.CALENDAR)
    for broken in (b"", data[:1], data[: len(data) // 2], data[:-1], data + b"\0", b"PK\3\4 no pack at all"):
        with pytest.raises(PackDamaged):
            open_pack(broken, county.trust)


def test_a_pack_that_is_too_large_is_damaged(county: County) -> None:
    with pytest.raises(PackDamaged):
        open_pack(cbor.encode((1, b"\0" * 32, b"", b"\0" * PACK_BYTES_MAX)), county.trust)


@pytest.mark.parametrize("frame", [b"\x9a\x00\x7a\x12\x00", b"\x84\x01\x58\x20" + bytes(32) + b"\x9a\x00\x7a\x12\x00"])
def test_a_file_of_eight_million_empty_lists_is_refused_before_they_are_made(county: County, frame: bytes) -> None:
    data = frame + b"\x80" * 8_000_000
    tracemalloc.start()
    try:
        with pytest.raises(PackDamaged, match="more than 8 values"):
            open_pack(data, county.trust)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_signed_content_of_more_values_than_any_county_has_is_not_made(county: County) -> None:
    content = b"\xa1\x61x\x9a\x00\x0f\x42\x40" + b"\x80" * CONTENT_VALUES_MAX
    tracemalloc.start()
    try:
        with pytest.raises(PackContentWrong, match="more than 1000000 values"):
            open_pack(county.wrap(payload(content=content)), county.trust)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_forged_byte_under_a_fresh_checksum_is_not_signed(county: County) -> None:
    message = sign1(county.publisher, cbor.encode(payload()))
    place = message.index(b"2026-01-01")
    forged = message[:place] + b"2025" + message[place + 4 :]
    with pytest.raises(PackNotSigned):
        open_pack(wrapped(county.statement(), forged), county.trust)


def test_a_publisher_without_the_roots_word_is_nobody(county: County) -> None:
    other = County.new()
    forgeries = [
        wrapped(county.statement(), sign1(other.publisher, cbor.encode(payload()))),
        wrapped(other.statement(), sign1(other.publisher, cbor.encode(payload()))),
        wrapped(county.statement(Purpose.ACKNOWLEDGE), sign1(county.publisher, cbor.encode(payload()))),
        wrapped(b"no statement", sign1(county.publisher, cbor.encode(payload()))),
    ]
    for data in forgeries:
        with pytest.raises(PackNotSigned):
            open_pack(data, county.trust)


def test_a_publisher_whose_time_is_over_publishes_nothing(county: County) -> None:
    late = county.wrap(payload(issued=ISSUED_MS + YEAR_MS + 1))
    early = county.wrap(payload(issued=ISSUED_MS - YEAR_MS - 1))
    for data in (late, early):
        with pytest.raises(PackNotSigned, match="not in force"):
            open_pack(data, county.trust)
    assert open_pack(county.wrap(payload(issued=ISSUED_MS + YEAR_MS)), county.trust).version == 1


def test_a_pack_of_another_county_says_so(county: County) -> None:
    with pytest.raises(PackFromAnotherCounty, match="990102"):
        open_pack(County.new("990102").seal(), county.trust)


def test_a_pack_for_another_county_under_our_own_root_is_refused_too(county: County) -> None:
    with pytest.raises(PackFromAnotherCounty):
        open_pack(county.wrap(payload(county="990102")), county.trust)
    foreign = PROFILE_PLAIN | {"county": "990102"}
    with pytest.raises(PackFromAnotherCounty):
        open_pack(county.wrap(payload(kind="profile", content=cbor.encode(foreign))), county.trust)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "weather"}, {"format": 2}, {"version": 0}, {"version": "1"}, {"county": 990101}, {"content": "{}"}],
)
def test_a_signed_pack_of_a_kind_from_the_future_is_unknown(county: County, changes: dict[str, Any]) -> None:
    with pytest.raises(PackUnknownKind):
        open_pack(county.wrap(payload(**changes)), county.trust)


def test_a_signed_content_that_we_do_not_wholly_understand_is_not_used(county: County) -> None:
    newer = CALENDAR_PLAIN | {"lunar": 1}
    for content in (cbor.encode(newer), cbor.encode({}), b"\xa1", b"\xbf\xff"):
        with pytest.raises(PackContentWrong):
            open_pack(county.wrap(payload(content=content)), county.trust)


@pytest.mark.parametrize(
    "hidden",
    [2.0, True, cbor2.undefined, cbor2.CBORTag(1, 1), 1 << 70, b"2026", {1: 2}, [[[]]]],
    ids=["a float", "a truth value", "undefined", "a tag", "a large number", "bytes", "a map", "lists"],
)
@pytest.mark.parametrize("field", CALENDAR_PLAIN)
def test_a_signed_content_that_holds_what_no_record_holds_is_not_used(
    county: County, field: str, hidden: object
) -> None:
    content = cbor2.dumps(CALENDAR_PLAIN | {field: hidden})
    with pytest.raises(PackContentWrong):
        open_pack(county.wrap(payload(content=content)), county.trust)
