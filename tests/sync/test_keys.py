import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync import cbor
from sync.keys import (
    FileSigner,
    MessageMalformed,
    Purpose,
    SignatureWrong,
    Statement,
    StatementForAnother,
    StatementMalformed,
    StatementNotInForce,
    StatementNotOfRoot,
    StatementRefused,
    Trust,
    sign1,
    sign_detached,
    terminal_subject,
    verify_detached,
    verify_sign1,
)

COUNTY = "990101"
SUBJECT = terminal_subject(COUNTY, "990101102203", "01")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("root") / "root.pem")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


def statement(signer: FileSigner, **changes: object) -> Statement:
    fields: dict[str, object] = {
        "purpose": "ack", "key": signer.public_key, "subject": SUBJECT, "county": COUNTY,
        "not_before_ms": 1_000, "not_after_ms": 2_000,
    }  # fmt: skip
    return Statement(**{**fields, **changes})  # type: ignore[arg-type]  # the tests name fields


def test_a_detached_signature_is_over_the_sig_structure_of_rfc_9052(signer: FileSigner) -> None:
    to_be_signed = cbor.encode(("Signature1", bytes.fromhex("a10127"), b"", b"payload"))
    assert sign_detached(signer, b"payload") == signer.sign(to_be_signed)
    verify_detached(signer.public_key, b"payload", sign_detached(signer, b"payload"))


@given(place=some.integers(0, 200), flip=some.integers(1, 255))
def test_a_message_with_any_byte_changed_is_refused(signer: FileSigner, place: int, flip: int) -> None:
    message = bytearray(sign1(signer, b"a payload of some bytes"))
    message[place % len(message)] ^= flip
    with pytest.raises((MessageMalformed, SignatureWrong)):
        verify_sign1(signer.public_key, bytes(message), 100)


@given(some.binary(max_size=120))
def test_bytes_that_are_no_message_are_refused(signer: FileSigner, message: bytes) -> None:
    with pytest.raises((MessageMalformed, SignatureWrong)):
        verify_sign1(signer.public_key, b"\xd2" + message, 100)


def test_a_message_with_an_unprotected_header_is_refused(signer: FileSigner) -> None:
    signature = sign_detached(signer, b"payload")
    message = b"\xd2" + cbor.encode((bytes.fromhex("a10127"), {4: b"kid"}, b"payload", signature))
    with pytest.raises(MessageMalformed):
        verify_sign1(signer.public_key, message, 100)


def test_a_message_larger_than_allowed_is_refused(signer: FileSigner) -> None:
    with pytest.raises(MessageMalformed):
        verify_sign1(signer.public_key, sign1(signer, bytes(1000)), 100)


def test_the_roots_word_covers_key_purpose_subject_and_time(root: FileSigner, signer: FileSigner) -> None:
    said = statement(signer)
    trust = Trust(root.public_key, COUNTY)
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=1_000, subject=SUBJECT) == said
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=2_000) == said
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=None) == said


def test_every_other_use_of_a_statement_is_refused_by_its_name(root: FileSigner, signer: FileSigner) -> None:
    trust = Trust(root.public_key, COUNTY)
    said = statement(signer).sign(root)
    for at_ms in (999, 2_001):
        with pytest.raises(StatementNotInForce):
            trust.check(said, Purpose.ACKNOWLEDGE, at_ms=at_ms)
    with pytest.raises(StatementForAnother, match="purpose"):
        trust.check(said, Purpose.PACKS, at_ms=1_500)
    with pytest.raises(StatementForAnother, match="subject"):
        trust.check(said, Purpose.ACKNOWLEDGE, at_ms=1_500, subject=SUBJECT[:-1] + "2")
    with pytest.raises(StatementForAnother, match="county"):
        Trust(root.public_key, "990102").check(said, Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementNotOfRoot):
        trust.check(statement(signer).sign(signer), Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementMalformed):
        trust.check(b"", Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementMalformed):
        trust.check(sign1(root, cbor.encode({0: 1, 1: "ack"})), Purpose.ACKNOWLEDGE, at_ms=1_500)


@given(place=some.integers(0, 400), flip=some.integers(1, 255))
def test_a_statement_with_any_byte_changed_is_refused(
    root: FileSigner, signer: FileSigner, place: int, flip: int
) -> None:
    said = bytearray(statement(signer).sign(root))
    said[place % len(said)] ^= flip
    with pytest.raises(StatementRefused):
        Trust(root.public_key, COUNTY).check(bytes(said), Purpose.ACKNOWLEDGE, at_ms=1_500)
