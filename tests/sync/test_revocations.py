"""The list of what the root has revoked, and what it does to statements."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync import cbor
from sync.clock import SystemClock
from sync.keys import FileSigner, KeyRevoked, Purpose, Statement, Trust, sign1
from sync.model.facts import ActorClass
from sync.model.plain import PlainValue
from sync.protocol.acknowledgement import Acknowledgement, AnswerNotTrusted, encode_answer, verify_answer
from sync.protocol.relay import Relay, RelayNotTrusted, open_relay
from sync.protocol.revocations import (
    REVOCATIONS_BYTES_MAX,
    REVOKED_MAX,
    Revocations,
    RevocationsNotOfRoot,
    RevocationsRefused,
    Revoked,
    nothing_revoked,
    verify_revocations,
)
from sync.record import Link
from sync.revocation_file import CONTRADICTION_SUFFIX, RevocationFile, heeding
from tests.gateway.county_site import Writer, segments_of
from tests.sync.publisher import a_signer

COUNTY = "990101"
SINCE_MS = 1_500


@pytest.fixture(scope="module")
def root() -> FileSigner:
    return a_signer()


@pytest.fixture(scope="module")
def stolen() -> FileSigner:
    return a_signer()


def revoked(root: FileSigner, path: Path, purpose: str, key: bytes) -> Trust:
    """What is trusted where a list is held that ends this key."""
    trust = heeding(Trust(root.public_key, COUNTY), path)
    said = nothing_revoked(COUNTY).with_also(Revoked(purpose, _digest(key), SINCE_MS), SINCE_MS)
    RevocationFile(path, trust).take(said.sign(root))
    return trust


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def statement(root: FileSigner, purpose: Purpose, key: bytes) -> bytes:
    return Statement(purpose, key, "x", COUNTY, 1_000, 2_000).sign(root)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.TERMINAL_CHAIN])
def test_a_revoked_key_is_good_for_what_it_did_before_and_for_nothing_after(
    root: FileSigner, stolen: FileSigner, tmp_path: Path, purpose: Purpose
) -> None:
    trust = revoked(root, tmp_path / "list", purpose.value, stolen.public_key)
    said = statement(root, purpose, stolen.public_key)
    assert trust.check(said, purpose, at_ms=SINCE_MS - 1).key == stolen.public_key
    for at_ms in (SINCE_MS, SINCE_MS + 1, None):
        with pytest.raises(KeyRevoked):
            trust.check(said, purpose, at_ms=at_ms)
    other = a_signer().public_key
    assert trust.check(statement(root, purpose, other), purpose, at_ms=None).key == other


def test_a_key_that_is_revoked_for_one_purpose_still_serves_another(
    root: FileSigner, stolen: FileSigner, tmp_path: Path
) -> None:
    trust = revoked(root, tmp_path / "list", "packs", stolen.public_key)
    said = statement(root, Purpose.ACKNOWLEDGE, stolen.public_key)
    assert trust.check(said, Purpose.ACKNOWLEDGE, at_ms=None).key == stolen.public_key


def test_a_thief_who_dates_an_acknowledgement_back_is_not_believed(
    root: FileSigner, stolen: FileSigner, tmp_path: Path
) -> None:
    acknowledgement = Acknowledgement(Link(bytes(8), 7, bytes(range(32))), SINCE_MS - 1)
    said = statement(root, Purpose.ACKNOWLEDGE, stolen.public_key)
    answer = encode_answer(said, acknowledgement.sign(stolen))
    assert verify_answer(answer, Trust(root.public_key, COUNTY)) == acknowledgement
    with pytest.raises(AnswerNotTrusted, match="revoked"):
        verify_answer(answer, revoked(root, tmp_path / "list", "ack", stolen.public_key))


@pytest.mark.parametrize("hours", [-1, 1], ids=["written after", "written before"])
def test_the_county_s_records_from_before_the_theft_are_still_taken_in(
    root: FileSigner, stolen: FileSigner, tmp_path: Path, hours: int
) -> None:
    now_ms = SystemClock().wall_ms()
    said = Statement(Purpose.COUNTY_CHAIN, stolen.public_key, "x", COUNTY, 0, 1 << 46).sign(root)
    (segment,) = segments_of(Writer(stolen, ActorClass.COUNTY).write(2))
    relay = Relay(2, said, segment.encode())
    path = tmp_path / "list"
    trust = heeding(Trust(root.public_key, COUNTY), path)
    assert len(open_relay(relay, trust, Purpose.COUNTY_CHAIN)[1]) == 2
    entry = Revoked("county-chain", _digest(stolen.public_key), now_ms + hours * 3_600_000)
    RevocationFile(path, trust).take(nothing_revoked(COUNTY).with_also(entry, now_ms).sign(root))
    if hours > 0:
        assert len(open_relay(relay, trust, Purpose.COUNTY_CHAIN)[1]) == 2
    else:
        with pytest.raises(RelayNotTrusted, match="revoked"):
            open_relay(relay, trust, Purpose.COUNTY_CHAIN)


def test_a_program_that_runs_hears_of_a_list_that_another_has_put_down(
    root: FileSigner, stolen: FileSigner, tmp_path: Path
) -> None:
    path = tmp_path / "list"
    running = heeding(Trust(root.public_key, COUNTY), path)
    said = statement(root, Purpose.PACKS, stolen.public_key)
    assert running.check(said, Purpose.PACKS, at_ms=None).key == stolen.public_key
    revoked(root, path, "packs", stolen.public_key)
    with pytest.raises(KeyRevoked):
        running.check(said, Purpose.PACKS, at_ms=None)


def test_a_list_that_the_disk_has_altered_is_put_right_by_the_next_one(root: FileSigner, tmp_path: Path) -> None:
    path = tmp_path / "list"
    trust = revoked(root, path, "ack", b"\x01" * 32)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\x00")
    fresh = RevocationFile(path, trust)
    assert fresh.message() is None
    assert fresh.take(good)
    assert fresh.held().number == 1
    assert not fresh.contradicted()


def test_a_list_of_the_largest_size_fits_and_one_more_key_does_not(root: FileSigner) -> None:
    entries = tuple(Revoked("x" * 32, number.to_bytes(32), (1 << 46) + number) for number in range(REVOKED_MAX))
    full = Revocations(COUNTY, 256, 1, entries)
    message = full.sign(root)
    assert len(message) <= REVOCATIONS_BYTES_MAX
    assert verify_revocations(message, Trust(root.public_key, COUNTY)) == full
    with pytest.raises(RevocationsRefused, match="new root"):
        full.with_also(Revoked("ack", b"\xff" * 32, 1), 2)


def test_the_earlier_of_two_times_for_one_key_holds() -> None:
    first = nothing_revoked(COUNTY).with_also(Revoked("ack", bytes(32), 50), 60)
    assert first.with_also(Revoked("ack", bytes(32), 55), 70) is first
    earlier = first.with_also(Revoked("ack", bytes(32), 40), 70)
    assert (earlier.number, earlier.revoked[0].since_ms) == (2, 40)
    earlier.check_goes_on_from(first)


def test_a_contradiction_is_kept_once(root: FileSigner, tmp_path: Path) -> None:
    path = tmp_path / "list"
    held = RevocationFile(path, revoked(root, path, "ack", b"\x01" * 32))
    for number in (1, 2):
        said = Revocations(COUNTY, 5, number, (Revoked("packs", bytes(32), number),)).sign(root)
        with pytest.raises(RevocationsRefused):
            held.take(said)
        evidence = path.with_name(path.name + CONTRADICTION_SUFFIX).read_bytes()
        assert (evidence == said) is (number == 1)


@pytest.mark.parametrize(
    "fields",
    [
        {5: ()},
        {5: (("ack", bytes(32), 1), ("ack", bytes(32), 2))},
        {5: (("ack", bytes(31), 1),)},
        {5: (("x" * 33, bytes(32), 1),)},
        {3: 0},
        {1: "recovery"},
        {0: 2},
    ],
    ids=["nothing", "one key twice", "a short digest", "a long purpose", "number 0", "another label", "version 2"],
)
def test_what_the_root_signed_and_is_no_list_is_refused(root: FileSigner, fields: dict[int, PlainValue]) -> None:
    whole: dict[int, PlainValue] = {0: 1, 1: "revocations", 2: COUNTY, 3: 1, 4: 1, 5: (("ack", bytes(32), 1),)}
    trust = Trust(root.public_key, COUNTY)
    assert verify_revocations(sign1(root, cbor.encode(whole)), trust).number == 1
    with pytest.raises(RevocationsNotOfRoot):
        verify_revocations(sign1(root, cbor.encode(whole | fields)), trust)


@given(some.binary(max_size=200), some.integers(0, 199))
def test_damaged_lists_are_refused_with_a_sentence(junk: bytes, place: int) -> None:
    signer = a_signer()
    trust = Trust(signer.public_key, COUNTY)
    good = nothing_revoked(COUNTY).with_also(Revoked("ack", bytes(32), 1), 1).sign(signer)
    broken = bytearray(good)
    broken[place % len(good)] ^= 1
    for content in (junk, bytes(broken), sign1(signer, junk)):
        with pytest.raises(RevocationsNotOfRoot):
            verify_revocations(content, trust)
