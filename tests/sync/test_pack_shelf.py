"""The shelf of packs: good ones are put into use; a refused one leaves the old one where it is."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from sync import cbor
from sync.keys import Statement, Trust, sign1
from sync.pack_shelf import ALREADY, INSTALLED, PackShelf
from sync.packs import (
    PACK_BYTES_MAX,
    PackBeyondThisProgram,
    PackContentWrong,
    PackDamaged,
    PackFromAnotherCounty,
    PackKind,
    PackNotSigned,
    PackNotThere,
    PackRefused,
    PackTooOld,
    PackUnknownKind,
)
from tests.model.contents import PROFILE_PLAIN
from tests.sync.publisher import CONTENTS, COUNTY, ISSUED_MS, County, a_signer, payload, wrapped


@pytest.fixture(scope="module")
def county() -> County:
    return County.new()


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
