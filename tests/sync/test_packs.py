"""Packs: sealed, judged, put into use; a refused one leaves the old one where it is."""

from __future__ import annotations

import hashlib
import resource
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import cbor
from sync.keys import FileSigner, Purpose, Statement, Trust, sign1
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.profile import Profile
from sync.pack_shelf import ALREADY, INSTALLED, PackShelf
from sync.packs import (
    CONTENT_VALUES_MAX,
    PACK_BYTES_MAX,
    Pack,
    PackBeyondThisProgram,
    PackContent,
    PackContentWrong,
    PackDamaged,
    PackFromAnotherCounty,
    PackKind,
    PackNotSigned,
    PackNotThere,
    PackRefused,
    PackTooOld,
    PackUnknownKind,
    open_pack,
    seal_pack,
)
from tests.model.contents import CALENDAR_PLAIN, PROFILE_PLAIN, a_catalogue

COUNTY = "990101"
ISSUED_MS = 1_767_200_000_000
YEAR_MS = 365 * 24 * 3600 * 1000
CONTENTS: dict[PackKind, PackContent] = {
    PackKind.CATALOGUE: Catalogue.from_plain(a_catalogue()),
    PackKind.PROFILE: Profile.from_plain(PROFILE_PLAIN),
    PackKind.CALENDAR: CalendarPack.from_plain(CALENDAR_PLAIN),
}


def a_signer() -> FileSigner:
    return FileSigner(Ed25519PrivateKey.generate())


@dataclass(frozen=True)
class County:
    """A county's root and the publisher whom it vouches for."""

    code: str
    root: FileSigner
    publisher: FileSigner

    @classmethod
    def new(cls, code: str = COUNTY) -> County:
        return cls(code, a_signer(), a_signer())

    @property
    def trust(self) -> Trust:
        return Trust(self.root.public_key, self.code)

    def statement(self, purpose: str = Purpose.PACKS, until_ms: int = ISSUED_MS + YEAR_MS) -> bytes:
        return Statement(
            purpose, self.publisher.public_key, "publisher", self.code, ISSUED_MS - YEAR_MS, until_ms
        ).sign(self.root)

    def seal(self, kind: PackKind = PackKind.CATALOGUE, version: int = 1, issued_ms: int = ISSUED_MS) -> bytes:
        return seal_pack(
            kind, self.code, version, issued_ms, CONTENTS[kind], self.publisher, self.statement(until_ms=ISSUED_MS * 2)
        )

    def wrap(self, payload: dict[int, Any]) -> bytes:
        """A pack file around any payload, properly signed."""
        return wrapped(self.statement(), sign1(self.publisher, cbor.encode(payload)))


def wrapped(statement: bytes, message: bytes) -> bytes:
    return cbor.encode((1, hashlib.sha256(statement + message).digest(), statement, message))


def payload(**changes: Any) -> dict[int, Any]:
    names = {"format": 0, "kind": 1, "county": 2, "version": 3, "issued": 4, "content": 5}
    whole: dict[int, Any] = {
        0: 1,
        1: "calendar",
        2: COUNTY,
        3: 1,
        4: ISSUED_MS,
        5: cbor.encode(CALENDAR_PLAIN),
    }
    return whole | {names[name]: value for name, value in changes.items()}


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


# --- the shelf ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, county: County) -> PackShelf:
    shelf = PackShelf(tmp_path, county.trust)
    shelf.incoming.mkdir(parents=True)
    for kind in PackKind:
        (shelf.incoming / kind.file_name).write_bytes(county.seal(kind, version=5))
    assert [outcome.code for outcome in shelf.install_incoming()] == [INSTALLED] * 3
    return shelf


def arriving(shelf: PackShelf, data: bytes, name: str = "catalogue.pack") -> str:
    (shelf.incoming / name).write_bytes(data)
    (outcome,) = shelf.install_incoming()
    assert outcome.refused is (outcome.code not in (INSTALLED, ALREADY))
    return outcome.code


def test_the_three_packs_are_in_use_with_their_versions(shelf: PackShelf) -> None:
    packs = shelf.in_use()
    assert packs.versions == dict.fromkeys(PackKind, 5)
    assert packs.catalogue == CONTENTS[PackKind.CATALOGUE]
    assert packs.profile.name == "青山县"
    assert packs.calendar.calendar().covers(packs.calendar.last_day)


def test_a_newer_pack_takes_the_place_of_the_old_one(shelf: PackShelf, county: County) -> None:
    assert arriving(shelf, county.seal(version=6)) == INSTALLED
    assert shelf.load(PackKind.CATALOGUE).version == 6
    assert not list(shelf.incoming.iterdir())


def test_the_same_pack_again_changes_nothing(shelf: PackShelf) -> None:
    assert arriving(shelf, (shelf.incoming.parent / "current/catalogue.pack").read_bytes()) == ALREADY


REFUSALS: dict[str, tuple[Callable[[County], bytes], str]] = {
    "damaged": (lambda county: county.seal(version=6)[:-9], PackDamaged.code),
    "unsigned": (
        lambda county: wrapped(county.statement(), sign1(a_signer(), cbor.encode(payload(version=6)))),
        PackNotSigned.code,
    ),
    "foreign": (lambda _county: County.new("990102").seal(version=6), PackFromAnotherCounty.code),
    "older": (lambda county: county.seal(version=4), PackTooOld.code),
    "another of the same version": (
        lambda county: county.seal(version=5, issued_ms=ISSUED_MS + 1),
        PackTooOld.code,
    ),
    "of an unknown kind": (lambda county: county.wrap(payload(kind="weather", version=6)), PackUnknownKind.code),
    "of strange content": (
        lambda county: county.wrap(payload(version=6, content=cbor.encode({"x": 1}))),
        PackContentWrong.code,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_pack_leaves_the_old_one_in_use(shelf: PackShelf, county: County, name: str) -> None:
    make, code = REFUSALS[name]
    data = make(county)
    assert arriving(shelf, data) == code
    assert shelf.in_use().versions == dict.fromkeys(PackKind, 5)
    assert not list(shelf.incoming.iterdir())
    assert (shelf.incoming.parent / "refused/catalogue.pack").read_bytes() == data
    assert shelf.install_incoming() == ()


def test_a_signed_region_that_ends_with_the_last_day_there_is_does_not_end_every_start(
    shelf: PackShelf, county: County
) -> None:
    regions = [
        region | {"until": "9999-12-31"} if "successor" in region else region for region in PROFILE_PLAIN["regions"]
    ]
    content = cbor.encode(PROFILE_PLAIN | {"regions": regions})
    assert arriving(shelf, county.wrap(payload(kind="profile", version=6, content=content))) == PackContentWrong.code
    assert shelf.in_use().versions == dict.fromkeys(PackKind, 5)
    assert shelf.install_incoming() == ()


class FaultyTrust(Trust, frozen=True):
    """Fails as a program does whose author has not thought of everything."""

    def check(self, *_: object, **__: object) -> Statement:
        raise OverflowError("date value out of range")


def test_a_pack_at_which_the_program_itself_fails_is_put_aside_named_and_logged(
    tmp_path: Path, county: County, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = PackShelf(tmp_path, FaultyTrust(county.root.public_key, COUNTY))
    shelf.incoming.mkdir(parents=True)
    (shelf.incoming / "catalogue.pack").write_bytes(county.seal())
    (outcome,) = shelf.install_incoming()
    assert (outcome.file, outcome.code) == ("catalogue.pack", "beyond_this_program")
    assert "catalogue.pack: this program fails" in caplog.text
    assert shelf.install_incoming() == ()
    (tmp_path / "current").mkdir()
    (tmp_path / "refused/catalogue.pack").rename(tmp_path / "current/catalogue.pack")
    with pytest.raises(PackBeyondThisProgram):
        shelf.load(PackKind.CATALOGUE)


def test_one_bad_pack_does_not_hold_up_the_good_ones(shelf: PackShelf, county: County) -> None:
    (shelf.incoming / "a.pack").write_bytes(b"rubbish")
    (shelf.incoming / "b.pack").write_bytes(county.seal(PackKind.CALENDAR, version=6))
    assert [(outcome.file, outcome.code) for outcome in shelf.install_incoming()] == [
        ("a.pack", PackDamaged.code),
        ("b.pack", INSTALLED),
    ]


def test_a_name_or_size_that_no_pack_has_is_thrown_away(shelf: PackShelf) -> None:
    assert arriving(shelf, b"", "Über Nacht.pack") == PackDamaged.code
    assert arriving(shelf, bytes(PACK_BYTES_MAX + 1), "big.pack") == PackDamaged.code
    assert not (shelf.incoming.parent / "refused").exists()


def test_a_file_that_is_still_arriving_is_left_alone(shelf: PackShelf, county: County) -> None:
    (shelf.incoming / "catalogue.pack.part").write_bytes(county.seal(version=6)[:100])
    assert shelf.install_incoming() == ()


def test_a_power_cut_between_taking_in_and_clearing_away_is_made_good(shelf: PackShelf, county: County) -> None:
    data = county.seal(version=6)
    arriving(shelf, data)
    # The pack was put into use, and the power failed before the incoming file was gone.
    assert arriving(shelf, data) == ALREADY
    assert shelf.load(PackKind.CATALOGUE).version == 6


def test_a_power_cut_while_the_old_pack_is_being_replaced_leaves_the_old_one(shelf: PackShelf, county: County) -> None:
    current = shelf.incoming.parent / "current"
    (current / "catalogue.pack.new").write_bytes(county.seal(version=6)[:500])
    assert shelf.load(PackKind.CATALOGUE).version == 5
    assert arriving(shelf, county.seal(version=6)) == INSTALLED
    assert sorted(path.name for path in current.iterdir()) == ["calendar.pack", "catalogue.pack", "profile.pack"]


def test_a_full_disk_leaves_the_old_pack_in_use_and_the_new_one_waiting(shelf: PackShelf, county: County) -> None:
    data = county.seal(version=6)
    (shelf.incoming / "catalogue.pack").write_bytes(data)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(data) - 1, unlimited[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            shelf.install_incoming()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert shelf.load(PackKind.CATALOGUE).version == 5
    assert [outcome.code for outcome in shelf.install_incoming()] == [INSTALLED]


def test_a_pack_that_the_disk_altered_is_not_used_and_makes_room(shelf: PackShelf, county: County) -> None:
    current = shelf.incoming.parent / "current/catalogue.pack"
    current.write_bytes(current.read_bytes()[:-1])
    with pytest.raises(PackDamaged):
        shelf.in_use()
    assert arriving(shelf, county.seal(version=5)) == INSTALLED


def test_a_pack_in_the_place_of_another_is_not_used(shelf: PackShelf, county: County) -> None:
    (shelf.incoming.parent / "current/catalogue.pack").write_bytes(county.seal(PackKind.CALENDAR, version=9))
    with pytest.raises(PackDamaged):
        shelf.load(PackKind.CATALOGUE)


def test_an_empty_shelf_says_what_is_missing(tmp_path: Path, county: County) -> None:
    shelf = PackShelf(tmp_path, county.trust)
    assert shelf.install_incoming() == ()
    with pytest.raises(PackNotThere):
        shelf.in_use()


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in PackRefused.__subclasses__()]
    assert len(set(codes)) == len(codes)
