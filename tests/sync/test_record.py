import hashlib
import random
from pathlib import Path

import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as some
from msgspec.structs import replace

from sync import cbor
from sync.compression import FIRST, Matter, compress
from sync.header_bytes import encode_header
from sync.keys import FileSigner, SignatureWrong, sign_detached
from sync.model.facts import ActorClass, Author, DeskKeyMade, Fact, ShiftOpened
from sync.model.plain import PlainValue
from sync.reading import NO_KEYS, fact_of, open_body
from sync.record import (
    BODY_BYTES_MAX,
    OPEN_BODY_BYTES_MAX,
    WALL_MS_MAX,
    BodyChanged,
    BodyMalformed,
    BodySealed,
    BodyTooLarge,
    BodyWithheld,
    ChainBroken,
    ClockNote,
    Header,
    HeaderMalformed,
    Link,
    Record,
    RecordRefused,
    Stamp,
    chain_id,
    check_follows,
    check_signature,
    compose,
    decode_header,
    envelope,
    has_body,
    restore,
)
from tests.seals import KNOWN, READERS, KnownKey, known_key
from tests.sync.village import CASE_NO, INVITED, TAKEN_IN, chain_of

STAMP = Stamp(1_795_415_520_000, b"bootboot", 12_345)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


def told(signer: FileSigner) -> Link:
    """Where a chain stands when its content key has been told."""
    return Link(chain_id(signer.public_key), 1, b"\x07" * 32)


def composed(signer: FileSigner, happened: Fact, **changes: object) -> Record:
    arguments: dict[str, object] = {
        "after": told(signer), "stamp": STAMP, "signer": signer, "actor": "A01", "actor_class": ActorClass.AGENT,
        "case_no": CASE_NO, "content_key": known_key(chain_id(signer.public_key)),
    }  # fmt: skip
    return compose(happened, **{**arguments, **changes})  # type: ignore[arg-type]  # the tests name arguments


def resealed(record: Record, body: bytes) -> Record:
    """The record as a signer would have made it around another body."""
    body = known_key(record.header.chain).seal(body, record.header.seq)
    header = replace(record.header, body_digest=hashlib.sha256(body).digest(), body_bytes=len(body))
    return restore(cbor.encode(header.to_map()), body, record.signature)


def test_a_fact_comes_back_from_its_record(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    back = restore(record.header_bytes, record.body, record.signature)
    assert back == record
    assert fact_of(back, KNOWN) == TAKEN_IN
    check_signature(back, signer.public_key)
    check_follows(back, told(signer))


def test_the_header_says_who_when_and_about_what_and_nothing_personal(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    header = record.header
    assert (header.seq, header.previous, header.actor, header.case_no) == (2, told(signer).hash, "A01", CASE_NO)
    assert (header.wall_ms, header.boot_id, header.boot_ms) == (STAMP.wall_ms, STAMP.boot_id, STAMP.boot_ms)
    assert header.plain[0] == "hk-01"
    for personal in ("张三", "990101199001011239", "王建国", "新办"):
        assert personal.encode() not in record.header_bytes


def test_the_envelope_shows_what_the_fold_reads(signer: FileSigner) -> None:
    seen = envelope(composed(signer, INVITED), Author.TERMINAL)
    assert (seen.kind, seen.author, seen.seq, seen.case_no) == (30, Author.TERMINAL, 2, CASE_NO)
    assert seen.plain == {0: "taken_in", 1: 1, 2: "pad"}


def test_optional_keys_are_absent_when_there_is_nothing_to_say(signer: FileSigner) -> None:
    held = cbor.decode(composed(signer, ShiftOpened(), case_no=None).header_bytes, cbor.Limits(2048))
    assert isinstance(held, dict)
    assert held.keys() == {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15}


def test_a_fact_without_body_fields_has_a_body_of_no_bytes(signer: FileSigner) -> None:
    record = composed(signer, ShiftOpened())
    assert record.body == b""
    assert fact_of(record, KNOWN) == ShiftOpened()


def test_a_record_follows_the_one_before_it_and_no_other(signer: FileSigner) -> None:
    first, second, third = chain_of(signer, 3)
    check_follows(second, first.link)
    with pytest.raises(ChainBroken, match="does not follow"):
        check_follows(third, first.link)
    with pytest.raises(ChainBroken, match="hash"):
        check_follows(second, Link(first.header.chain, 1, bytes(32)))
    with pytest.raises(ChainBroken, match="another chain"):
        check_follows(second, Link(b"another!", 1, first.hash))


def test_a_signer_writes_to_no_chain_but_its_own(signer: FileSigner, tmp_path: Path) -> None:
    other = FileSigner.create(tmp_path / "other.pem")
    with pytest.raises(ChainBroken, match="key"):
        composed(signer, INVITED, after=Link.start(chain_id(other.public_key)))


@given(place=some.integers(0, 400), flip=some.integers(1, 255))
def test_a_header_with_any_byte_changed_is_refused(signer: FileSigner, place: int, flip: int) -> None:
    record = composed(signer, TAKEN_IN)
    changed = bytearray(record.header_bytes)
    changed[place % len(changed)] ^= flip
    with pytest.raises((RecordRefused, SignatureWrong)):
        check_signature(restore(bytes(changed), record.body, record.signature), signer.public_key)


@given(place=some.integers(0, 400), flip=some.integers(1, 255))
def test_a_body_with_any_byte_changed_is_refused(signer: FileSigner, place: int, flip: int) -> None:
    record = composed(signer, TAKEN_IN)
    assert record.body
    changed = bytearray(record.body)
    changed[place % len(changed)] ^= flip
    with pytest.raises(BodyChanged):
        restore(record.header_bytes, bytes(changed), record.signature)


@given(place=some.integers(0, 63), flip=some.integers(1, 255))
def test_a_signature_with_any_byte_changed_is_refused(signer: FileSigner, place: int, flip: int) -> None:
    record = composed(signer, TAKEN_IN)
    assert record.signature
    changed = bytearray(record.signature)
    changed[place] ^= flip
    with pytest.raises(SignatureWrong):
        check_signature(replace(record, signature=bytes(changed)), signer.public_key)


def test_a_record_without_a_signature_of_its_own_does_not_pass_for_signed(signer: FileSigner) -> None:
    with pytest.raises(SignatureWrong):
        check_signature(replace(composed(signer, INVITED), signature=None), signer.public_key)


@given(some.binary(max_size=300))
def test_bytes_that_are_no_header_are_refused(data: bytes) -> None:
    with pytest.raises(HeaderMalformed):
        decode_header(data)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        (0, 2, "version"),
        (1, 2, "suite"),
        (2, -1, "kind"),
        (3, b"short", "chain"),
        (4, 0, "seq"),
        (5, bytes(31), "previous hash"),
        (6, 1 << 47, "wall time"),
        (7, bytes(9), "boot id"),
        (8, "soon", "boot time"),
        (9, b"", "checkpoint"),
        (10, 0, "clock note"),
        (11, "a" * 65, "actor"),
        (12, 7, "actor class"),
        (13, 5, "case number"),
        (14, bytes(31), "body digest"),
        (15, BODY_BYTES_MAX + 1, "body length"),
        (16, 0, "content key"),
        (17, {"a": 1}, "plain fields"),
        (18, 1, "unknown"),
    ],
)
def test_a_header_field_out_of_its_bounds_is_named(signer: FileSigner, key: int, value: PlainValue, named: str) -> None:
    held = composed(signer, INVITED).header.to_map()
    with pytest.raises(HeaderMalformed, match=named):
        Header.from_map({**held, key: value})


def test_a_missing_header_field_is_named(signer: FileSigner) -> None:
    held = composed(signer, INVITED).header.to_map()
    del held[5]
    with pytest.raises(HeaderMalformed, match="previous hash is missing"):
        Header.from_map(held)


def test_the_optional_keys_are_carried(signer: FileSigner) -> None:
    header = replace(composed(signer, TAKEN_IN).header, checkpoint=bytes(32), clock_note=ClockNote.MOVED)
    assert {9, 10, 13, 16, 17} <= header.to_map().keys()
    assert decode_header(cbor.encode(header.to_map())) == header


def test_a_body_that_is_not_sealed_is_refused_but_that_of_a_key_that_is_told(signer: FileSigner) -> None:
    header = composed(signer, TAKEN_IN).header
    with pytest.raises(HeaderMalformed, match="not sealed"):
        decode_header(cbor.encode(replace(header, content_key=None).to_map()))
    with pytest.raises(HeaderMalformed, match="not sealed"):
        composed(signer, TAKEN_IN, content_key=None)
    telling = composed(signer, known_key(header.chain).told_to(READERS))
    assert telling.header.body_bytes
    assert telling.header.content_key is None
    assert decode_header(telling.header_bytes) == telling.header


@pytest.mark.parametrize("number", [2, 3, 1 << 40])
def test_a_content_key_that_was_not_told_before_its_record_is_refused(signer: FileSigner, number: int) -> None:
    header = composed(signer, TAKEN_IN).header
    assert header.seq == 2
    with pytest.raises(HeaderMalformed, match="told later"):
        decode_header(cbor.encode(replace(header, content_key=number).to_map()))
    with pytest.raises(HeaderMalformed, match="told later"):
        composed(signer, TAKEN_IN, content_key=known_key(header.chain, number))


def test_a_seal_around_nothing_is_refused(signer: FileSigner) -> None:
    header = composed(signer, ShiftOpened()).header
    with pytest.raises(HeaderMalformed, match="without a body"):
        decode_header(cbor.encode(replace(header, content_key=1).to_map()))


def test_a_record_without_a_body_names_no_content_key(signer: FileSigner) -> None:
    assert not has_body(INVITED)
    assert composed(signer, INVITED).header.content_key is None
    assert has_body(TAKEN_IN)
    assert composed(signer, TAKEN_IN).header.content_key == 1


def test_a_body_under_a_key_that_nobody_here_knows_is_said_to_be_sealed(signer: FileSigner) -> None:
    with pytest.raises(BodySealed, match="record 2"):
        open_body(composed(signer, TAKEN_IN), NO_KEYS)
    assert fact_of(composed(signer, INVITED), NO_KEYS) == INVITED


def test_a_body_that_does_not_open_with_its_key_is_malformed(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    with pytest.raises(BodyMalformed, match="not sealed with this key"):
        open_body(record, KnownKey(b"\x01" * 32))
    moved = restore(cbor.encode(replace(record.header, seq=3).to_map()), record.body, record.signature)
    with pytest.raises(BodyMalformed, match="record 3 was not sealed"):
        open_body(moved, KNOWN)


def test_a_fact_of_a_newer_version_is_carried(signer: FileSigner) -> None:
    header = replace(composed(signer, INVITED).header, kind=999)
    record = restore(cbor.encode(header.to_map()), b"", None)
    assert envelope(record, Author.COUNTY).kind == 999


def test_a_withheld_body_is_said_to_be_withheld(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    with pytest.raises(BodyWithheld):
        open_body(restore(record.header_bytes, None, record.signature), KNOWN)


def test_a_body_that_opens_to_more_than_allowed_is_refused_before_it_is_opened(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    bomb = compress(Matter.BODY, bytes(500 * OPEN_BODY_BYTES_MAX))
    assert len(bomb) < BODY_BYTES_MAX
    with pytest.raises(BodyTooLarge):
        open_body(resealed(record, bomb), KNOWN)
    silent_bomb = bytes((FIRST,)) + zstandard.ZstdCompressor(write_content_size=False).compress(
        bytes(500 * OPEN_BODY_BYTES_MAX)
    ).removeprefix(zstandard.MAGIC_NUMBER.to_bytes(4, "little"))
    with pytest.raises(BodyTooLarge):
        open_body(resealed(record, silent_bomb), KNOWN)


@given(some.binary(min_size=1, max_size=100))
def test_a_signed_body_that_holds_no_fields_is_named_so(signer: FileSigner, body: bytes) -> None:
    with pytest.raises((BodyMalformed, BodyTooLarge)):
        open_body(resealed(composed(signer, TAKEN_IN), body), KNOWN)


@pytest.mark.parametrize("value", [1, (1, 2), {"a": 1}])
def test_a_body_that_is_no_map_of_fields_is_refused(signer: FileSigner, value: object) -> None:
    body = compress(Matter.BODY, cbor.encode(value))  # type: ignore[arg-type]  # any plain value
    with pytest.raises(BodyMalformed):
        open_body(resealed(composed(signer, TAKEN_IN), body), KNOWN)


def test_bytes_after_a_bodys_frame_are_refused(signer: FileSigner) -> None:
    record = composed(signer, TAKEN_IN)
    assert record.body
    frame = known_key(record.header.chain).open(record.body, record.header.seq)
    assert open_body(resealed(record, frame), KNOWN) == open_body(record, KNOWN)
    with pytest.raises(BodyMalformed):
        open_body(resealed(record, frame + frame), KNOWN)


def test_a_fact_too_large_for_a_record_is_refused_when_it_is_written(signer: FileSigner, seed: int) -> None:
    noise = hashlib.shake_256(seed.to_bytes(8, "big")).hexdigest(BODY_BYTES_MAX)
    with pytest.raises(BodyTooLarge):
        composed(signer, replace(TAKEN_IN, values={"reason": noise}))
    with pytest.raises(BodyTooLarge):
        composed(signer, replace(TAKEN_IN, values={"reason": "x" * OPEN_BODY_BYTES_MAX}))
    with pytest.raises(HeaderMalformed):
        composed(signer, INVITED, actor="a" * 65)
    with pytest.raises(HeaderMalformed):
        composed(signer, replace(TAKEN_IN, item_code="x" * 3000))


def test_the_largest_body_that_fits_is_the_largest_that_is_taken(signer: FileSigner, rng: random.Random) -> None:
    def made(key_bytes: int) -> Record:
        return composed(signer, DeskKeyMade(public_key=bytes(32), private_key=noise[:key_bytes]))

    # Noise is not compressed: the record grows by as many bytes as the fact.
    noise = rng.randbytes(BODY_BYTES_MAX)
    most = 10_000 + BODY_BYTES_MAX - made(10_000).header.body_bytes
    assert made(most).header.body_bytes == BODY_BYTES_MAX
    with pytest.raises(BodyTooLarge):
        made(most + 1)


def test_a_long_signature_on_glass_fits(signer: FileSigner) -> None:
    strokes = tuple(tuple((37 * point * stroke) % 1000 for point in range(400)) for stroke in range(1, 12))
    happened = replace(TAKEN_IN, signature=strokes)
    assert fact_of(composed(signer, happened), KNOWN) == happened


def test_the_signature_is_over_the_header_bytes(signer: FileSigner) -> None:
    record = composed(signer, INVITED)
    assert record.signature == sign_detached(signer, record.header_bytes)
    assert record.hash == hashlib.sha256(record.header_bytes).digest()


@given(
    kind=some.integers(0, 0xFFFF),
    numbers=some.tuples(some.integers(1, 1 << 50), some.integers(0, WALL_MS_MAX), some.integers(0, 1 << 50)),
    texts=some.tuples(some.text(max_size=64), some.none() | some.text(max_size=40)),
    checkpoint=some.none() | some.binary(min_size=32, max_size=32),
    note=some.integers(0, 3),
    content_key=some.none() | some.integers(1, 1 << 50),
    plain=some.dictionaries(some.integers(0, 30), some.integers() | some.text() | some.tuples(some.binary())),
)
def test_a_header_is_put_together_as_cbor_would_write_it(
    kind: int,
    numbers: tuple[int, int, int],
    texts: tuple[str, str | None],
    checkpoint: bytes | None,
    note: int,
    content_key: int | None,
    plain: dict[int, PlainValue],
) -> None:
    header = Header(
        kind, b"\x01" * 8, numbers[0], b"\x02" * 32, numbers[1], b"\x03" * 8, numbers[2], checkpoint, ClockNote(note),
        texts[0], ActorClass.PAD, texts[1], b"\x04" * 32, 700, content_key, dict(sorted(plain.items())),
    )  # fmt: skip
    try:
        wanted = cbor.encode(header.to_map())
    except cbor.NotPlain:
        assume(False)
    assert encode_header(header) == wanted


def test_a_truth_value_is_no_number(signer: FileSigner) -> None:
    header_bytes = composed(signer, INVITED).header_bytes
    place = header_bytes.index(b"\x0c\x01")
    with pytest.raises(HeaderMalformed, match="actor class"):
        decode_header(header_bytes[: place + 1] + b"\xf5" + header_bytes[place + 2 :])
