"""Who opens what was sealed, and that nothing else opens; pyhpke, written by others, is the judge of the seals."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as some
from msgspec.structs import replace
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from sync.model.facts import ContentKeySealed, Seal, from_plain, kind_of, to_plain
from sync.sealing import (
    CONTENT_KEY_BYTES,
    RECIPIENT_BYTES,
    SEAL_BYTES,
    TAG_BYTES,
    ContentKey,
    KeyOpener,
    Recipient,
    SealBroken,
    seal_to,
    told_key,
)
from tests.seals import DESK, ESCROW, OPENING, READERS, opener

CHAIN, OTHER_CHAIN = b"chain..1", b"chain..2"
NUMBER = 7
KEY = ContentKey(CHAIN, NUMBER, hashlib.sha256(b"a content key").digest())
TOLD = KEY.told_to(READERS)
STRANGER = opener("stranger")
SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
ENCAPSULATED_BYTES = 32

readers = pytest.mark.parametrize("reader", [OPENING, ESCROW, DESK], ids=["opening", "escrow", "desk"])
seqs = some.integers(1, (1 << 53) - 1)


def flipped(data: bytes, place: int, flip: int) -> bytes:
    changed = bytearray(data)
    changed[place % len(changed)] ^= flip
    return bytes(changed)


def telling(*seals: Seal, digest: bytes = TOLD.digest) -> ContentKeySealed:
    return ContentKeySealed(digest=digest, seals=seals)


# --- a content key, told -------------------------------------------------------------------------------------------


@readers
def test_everyone_a_content_key_is_told_to_opens_it_and_what_it_sealed(reader: KeyOpener) -> None:
    opened = told_key(TOLD, CHAIN, NUMBER, [reader])
    assert opened == KEY
    assert opened.open(KEY.seal("张三".encode(), 8), 8) == "张三".encode()


@readers
def test_a_telling_fact_that_went_through_a_record_opens_all_the_same(reader: KeyOpener) -> None:
    back = from_plain(kind_of(TOLD), *to_plain(TOLD))
    assert isinstance(back, ContentKeySealed)
    assert told_key(back, CHAIN, NUMBER, [reader]) == KEY


def test_whoever_holds_several_keys_opens_with_the_one_that_fits() -> None:
    for_the_desk = KEY.told_to([DESK.recipient])
    assert told_key(for_the_desk, CHAIN, NUMBER, [STRANGER, OPENING, DESK]) == KEY


def test_nobody_opens_a_content_key_that_was_not_told_to_them() -> None:
    assert told_key(TOLD, CHAIN, NUMBER, [STRANGER]) is None
    assert told_key(TOLD, CHAIN, NUMBER, []) is None
    assert told_key(KEY.told_to([OPENING.recipient, ESCROW.recipient]), CHAIN, NUMBER, [DESK]) is None


def test_somebody_elses_seal_does_not_open_under_ones_own_name() -> None:
    for seal in TOLD.seals:
        with pytest.raises(SealBroken, match="somebody else"):
            told_key(telling(replace(seal, recipient=STRANGER.recipient.id)), CHAIN, NUMBER, [STRANGER])


def test_a_content_key_cannot_be_told_to_nobody() -> None:
    with pytest.raises(ValueError, match="nobody can open"):
        KEY.told_to([])


@pytest.mark.parametrize(("chain", "number"), [(OTHER_CHAIN, NUMBER), (CHAIN, NUMBER + 1), (CHAIN, NUMBER << 8)])
@readers
def test_a_seal_that_was_copied_to_another_chain_or_place_does_not_open(
    reader: KeyOpener, chain: bytes, number: int
) -> None:
    with pytest.raises(SealBroken, match="not for this place"):
        told_key(TOLD, chain, number, [reader])


# The top bit of an X25519 key means nothing (RFC 7748, 5), but HPKE binds the key's bytes as they came.
@example(place=ENCAPSULATED_BYTES - 1, flip=0x80)
@given(place=some.integers(0, SEAL_BYTES - 1), flip=some.integers(1, 255))
def test_a_seal_with_any_byte_changed_is_refused(place: int, flip: int) -> None:
    for reader, seal in zip((OPENING, ESCROW, DESK), TOLD.seals, strict=True):
        changed = replace(seal, sealed=flipped(seal.sealed, place, flip))
        with pytest.raises(SealBroken):
            told_key(telling(changed), CHAIN, NUMBER, [reader])


@given(some.binary(max_size=SEAL_BYTES + 1))
def test_bytes_that_are_no_seal_are_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        told_key(telling(Seal(recipient=OPENING.recipient.id, sealed=sealed)), CHAIN, NUMBER, [OPENING])


@pytest.mark.parametrize("sealed", [b"", bytes(SEAL_BYTES - 1), bytes(SEAL_BYTES), b"\x01" + bytes(SEAL_BYTES - 1)])
def test_a_seal_without_a_key_in_it_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        OPENING.open(sealed, b"")


def test_a_lying_writer_who_tells_one_reader_another_key_is_found_out() -> None:
    other = ContentKey(CHAIN, NUMBER, bytes(CONTENT_KEY_BYTES)).told_to(READERS)
    lie = telling(TOLD.seals[0], other.seals[1], TOLD.seals[2])
    assert told_key(lie, CHAIN, NUMBER, [OPENING]) == KEY
    with pytest.raises(SealBroken, match="not the one that its record names"):
        told_key(lie, CHAIN, NUMBER, [ESCROW])


@given(place=some.integers(0, 31), flip=some.integers(1, 255))
def test_a_content_key_that_is_not_the_one_its_record_names_is_refused(place: int, flip: int) -> None:
    with pytest.raises(SealBroken, match="content key 7 is not the one"):
        told_key(replace(TOLD, digest=flipped(TOLD.digest, place, flip)), CHAIN, NUMBER, [OPENING])


@pytest.mark.parametrize("secret", [b"", bytes(16), bytes(CONTENT_KEY_BYTES + 1)])
def test_a_content_key_of_another_length_is_refused_even_if_its_record_names_it(secret: bytes) -> None:
    told = ContentKey(CHAIN, NUMBER, secret).told_to([OPENING.recipient])
    assert told.digest == hashlib.sha256(secret).digest()
    with pytest.raises(SealBroken, match="not the one"):
        told_key(told, CHAIN, NUMBER, [OPENING])


def test_what_a_record_tells_of_its_key_has_the_sizes_that_are_published() -> None:
    assert TOLD.digest == hashlib.sha256(KEY.secret).digest()
    assert [each.recipient for each in TOLD.seals] == [each.id for each in READERS]
    for seal, reader in zip(TOLD.seals, READERS, strict=True):
        assert len(seal.sealed) == SEAL_BYTES
        assert seal.recipient == hashlib.sha256(reader.public_key).digest()[:RECIPIENT_BYTES]
        assert KEY.secret not in seal.sealed


def test_no_two_content_keys_and_no_two_seals_are_the_same() -> None:
    fresh = {ContentKey.fresh(CHAIN, NUMBER).secret for _ in range(100)}
    assert len(fresh) == 100
    assert {len(each) for each in fresh} == {CONTENT_KEY_BYTES}
    again = KEY.told_to(READERS)
    assert not {each.sealed for each in again.seals} & {each.sealed for each in TOLD.seals}


def test_a_recipient_whose_key_is_no_point_of_the_curve_is_not_sealed_to() -> None:
    for public_key in (b"short", bytes(32), b"\x01" + bytes(31)):
        with pytest.raises(ValueError, match=r"shared key|32 bytes"):
            KEY.told_to([OPENING.recipient, Recipient(public_key)])


# --- bodies --------------------------------------------------------------------------------------------------------


@given(body=some.binary(max_size=300), seq=seqs)
def test_a_sealed_body_opens_at_its_place_and_is_longer_by_a_tag(body: bytes, seq: int) -> None:
    sealed = KEY.seal(body, seq)
    assert len(sealed) == len(body) + TAG_BYTES
    assert KEY.open(sealed, seq) == body


@given(body=some.binary(max_size=60), seq=seqs, place=some.integers(0, 75), flip=some.integers(1, 255))
def test_a_sealed_body_with_any_byte_changed_is_refused(body: bytes, seq: int, place: int, flip: int) -> None:
    with pytest.raises(SealBroken, match=f"record {seq} was not sealed with this key"):
        KEY.open(flipped(KEY.seal(body, seq), place, flip), seq)


@given(body=some.binary(max_size=60), keep=some.integers(0, 75))
def test_a_sealed_body_that_was_cut_is_refused(body: bytes, keep: int) -> None:
    sealed = KEY.seal(body, 8)
    with pytest.raises(SealBroken):
        KEY.open(sealed[: keep % len(sealed)], 8)


@given(body=some.binary(max_size=60), seq=seqs, other_seq=seqs)
def test_a_sealed_body_does_not_open_as_that_of_another_record(body: bytes, seq: int, other_seq: int) -> None:
    if other_seq == seq:
        other_seq += 1
    with pytest.raises(SealBroken):
        KEY.open(KEY.seal(body, seq), other_seq)


def test_a_sealed_body_does_not_open_on_another_chain_or_with_another_key() -> None:
    sealed = KEY.seal(b"a body", 8)
    with pytest.raises(SealBroken):
        replace(KEY, chain=OTHER_CHAIN).open(sealed, 8)
    with pytest.raises(SealBroken):
        replace(KEY, secret=bytes(CONTENT_KEY_BYTES)).open(sealed, 8)


@given(body=some.binary(max_size=60), seq=seqs)
def test_a_sealed_body_is_aes_gcm_with_its_number_for_a_nonce_and_its_place_beside_it(body: bytes, seq: int) -> None:
    number = seq.to_bytes(8, "big")
    assert AESGCM(KEY.secret).decrypt(bytes(4) + number, KEY.seal(body, seq), CHAIN + number) == body


# --- what others make of it ----------------------------------------------------------------------------------------


@readers
def test_another_hpke_opens_our_seals(reader: KeyOpener) -> None:
    (seal,) = (each for each in TOLD.seals if each.recipient == reader.recipient.id)
    private = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(reader.secret()))
    place = b"sunpoint 1 content key" + CHAIN + NUMBER.to_bytes(8, "big")
    encapsulated, sealed = seal.sealed[:ENCAPSULATED_BYTES], seal.sealed[ENCAPSULATED_BYTES:]
    assert SUITE.create_recipient_context(encapsulated, private, info=place).open(sealed) == KEY.secret


@given(plaintext=some.binary(max_size=100), context=some.binary(max_size=60))
def test_we_and_another_hpke_open_each_others_seals(plaintext: bytes, context: bytes) -> None:
    private = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(OPENING.secret()))
    ours = seal_to(OPENING.recipient, plaintext, context)
    theirs_opens = SUITE.create_recipient_context(ours[:ENCAPSULATED_BYTES], private, info=context)
    assert theirs_opens.open(ours[ENCAPSULATED_BYTES:]) == plaintext

    public = KEMKey.from_pyca_cryptography_key(X25519PublicKey.from_public_bytes(OPENING.recipient.public_key))
    encapsulated, sender = SUITE.create_sender_context(public, info=context)
    theirs = encapsulated + sender.seal(plaintext)
    assert OPENING.open(theirs, context) == plaintext
    with pytest.raises(SealBroken):
        OPENING.open(theirs, context + b".")
    with pytest.raises(SealBroken):
        STRANGER.open(theirs, context)
